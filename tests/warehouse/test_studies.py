"""A study is data: another pair of cancers, other settings, and what a wrong definition is told."""

from __future__ import annotations

import copy
import shutil

import pytest
import yaml

from tests.warehouse.raw_fixture import PROJECT, RawFile, dbt, leukaemia, myeloma, query

pytestmark = pytest.mark.slow

DEFAULT = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]["study"]
BREAST = yaml.safe_load((PROJECT / "studies" / "aml_after_breast.yml").read_text())["study"]


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


def changed(*path, value):
    study = copy.deepcopy(DEFAULT)
    inner = study
    for key in path[:-1]:
        inner = inner[key]
    if value is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return study


WRONG = {
    "unknown key": (changed("settings", "min_latncy_months", value=12), "unknown key 'min_latncy_months'"),
    "missing key": (
        changed("settings", "min_latency_months", value=None),
        "lacks the key 'min_latency_months'",
    ),
    "unknown definition": (changed("second", "definition", value="primry"), "chooses 'primry'"),
    "not a code": (changed("index", "cancers", value=[{"histology": "973"}]), "has the histology '973'"),
    "not a number": (
        changed("settings", "min_latency_months", value="twelve"),
        "'twelve', not a whole number",
    ),
    "not true or false": (changed("settings", "apply_to_everyone", value="no"), "not true or false"),
    "overlapping eras": (
        changed(
            "eras", value=[{"first_year": 1975, "last_year": 2003}, {"first_year": 2003, "last_year": 2018}]
        ),
        "eras that overlap",
    ),
    "eras too short": (changed("eras", value=[{"first_year": 1980, "last_year": 2018}]), "does not cover"),
    "no cutoff": (changed("sources", "seer", "study_cutoff", value="end of 2018"), "not a date such as"),
}


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


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_definition_is_refused_with_the_place_and_the_value(case, study_models_alone):
    # In this process: parsing opens no database, and one start of dbt is cheaper than nine.
    from dbt.cli.main import dbtRunner

    study, told = WRONG[case]
    place = ["--project-dir", str(study_models_alone), "--profiles-dir", str(study_models_alone)]
    result = dbtRunner().invoke(["--quiet", "parse", "--no-partial-parse", *place], vars={"study": study})
    assert not result.success
    assert "Study refused: study" in str(result.exception)
    assert told in str(result.exception)
