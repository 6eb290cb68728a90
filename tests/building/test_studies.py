"""A study is data: another pair of cancers, other settings, and what a wrong definition is told."""

from __future__ import annotations

import copy
import json
import shutil

import pytest
import yaml

from analytics.questions.published_numbers import OF_DEFINITION
from analytics.warehouse.marts import open_marts
from analytics.warehouse.study import read_study
from flows.building.study_file import STUDIES, load_study
from flows.errors import InputRefused
from tests.building.raw_fixture import PROJECT, RawFile, dbt, first_of_two, leukaemia, myeloma, query

pytestmark = pytest.mark.slow

DEFAULT = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]["study"]
BREAST = yaml.safe_load((STUDIES / "aml_after_breast.yml").read_text())["study"]


def breast(patient_id, **columns):
    return myeloma(patient_id, **{"hist": "8500", "site": "C50.4-Upper-outer quadrant of breast", **columns})


def test_leukaemia_after_breast_cancer_is_a_file_and_no_code(tmp_path):
    file = RawFile(tmp_path / "raw.duckdb")
    file.add_tumors(
        [
            breast("alone", year_dx="1990"),
            breast("lymphoma of the breast", hist="9680"),
            myeloma("myeloma"),
            breast("case", sequence="1st of 2 or more primaries", n_malignant="02"),
            leukaemia("case", hist="9861"),
            breast("monocytic", sequence="1st of 2 or more primaries", n_malignant="02"),
            leukaemia("monocytic", hist="9891"),
        ]
    )
    raw, build = file.close(), tmp_path / "build.duckdb"
    dbt("build", raw, build, study=BREAST, select="test_type:data resource_type:model")
    assert query(build, "select name, index_short_label from study.study") == [("aml_after_breast", "BC")]
    with open_marts(build) as marts:
        assert read_study(marts).paper is None
    assert query(
        build, "select patient_id, era, has_second_primary from marts.index_patients order by 1"
    ) == [
        ("alone", "1975-1994", False),
        ("case", "1995-2018", True),
        ("monocytic", "1995-2018", False),
    ]
    assert query(build, "from marts.second_primaries_by_definition order by 1") == [
        ("primary", True, 1),
        ("therapy_related", False, 0),
        ("with_monocytic", False, 2),
    ]


def test_the_default_study_is_the_one_that_repeats_the_paper(built):
    with open_marts(built.build) as marts:
        study = read_study(marts)
    assert study.definition_hash in OF_DEFINITION
    assert study.paper is not None and study.paper.doi == "10.1016/j.cpt.2024.06.007"
    assert [said.about for said in study.paper.highlights] == [
        "age", "chemotherapy", "survival", "treatment_after", "incidence", "eras",
    ]  # fmt: skip


def test_other_settings_are_rebuilt_marts(built, tmp_path):
    study = copy.deepcopy(DEFAULT)
    study["second"]["definition"] = "site_recode_35011"
    study["settings"] |= {
        "min_latency_months": 11,
        "keep_nonqualifying_second": True,
        "apply_to_everyone": True,
    }
    build = tmp_path / "build.duckdb"
    dbt("run", built.raw, build, study=study)
    assert query(build, "select patient_id from marts.second_primaries order by 1") == [
        ("burkitt",),
        ("case",),
        ("eleven",),
        ("later case",),
        ("twelve",),
    ]
    assert query(build, "select n_removed from marts.cohort_flow order by step") == [
        (3,), (2,), (0,), (0,), (0,), (1,), (4,),
    ]  # fmt: skip


def test_any_other_primary_ends_the_time_at_risk_where_the_study_says_so(tmp_path):
    """Built with its tests: another primary before the leukaemia, after it, in the month of the myeloma."""
    study = copy.deepcopy(DEFAULT)
    study["settings"]["other_primaries"] = "censor"
    colon = {"hist": "8140", "site": "C18.9-Colon, NOS", "n_malignant": "03"}
    file = RawFile(tmp_path / "raw.duckdb")
    file.add_tumors(
        [
            *(first_of_two("before"), leukaemia("before", record_no="03"), leukaemia("before", **colon)),
            *(first_of_two("after"), leukaemia("after"), leukaemia("after", **colon, record_no="03")),
            *(first_of_two("at once"), leukaemia("at once", **colon, surv_months="0060")),
            myeloma("alone"),
        ]
    )
    # Records of "before": colon at 24 months (36 left), leukaemia at 50; of "after": colon at 40.
    file.connection.execute(
        "update raw.seer_listing set surv_months = '0010', year_dx = '2004'"
        " where patient_id = 'before' and hist = '9836'"
    )
    file.connection.execute(
        "update raw.seer_listing set surv_months = '0020', year_dx = '2003'"
        " where patient_id = 'after' and hist = '8140'"
    )
    raw, build = file.close(), tmp_path / "build.duckdb"
    dbt("build", raw, build, study=study, select="test_type:data resource_type:model")
    assert query(
        build,
        "select patient_id, has_second_cancer, latency_months, months_to_first_event, first_event"
        " from marts.index_patients_corrected order by 1",
    ) == [
        ("after", True, 24, 24.0, "second_primary"),
        ("alone", False, None, 60.0, "death"),
        ("at once", False, None, 0.5, "none"),
        ("before", False, None, 24.0, "none"),
    ]
    assert query(build, "select max(stop_months) from marts.survival_intervals where exposed") == [(40.0,)]


