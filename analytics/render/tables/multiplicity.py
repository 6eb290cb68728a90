"""A line on Holm's adjustment under each table that prints a family of tests."""

from __future__ import annotations

from dataclasses import replace

from analytics.render.formats import count, p_value
from analytics.render.tables.table import Table
from analytics.results.document import Results
from analytics.results.statistical_tests import TestFamily


def with_holm(table: Table, results: Results, families: tuple[str, ...]) -> Table:
    """The table with a line for each of its families that has several tests.

    No table names the tests of latencies as observed, which are no comparison of eras.
    """
    lines = tuple(
        _line(family) for family in results.multiplicity if family.family in families and family.n_tests > 1
    )
    return replace(table, footnotes=(*table.footnotes, *lines)) if lines else table


def _line(family: TestFamily) -> str:
    known = [test for test in family.tests if test.p_value is not None]
    least = min(known, key=lambda test: test.p_value or 0)
    start = f"{family.family}: of {count(family.n_tests)} tests"
    smallest, adjusted = p_value(least.p_value), p_value(least.p_holm)
    if not family.n_below_05:
        return (
            f"{start} none is below 0.05; the smallest P, {smallest}, is {adjusted} after Holm's adjustment."
        )
    are = "is" if family.n_below_05 == 1 else "are"
    return (
        f"{start} {count(family.n_below_05)} {are} below 0.05, {count(family.n_below_05_holm)} after Holm's "
        f"adjustment; the smallest P, {smallest}, is then {adjusted}."
    )
