"""The layers follow the arrows, and the hospital's patients are never joined with the registry's."""

from __future__ import annotations

import json
import re

import pytest

from expectations.suites import relations
from flows.landing.deliveries import KINDS
from flows.landing.vocabulary import vocabulary

pytestmark = pytest.mark.slow

CONDITION = re.compile(
    r"\b(?:on|where|having|qualify)\b(.*?)(?=\bjoin\b|\bwhere\b|\bgroup by\b|\)\s*,|\Z)", re.S
)
SAME = r"(?:=|is not distinct from)"
PATIENTS_MATCHED = re.compile(rf"\bpatient_id\)?\s*{SAME}\s*(?:\w+\()?\w+\.")
SOURCES_MATCHED = re.compile(rf"\w+\.source\s*{SAME}\s*\w+\.source\b")
USING = re.compile(r"\busing\s*\(([^)]*)\)")
LOOSE = re.compile(r"\b(?:natural|positional|cross)\s+join\s+\w*patient\w*|\b(?:natural|positional)\s+join\b"
                   r"|\bpatient_id\s+(?:not\s+)?in\s*\(\s*select\b")  # fmt: skip
STEP = re.compile(r"^(\w+) as \($(.*?)^\),?$", re.S | re.M)
ALIAS = re.compile(r"\b(?:from|join) (\w+) as (\w+)\b")
REF = re.compile(r"ref\('(\w+)'\)")
READ = re.compile(r"\b(?:from|join) (\w+)")
MAY_READ = {
    "study": {"study"},
    "staging": {"source", "staging"},
    "intermediate": {"study", "staging", "intermediate"},
    "marts": {"study", "intermediate", "marts"},
}
FUNCTIONS_OF_ONE_ENGINE = (
    "arg_max", "arg_min", "any_value", " first(", " last(", " mode(", " list(", "distinct on", "* exclude",
    "//", "regexp_matches", "strpos", "date_diff('month'", "quantile_cont",
)  # fmt: skip


@pytest.fixture(scope="module")
def nodes(built):
    manifest = json.loads((built.target / "manifest.json").read_text())
    return {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}


def layer(key, nodes):
    return nodes[key]["schema"] if key in nodes else "source"


def ancestors(key, nodes):
    found = set()
    for parent in nodes[key]["depends_on"]["nodes"] if key in nodes else ():
        found |= {parent} | ancestors(parent, nodes)
    return found


def test_each_layer_reads_the_ones_before_it(nodes):
    for key, node in nodes.items():
        read = {layer(parent, nodes) for parent in node["depends_on"]["nodes"]}
        assert read <= MAY_READ[node["schema"]], key


def reads(node):
    """Names of what a model or a test reads, sources and models."""
    return {parent.split(".")[-1] for parent in node["depends_on"]["nodes"]}


def test_a_staging_model_reads_one_delivery_and_the_ledger(nodes):
    for key, node in nodes.items():
        if node["schema"] == "staging":
            tables = {parent.split(".")[-1] for parent in node["depends_on"]["nodes"] if parent not in nodes}
            assert len(tables - {"vocabulary", "loads"}) <= 1, key


def test_whatever_lists_the_forms_of_a_registry_lists_them_all(built, nodes):
    """Decode, counts of items, check of labels and audit go over all base models, and over their tables."""
    manifest = json.loads((built.target / "manifest.json").read_text())["nodes"]
    by_name = {node["name"]: node for node in manifest.values()}
    forms = {
        node["name"]: reads(node) - {"stg_ledger__loads"}
        for node in nodes.values()
        if node["name"].startswith("base_seer__")
    }
    tables = {table for read in forms.values() for table in read}
    assert len(tables) == len(forms) > 0
    assert reads(by_name["stg_seer__tumors"]) == {*forms, "vocabulary"}
    assert {name for name in reads(by_name["int_items_delivered"]) if name in forms} == forms.keys()
    assert reads(by_name["every_label_is_understood"]) == {*tables, "vocabulary", "stg_ledger__loads"}
    assert set(relations.REGISTRY_FORMS) == forms.keys()


def test_rows_of_every_table_that_lands_are_counted_again_in_staging(built, nodes):
    manifest = json.loads((built.target / "manifest.json").read_text())["nodes"]
    [check] = [node for node in manifest.values() if node["name"] == "every_landed_row_is_staged"]
    assert set(relations.STAGED) == reads(check) - {"stg_ledger__loads"}
    behind = {
        parent.split(".")[-1]
        for parent in check["depends_on"]["nodes"]
        for parent in ancestors(parent, nodes)
        if parent not in nodes
    }
    assert behind - {"loads", "vocabulary"} == {table for kind in KINDS for table in kind.staged}


def without_comments(code: str) -> str:
    return re.sub(r"\{#.*?#\}|--[^\n]*", "", code, flags=re.S).lower()


def both_sources(key, nodes):
    names = {parent.split(".")[-1] for parent in ancestors(key, nodes)}
    return "stg_seer__tumors" in names and "stg_institution__patients" in names


