"""The comparison sees each kind of difference and names table and column. DuckDB alone."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from flows.building.spark.compare_engines import compare_engines
from flows.errors import AuditRefused, UsageError
from flows.home import Home

SAME = "(1, 'a', 0.1), (2, null, 0.1), (2, null, 0.1), (3, '', null)"


TYPED = (
    "select id::integer as id, name::varchar as name, share::double as share"
    " from (values {}) as written (id, name, share)"
)


def home_with(root: Path, rows: str, *, columns: str = "id, name, share", mart: str = "sir") -> Home:
    """A home whose DuckDB build and whose folder of Spark hold one table each, of the rows given."""
    home = Home(root).prepare()
    with duckdb.connect(str(home.build)) as connection:
        connection.execute("create schema marts")
        connection.execute(f"create table marts.sir as {TYPED.format(SAME)}")
        folder = home.spark / "current" / "marts" / mart
        folder.mkdir(parents=True)
        chosen = f"select {columns} from ({TYPED.format(rows)})"
        connection.execute(f"copy ({chosen}) to '{folder}/part-0.parquet'")
    return home


def test_equal_rows_in_another_order_are_equal(tmp_path) -> None:
    home = home_with(tmp_path, "(3, '', null), (2, null, 0.1), (1, 'a', 0.1), (2, null, 0.1)")
    assert compare_engines(home).screen().endswith("1 tables, 4 rows, equal row by row")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("(1, 'a', 0.1), (2, null, 0.1), (3, '', null)", "1 only in DuckDB, 0 only in Spark"),
        ("(1, 'a', 0.1), (2, null, 0.1), (2, null, 0.1), (3, null, null)", r"\(name\)"),
        ("(1, 'a', 0.1), (2, null, 0.1), (2, null, 0.1), (3, '', 0)", r"\(share\)"),
        ("(1, 'a', 0.10000000000000002), (2, null, 0.1), (2, null, 0.1), (3, '', null)", r"\(share\)"),
        (f"{SAME}, (4, 'd', 1)", "0 only in DuckDB, 1 only in Spark"),
    ],
    ids=["a copy is missing", "null is not empty", "null is not zero", "the last bit", "one row more"],
)
def test_any_difference_refuses_and_is_named(tmp_path, rows, told) -> None:
    with pytest.raises(AuditRefused, match=rf"marts\.sir .*{told}"):
        compare_engines(home_with(tmp_path, rows))


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ("id::bigint as id, name, share", r"\(id\)"),
        ("id, name", r"\(share\)"),
        ("name, id, share", "order of columns"),
    ],
)
def test_a_mart_keeps_its_columns_their_order_and_their_types(tmp_path, columns, told) -> None:
    with pytest.raises(AuditRefused, match=told):
        compare_engines(home_with(tmp_path, SAME, columns=columns))


def test_a_table_that_spark_did_not_make_is_a_difference(tmp_path) -> None:
    with pytest.raises(AuditRefused, match="the table is missing"):
        compare_engines(home_with(tmp_path, SAME, mart="cohort_flow"))


def test_without_one_of_the_two_there_is_nothing_to_compare(tmp_path) -> None:
    with pytest.raises(UsageError, match=r"CMP-01.*metachron build"):
        compare_engines(Home(tmp_path).prepare())
