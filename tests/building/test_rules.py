"""The test of a table holds all its rules: each counts as one, and a broken one is told by name."""

from __future__ import annotations

import json
import shutil

import duckdb

from flows.building.broken_rules import name_rules
from flows.building.dbt_results import Failure, read_results


def compiled(built, test: str) -> str:
    """The SQL of one test, as the shared build ran it."""
    (sql,) = [
        result["compiled_code"]
        for result in json.loads((built.target / "run_results.json").read_text())["results"]
        if result["unique_id"].startswith(f"test.metachron.{test}.")
    ]
    return sql


def test_every_rule_is_counted(built):
    tests = read_results(built.target / "run_results.json").tests
    assert "sir_holds: grouping, level are unique together" in tests
    assert "raw_loads_holds: source is one of its values" in tests
    assert len([test for test in tests if "_holds: " in test]) == 160


def test_a_broken_rule_is_named_with_its_column_and_its_rows(built, tmp_path):
    spoiled = tmp_path / "build.duckdb"
    shutil.copy(built.build, spoiled)
    with duckdb.connect(str(spoiled)) as connection:
        connection.execute("update marts.index_patients set sex = 'F' where sex = 'Female'")
        connection.execute("insert into marts.index_patients from marts.index_patients limit 3")
        connection.execute("update marts.index_patients set era = 'none' where patient_id = 'alone'")
        n_other, n_nowhere = connection.execute(
            "select count(*) filter (where sex = 'F'), count(*) filter (where era = 'none')"
            " from marts.index_patients"
        ).fetchone()
    failure = Failure(
        "index_patients_holds", "4 rows contradict it", "", compiled(built, "index_patients_holds")
    )
    (named,) = name_rules([failure], spoiled, built.raw)
    assert named.said.split("; ") == [
        "patient_id is unique: 3 rows contradict it",
        f"sex is one of its values: {n_other} rows contradict it",
        f"era is one of study_eras: {n_nowhere} rows contradict it",
    ]


def test_rules_of_several_columns_and_missing_values_are_named(built, tmp_path):
    spoiled = tmp_path / "build.duckdb"
    shutil.copy(built.build, spoiled)
    with duckdb.connect(str(spoiled)) as connection:
        connection.execute("insert into marts.sir from marts.sir where grouping = 'sex' limit 1")
        connection.execute("update marts.index_patients set has_second_primary = null")
        (n_all,) = connection.execute("select count(*) from marts.index_patients").fetchone()
    failures = [
        Failure(name, "", "", compiled(built, name)) for name in ("sir_holds", "index_patients_holds")
    ]
    told = [failure.said for failure in name_rules(failures, spoiled, built.raw)]
    assert told == [
        "grouping, level are unique together: 1 rows contradict it",
        f"has_second_primary is never null: {n_all} rows contradict it",
    ]


def test_what_dbt_told_stands_where_the_build_cannot_be_asked(built, tmp_path):
    failure = Failure("sir_holds", "2 rows contradict it", "", compiled(built, "sir_holds"))
    assert name_rules([failure], tmp_path / "none.duckdb", built.raw) == (failure,)
