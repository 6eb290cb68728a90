"""A line on Holm's adjustment under each table that prints a family of tests."""

from __future__ import annotations

from dataclasses import replace

from analytics.render.formats import count, p_value
from analytics.render.tables.table import Table
from analytics.results.document import Results
from analytics.results.statistical_tests import TestFamily

SHOWN_IN = {
    "Table 1, as published": "table1",
    "Table 1, exact or by ranks": "table1",
    "Rates of the eras": "contrasts",
    "Observed over expected, level by level": "standardised_incidence",
    "Observed over expected, between levels": "standardised_incidence",
    "Eras in equal windows": "fair_eras",
    "Survival curves": "survival",
    "Hazard with the second primary, by method": "contrasts",
    "Table 2, each variable alone": "table2",
    "Table 2, together": "table2",
    "Table 2, together with Firth's penalty": "table2",
    "Proportional hazards": "model_cards",
    "Cumulative incidence between groups": "competing_risks",
    "The hospital against the registry": "hospital_comparison",
}
"""The table that prints the tests of each family; latencies as observed are no comparison of eras, so that no
line counts their tests."""


def with_holm(table: Table, results: Results) -> Table:
    """The table with a line for each of its families that has several tests."""
    lines = tuple(
        _line(family)
        for family in results.multiplicity
        if SHOWN_IN.get(family.family) == table.id and family.n_tests > 1
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
