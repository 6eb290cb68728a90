"""Every table of the messy twin is the same from DuckDB and from Spark, and so is what analysts read."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from analytics.warehouse.mart_columns import COLUMNS
from analytics.warehouse.marts import open_marts
from flows.building.run_dbt import PROJECT
from flows.building.spark.compare_engines import compare_engines

pytestmark = pytest.mark.slow


def rows_of(build: Path, query: str) -> int:
    with duckdb.connect(str(build), read_only=True) as connection:
        return int(connection.execute(f"select count(*) from ({query})").fetchall()[0][0])


def test_every_table_is_equal_row_by_row(built_twice) -> None:
    comparison = compare_engines(built_twice.home)
    assert comparison.different == []
    compared = {table.name: table.rows for table in comparison.tables}
    marts = {file.stem for file in (PROJECT / "models" / "marts").glob("*.sql")}
    assert {f"marts.{mart}" for mart in marts} <= set(compared)
    assert all(compared[f"marts.{mart}"] for mart in marts), "a mart without rows shows nothing"


@pytest.mark.parametrize(
    "query",
    [
        "from staging.stg_institution__patients where birth_date is null and patient_id like 'odd-%'",
        "from staging.stg_institution__patients where last_contact_date > date '2022-04-01'",
        "from staging.stg_institution__patients where patient_id like 'odd-%' and relapse_weeks = 2",
        "from intermediate.int_tumors_conformed where source_line > 900000 and sequence_number is null",
        "from intermediate.int_second_tumors_linked_to_index where latency_method = 'diagnosis_months'",
        "from marts.index_patients where race is null",
        "from staging.stg_reference__populations where population <> floor(population)",
        "from marts.sir where expected <> round(expected, 9)",
    ],
)
def test_the_twin_holds_what_engines_disagree_about(built_twice, query: str) -> None:
    assert rows_of(built_twice.home.build, query) > 0


def test_both_engines_build_and_test_the_same(built_twice) -> None:
    """The unit tests of the models on Spark are `python -m tests.soak spark`."""
    assert built_twice.by_spark.n_tests == built_twice.by_duckdb.n_tests > 50
    assert built_twice.by_spark.n_models == built_twice.by_duckdb.n_models > 50


def test_analysts_read_the_same_frames_whichever_engine_wrote_them(built_twice) -> None:
    with (
        open_marts(built_twice.home.build) as of_duckdb,
        open_marts(built_twice.tables) as of_spark,
    ):
        for table in COLUMNS:
            here, there = of_duckdb.frame(table), of_spark.frame(table)
            assert here.schema == there.schema, table
            assert here.equals(there), table


def test_nothing_is_left_beside_the_finished_tables(built_twice) -> None:
    assert sorted(path.name for path in built_twice.home.spark.iterdir()) == ["000001", "current"]
    assert built_twice.tables.resolve().stat().st_mode & 0o077 == 0