WRONG = copy.deepcopy(DEFAULT)
WRONG["eras"][1]["first_year"] = 2010
WRONG["settings"]["landmark_months"] = 24
REASONS = "refused for 2 reasons: study.settings.landmark_months is 24, not a list"


@pytest.fixture(scope="module")
def study_models_alone(tmp_path_factory):
    """The project without what reads the study: what checks a definition, and parses in a second."""
    folder = tmp_path_factory.mktemp("project")
    for part in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT / part, folder)
    shutil.copytree(PROJECT / "macros", folder / "macros")
    shutil.copytree(PROJECT / "models" / "study", folder / "models" / "study", ignore=all_but_sql)
    return folder


def all_but_sql(_, names):
    return [name for name in names if not name.endswith(".sql")]


COMMANDS = (
    "parse",
    "ls",
    "compile --no-populate-cache",
    "run",
    "build",
    "test",
    "show -s study",
    "docs generate",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_dbt_refuses_a_wrong_study_before_it_reads_a_model(
    command, study_models_alone, tmp_path
):
    # In this process: one start of dbt is cheaper than eight.
    from dbt.cli.main import dbtRunner

    place = ["--project-dir", str(study_models_alone), "--profiles-dir", str(study_models_alone)]
    place += ["--target-path", str(tmp_path / "target")]
    result = dbtRunner().invoke(["--quiet", *command.split(), *place], vars={"study": WRONG})
    assert not result.success
    assert "STU-04: The study definition was " + REASONS in str(result.exception)
    assert not (tmp_path / "target").exists()


def test_a_study_that_is_edited_in_the_project_is_refused_with_its_lines(study_models_alone, tmp_path):
    from dbt.cli.main import dbtRunner

    project = tmp_path / "project"
    shutil.copytree(study_models_alone, project)
    text = (project / "dbt_project.yml").read_text(encoding="utf-8")
    wrong = text.replace("conventions: spss25", "conventions: sas").replace(
        "max_primaries: 2", "max_primarys: 2"
    )
    (project / "dbt_project.yml").write_text(wrong, encoding="utf-8")
    place = ["--project-dir", str(project), "--profiles-dir", str(project)]
    said = str(dbtRunner().invoke(["--quiet", "run", *place]).exception)
    with pytest.raises(InputRefused) as refused:
        load_study(project / "dbt_project.yml")
    assert str(refused.value) in said
    line = text.count("\n", 0, text.index("conventions: spss25")) + 1
    assert f"line {line}, study.conventions is 'sas', not spss25" in said


def test_what_dbt_reads_of_the_models_does_not_depend_on_the_study(built, tmp_path):
    """But for the hash that slim CI goes by; tests.warm_dbt reads them once for every study."""
    plain, other = tmp_path / "plain" / "build.duckdb", tmp_path / "other" / "build.duckdb"
    dbt("parse", built.raw, plain)
    dbt("parse --no-static-parser", built.raw, other, study=BREAST)
    mine, theirs = (
        json.loads((build.parent / "dbt" / "manifest.json").read_text(encoding="utf-8"))
        for build in (plain, other)
    )
    for part in ("nodes", "sources", "macros", "parent_map", "exposures", "unit_tests", "docs"):
        assert as_read(mine[part]) == as_read(theirs[part]), part


def as_read(told):
    if isinstance(told, dict):
        return {key: as_read(value) for key, value in told.items() if key not in ("study_md5", "created_at")}
    return [as_read(each) for each in told] if isinstance(told, list) else told


def test_slim_ci_sees_a_changed_study_and_no_other(study_models_alone, tmp_path):
    from dbt.cli.main import dbtRunner

    def told(*words, study):
        place = ["--project-dir", str(study_models_alone), "--profiles-dir", str(study_models_alone)]
        place += ["--target-path", str(tmp_path / words[0]), "--no-partial-parse"]
        return dbtRunner().invoke(["--quiet", *words, *place], vars={"study": study})

    before = DEFAULT
    assert told("parse", study=before).success
    modified = ("list", "--select", "state:modified", "--state", str(tmp_path / "parse"))
    assert told(*modified, study=before).result == []
    later = copy.deepcopy(before)
    later["settings"]["min_latency_months"] += 1
    models = {name.rsplit(".", 1)[-1] for name in told(*modified, study=later).result}
    assert "study" in models and "study_cancers" in models