def test_registry_and_hospital_meet_in_one_model_only(nodes):
    direct = [
        node["name"]
        for node in nodes.values()
        if {"stg_seer__tumors", "stg_institution__patients"}
        <= {parent.split(".")[-1] for parent in node["depends_on"]["nodes"]}
    ]
    assert direct == ["int_tumors_conformed"]


def test_where_both_have_met_no_join_of_patients_leaves_the_source_out(nodes):
    checked = 0
    for key, node in nodes.items():
        if both_sources(key, nodes):
            code = without_comments(node["raw_code"])
            checked += len(PATIENTS_MATCHED.findall(code))
            assert [match for match in loose_matches(code) if not within_the_hospital(match, code)] == [], key
    assert checked >= 6


def loose_matches(code: str) -> list[str]:
    """Each way of matching patients in which their source is not matched too."""
    found = [
        condition
        for condition in CONDITION.findall(code)
        if PATIENTS_MATCHED.search(condition) and not SOURCES_MATCHED.search(condition)
    ]
    found += [keys for keys in USING.findall(code) if "patient_id" in keys and "source" not in keys]
    return found + LOOSE.findall(code)


def within_the_hospital(condition: str, code: str) -> bool:
    """Whether each side is a step named hospital_*, which read the hospital's files and the study."""
    steps = dict(STEP.findall(code))
    aliases = {alias: name for name, alias in ALIAS.findall(code)}
    sides = {aliases.get(side, side) for side in re.findall(r"(\w+)\.patient_id", condition)}
    own = {name: body for name, body in steps.items() if name.startswith("hospital_")}
    study = {name for name, body in steps.items() if re.search(r"ref\('study", body)}
    return (
        bool(sides)
        and sides <= set(own)
        and all(model.startswith("stg_institution") for body in own.values() for model in REF.findall(body))
        and all(
            name in own or name in study
            for body in own.values() for name in READ.findall(body) if name in steps
        )
    )  # fmt: skip


@pytest.mark.parametrize("code", [
    "from a join b on a.patient_id = b.patient_id where a.year = 1",
    "from a join b using (patient_id)",
    "from a join b using (registry, patient_id)",
    "from a natural join b",
    "from a, b where a.patient_id = b.patient_id",
    "from a where a.patient_id in (select patient_id from b)",
    "from a where patient_id not in (select patient_id from b)",
    "from a where exists (select 1 from b where b.patient_id = a.patient_id)",
    "from a join b on a.patient_id is not distinct from b.patient_id",
    "from a join b on lower(a.patient_id) = lower(b.patient_id)",
    "from a join b on a.source = 'seer' and a.patient_id = b.patient_id",
    "from a asof join b on a.patient_id = b.patient_id and a.year >= b.year",
    "from a positional join b",
])  # fmt: skip
def test_each_way_of_matching_patients_alone_is_seen(code):
    assert loose_matches(code)


@pytest.mark.parametrize("code", [
    "from a join b on a.source = b.source and a.patient_id = b.patient_id",
    "from a join b using (source, patient_id)",
    "from a where (a.source, a.patient_id) in (select source, patient_id from b)",
    "from a join b on a.tumor_id = b.tumor_id where a.patient_id is not null",
])  # fmt: skip
def test_a_match_with_the_source_is_allowed(code):
    assert not loose_matches(code)


def test_only_steps_that_read_the_hospital_alone_may_match_patients_alone():
    joined = "from hospital_a as one join hospital_b on one.patient_id = hospital_b.patient_id"
    steps = (
        "hospital_a as (\nselect * from {{{{ ref('{}') }}}}\n),\n\n"
        "hospital_b as (\nselect * from hospital_a\n),\n"
    )
    (match,) = loose_matches(joined)
    assert within_the_hospital(match, steps.format("stg_institution__patients") + joined)
    assert not within_the_hospital(match, steps.format("stg_seer__tumors") + joined)
    assert not within_the_hospital(match.replace("hospital_b", "registry"), steps + joined)


def test_results_cannot_depend_on_the_number_of_threads_or_on_one_engine(nodes):
    for key, node in nodes.items():
        code = without_comments(node["raw_code"])
        assert [word for word in FUNCTIONS_OF_ONE_ENGINE if word in code] == [], key


RAW_COLUMN = re.compile(r"\b(?:lines_delivered|tumors)\.(\w+)")


@pytest.mark.parametrize("base", ["base_seer__listing", "base_seer__ascii", "base_seer__naaccr"])
def test_the_vocabulary_knows_which_columns_the_models_read(base, nodes):
    """A value that nobody knows lands where they do not look, and nowhere else."""
    [node] = [node for node in nodes.values() if node["name"] == base]
    [table] = [parent.rsplit(".", 1)[-1] for parent in node["depends_on"]["nodes"] if "source." in parent]
    read = set(RAW_COLUMN.findall(node["compiled_code"]))
    assert vocabulary().unread_in(table) == vocabulary().columns.keys() - read
