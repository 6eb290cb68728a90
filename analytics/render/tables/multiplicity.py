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
    below, after = count(family.n_below_05), count(family.n_below_05_holm)
    return (
        f"{family.family}: of {count(family.n_tests)} tests {below} "
        f"{'is' if below == '1' else 'are'} below 0.05, {after} after Holm's adjustment; the smallest P, "
        f"{p_value(least.p_value)}, is then {p_value(least.p_holm)}."
    )
