"""A build says what each of its tables was made of; one that disagrees is neither audited nor published."""

from __future__ import annotations

import shutil
import stat
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from flows import stages
from flows.building import run_dbt
from flows.building.build_file import log_of
from flows.building.present_models import sources_hash
from flows.building.provenance import provenance_of, study_hash, write
from flows.building.study_file import STUDIES, load_study
from flows.errors import AuditRefused
from flows.home import Home
from flows.publishing.proof import identity, prove
from tests.building.raw_fixture import PROJECT, dbt

EXPECTED = "int_person_time_expected"
HALVED = ("person_ticks * reference_cases", "person_ticks * 0.5 * reference_cases")


@pytest.fixture
def home(built, tmp_path: Path) -> Home:
    """A home of the shared build, to be spoiled; the build is of a bare `dbt build`."""
    made = Home(tmp_path / "home").prepare()
    shutil.copy(built.raw, made.raw)
    shutil.copy(built.build, made.build)
    return made


@pytest.fixture(scope="module")
def another_project(tmp_path_factory) -> Path:
    """The project, in which somebody tried a half of the expected counts."""
    project = tmp_path_factory.mktemp("other") / "dbt_project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    model = project / "models" / "intermediate" / f"{EXPECTED}.sql"
    text = model.read_text(encoding="utf-8")
    assert text.count(HALVED[0]) == 1
    model.write_text(text.replace(*HALVED), encoding="utf-8")
    return project


def edit(home: Home, *statements: str) -> None:
    with duckdb.connect(str(home.build)) as connection:
        for statement in statements:
            connection.execute(statement)


def refusal(home: Home) -> AuditRefused:
    with pytest.raises(AuditRefused) as refused:
        stages.audit(home)
    assert not (home.audit / "audit.json").exists()
    return refused.value


def test_a_bare_dbt_build_is_whole_and_as_private_and_readable_as_ours(home, built):
    kept = prove(home)
    assert set(kept.tables) > {"marts.sir", "study.study", "staging.stg_ledger__loads"}
    assert stat.S_IMODE(built.build.stat().st_mode) == 0o600
    assert int.from_bytes(built.build.read_bytes()[12:20], "little") <= 68, "DuckDB 1.5 reads it"
    assert not log_of(built.build).exists()


def test_a_line_says_what_a_table_was_made_of(home):
    kept = provenance_of(home.build)
    assert set(kept.tables["marts.person_time"].parents) == {f"intermediate.{EXPECTED}"}
    readers = {table for table, made in kept.tables.items() if made.deliveries}
    assert "staging.stg_ledger__loads" in readers and "marts.sir" not in readers
    (study,) = kept.studies.values()
    assert study.is_the_projects and study.definition["name"] == "mm_sall"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("update marts.sir set observed = observed + 1", "marts.sir holds other rows"),
        ("update marts.index_patients set sex = 'Male'", "marts.index_patients holds other rows"),
        ("alter table marts.sir add column note varchar", "marts.sir holds other rows"),
        ("drop table marts.cohort_flow", "marts.cohort_flow is missing"),
        ("create table marts.mine as select 1 as one", "marts.mine was made by no model"),
        ("create view marts.mine as select 1 as one", "marts.mine was made by no model"),
        ("update provenance.tables set recipe = 'x' where table_name = 'marts.sir'", "lines about marts.sir"),
        ("comment on table marts.sir is 'Each count is halved.'", "marts.sir holds other rows"),
        ("comment on column marts.sir.observed is 'Patients.'", "marts.sir holds other rows"),
        ("alter table marts.sir alter observed set default 7", "marts.sir holds other rows"),
        ("create view provenance.mine as from marts.sir", "the view provenance.mine was made by no model"),
        ("create table provenance.mine as from marts.sir", "provenance.mine was made by no model"),
        ("create macro mine(x) as x + 1", "the macro main.mine was made by no model"),
        ("create sequence marts.mine", "the sequence marts.mine was made by no model"),
        ("create type marts.mine as enum ('a')", "the type marts.mine was made by no model"),
        ("create index mine on marts.sir (observed)", "the index marts.mine was made by no model"),
        ("create schema mine", "the schema mine was made by no model"),
    ],
)
def test_what_somebody_does_to_a_build_is_named(home, statement, said):
    edit(home, statement)
    refused = refusal(home)
    assert refused.code == "PRV-01" and said in refused.what
    assert "metachron build" in refused.remedy


def test_a_view_that_answers_as_its_table_did_is_no_table(home):
    """It may answer otherwise once the audit is over."""
    edit(
        home,
        "create table provenance.hidden as from marts.cohort_flow",
        "drop table marts.cohort_flow",
        "create view marts.cohort_flow as from provenance.hidden where now() < timestamptz '2999-01-01'",
    )
    refused = refusal(home)
    assert refused.code == "PRV-01" and "the view marts.cohort_flow was made by no model" in refused.what


@pytest.mark.parametrize(
    "statement",
    [
        "update provenance.tables set parents = '{' where table_name = 'marts.sir'",
        "update provenance.tables set parents = '[1]' where table_name = 'marts.sir'",
        "update provenance.tables set parents = '{\"study.study\": 1}' where table_name = 'marts.sir'",
        "update provenance.tables set state = null where table_name = 'marts.sir'",
        "delete from provenance.tables",
        "alter table provenance.tables add column note varchar",
        "alter table provenance.tables drop column sources",
        "drop table provenance.tables",
        "drop table provenance.studies",
        "delete from provenance.studies",
        "update provenance.studies set definition = replace(definition, 'mm_sall', 'other')",
        "update provenance.studies set definition = null",
        "update provenance.studies set is_the_projects = not is_the_projects",
        "alter table provenance.studies drop column line",
    ],
)
def test_lines_of_another_shape_are_refused_in_words(home, statement):
    edit(home, statement)
    assert refusal(home).code == "PRV-01"


def test_what_is_no_database_of_its_own_is_made_again(home, built):
    home.build.write_text("garbage", encoding="utf-8")
    refused = refusal(home)
    assert refused.code == "PRV-04" and "metachron build" in refused.remedy
    home.build.unlink()
    home.build.symlink_to(built.build)
    assert refusal(home).code == "PRV-04"
    home.build.unlink()
    home.build.mkdir()
    assert refusal(home).code == "PRV-04"


def test_a_build_of_an_older_version_is_made_again(home):
    edit(home, "drop schema provenance cascade")
    assert refusal(home).code == "PRV-03"


def test_a_project_whose_own_study_was_changed_meanwhile_is_another_study(home):
    kept = provenance_of(home.build)
    definition = load_study(PROJECT / "dbt_project.yml")["study"]
    definition["settings"]["min_latency_months"] = 2
    other = study_hash(definition)
    (said,) = kept.studies.values()
    with duckdb.connect(str(home.build)) as connection:
        tables = [replace(made, study=other) for made in kept.tables.values()]
        write(connection, tables, {other: replace(said, definition=definition)})
    refused = refusal(home)
    assert refused.code == "PRV-02" and "dbt_project.yml holds another study" in refused.what


def test_a_model_that_was_not_run_and_a_table_whose_model_is_gone_are_named(home, tmp_path, monkeypatch):
    project = tmp_path / "dbt_project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    marts = project / "models" / "marts"
    (marts / "sir.sql").rename(marts / "ratios.sql")
    monkeypatch.setattr(run_dbt, "PROJECT", project)
    refused = refusal(home)
    assert refused.code == "PRV-02"
    assert "marts.sir is of no model" in refused.what and "ratios was not built" in refused.what


@pytest.mark.slow
def test_a_model_that_was_tried_and_put_back_is_found(home, another_project, monkeypatch):
    """Halve the expected counts, run it alone, then with what rests on it, and check out the old model."""
    clean = identity(prove(home), [])
    dbt("run", home.raw, home.build, select=EXPECTED, project=another_project)
    refused = refusal(home)
    assert refused.code == "PRV-01" and f"made from another intermediate.{EXPECTED}" in refused.what

    dbt("run", home.raw, home.build, select=f"{EXPECTED}+", project=another_project)
    refused = refusal(home)
    assert refused.code == "PRV-02" and f"intermediate.{EXPECTED} was made by other SQL" in refused.what

    monkeypatch.setattr(run_dbt, "PROJECT", another_project)
    assert identity(prove(home), []) != clean, "with that model in place it is whole, and another release"


@pytest.mark.slow
def test_the_ratios_of_another_study_are_not_published_beside_this_ones_marts(home):
    other = load_study(STUDIES / "aml_after_breast.yml")["study"]
    dbt("run", home.raw, home.build, select="+sir", study=other)
    refused = refusal(home)
    assert refused.code == "PRV-01"
    assert "of another study than the rest" in refused.what and "made from another" in refused.what


@pytest.mark.slow
def test_a_part_that_was_built_empty_is_found(home):
    """`--empty` makes other SQL of the same files, so equal files do not tell that a table is theirs."""
    dbt("run --empty", home.raw, home.build, select="survival_intervals")
    refused = refusal(home)
    assert refused.code == "PRV-02" and "marts.survival_intervals was made by other SQL" in refused.what


def test_what_describes_a_table_or_is_a_package_belongs_to_the_sources(tmp_path):
    project = tmp_path / "dbt_project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    seen = {sources_hash(project)}
    for name in ("models/marts/_marts__docs.md", "models/more.yaml", "dbt_packages/own/macros/hook.sql"):
        file = project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as opened:
            opened.write("more")
        seen.add(sources_hash(project))
    assert len(seen) == 4
