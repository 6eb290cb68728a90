"""Holm's adjustment at every family of tests, by hand and in the report."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import dropwhile, takewhile
from operator import attrgetter

import pytest

from analytics.disclosure.public import p_value as public_p_value
from analytics.questions.contrasts import ERA
from analytics.questions.multiplicity import FAMILIES, multiplicity
from analytics.render.cells import numbers
from analytics.render.formats import p_value
from analytics.render.lookup import the
from analytics.render.tables.all_tables import TABLES, tables
from analytics.results.document import Results
from analytics.results.statistical_tests import LatencyTest
from tests.analytics.empty_results import results_of_nobody

SHOWN_IN = {family: table.id for table in TABLES for family in table.families}


def latency(*p_values: float | None) -> Results:
    tests = (LatencyTest(f"t{at}", None, None, p) for at, p in enumerate(p_values, start=1))
    return results_of_nobody(latency_tests=tuple(tests))


def test_holm_by_hand():
    """.01 x 4, .02 x 3, .03 x 2, .04 x 1: steps of .04, .06, .06, .06."""
    (family,) = multiplicity(latency(0.04, 0.01, 0.03, 0.02))
    assert [test.what for test in family.tests] == ["t1", "t2", "t3", "t4"]
    assert [test.p_holm for test in family.tests] == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert (family.n_tests, family.n_below_05, family.n_below_05_holm) == (4, 4, 1)


def test_a_test_that_could_not_be_made_leaves_the_family_and_stays_missing():
    (family,) = multiplicity(latency(0.02, None, 0.5))
    assert [test.p_holm for test in family.tests] == [pytest.approx(0.04), None, pytest.approx(0.5)]
    assert (family.n_tests, len(family.tests)) == (2, 3)


def test_a_family_without_a_single_test_is_not_there():
    assert multiplicity(latency(None, None)) == () and multiplicity(latency()) == ()


def test_table_1_is_six_conventional_tests_and_six_exact_ones(results):
    for name in ("Table 1, conventional", "Table 1, exact or by ranks"):
        family = the(results.multiplicity, family=name)
        assert [test.what for test in family.tests] == [
            "sex", "race", "marital_status", "era", "chemotherapy", "age_at_index_years",
        ]  # fmt: skip


def test_chemotherapy_of_table_1_does_not_outlive_its_family(results):
    """The paper's P = 0.020 is the second smallest of six: five times as large after Holm."""
    family = the(results.multiplicity, family="Table 1, conventional")
    chemotherapy = the(family.tests, what="chemotherapy")
    assert chemotherapy.p_value == pytest.approx(0.0196, abs=5e-5)
    assert chemotherapy.p_holm == pytest.approx(5 * chemotherapy.p_value)
    assert (family.n_below_05, family.n_below_05_holm) == (2, 1)


def test_every_family_has_a_line_under_a_table_of_the_report(results):
    """But latencies as observed: what compares nothing is not counted among the tests."""
    assert set(FAMILIES) - set(SHOWN_IN) == {"Latency between eras"} and set(SHOWN_IN) < set(FAMILIES)
    made = tables(results)
    for family in (family for family in results.multiplicity if family.family in SHOWN_IN):
        lines = [line for line in made[SHOWN_IN[family.family]].footnotes if "Holm" in line]
        assert sum(line.startswith(f"{family.family}: of ") for line in lines) == (family.n_tests > 1)


def test_the_default_study_asks_every_family(results):
    assert [family.family for family in results.multiplicity] == list(FAMILIES)


def test_a_family_holds_what_its_table_prints_each_once(results):
    """The P of the hospital's ratio is not printed; the eras' block has five; few events, no P of latency."""
    made = tables(results)
    for family in (family for family in results.multiplicity if family.family in SHOWN_IN):
        tested = Counter(test.p_value for test in family.tests if test.p_value is not None)
        assert tested <= p_printed(made[SHOWN_IN[family.family]].rows), family.family
    eras = the(results.multiplicity, family="Last era against first, by method")
    block = takewhile(lambda row: not row[0].endswith("?") or row[0] == ERA,
                      dropwhile(lambda row: row[0] != ERA, made["contrasts"].rows))  # fmt: skip
    assert Counter(test.p_value for test in eras.tests) == p_printed(block)
    few = tuple(
        replace(window, eras=tuple(replace(era, n_second=4) for era in window.eras))
        for window in results.fair_eras.windows
    )
    families = multiplicity(replace(results, fair_eras=replace(results.fair_eras, windows=few)))
    names = [family.family for family in families]
    assert "Latency in equal windows" not in names and len(names) == len(results.multiplicity) - 1


def p_printed(rows) -> Counter[float]:
    """The P values in the cells of a table's rows, each as often as it is printed."""
    cells = (number for row in rows for cell in row for number in numbers(cell))
    places = (number for number in cells if str(getattr(number, "path", "")).endswith("p_value"))
    return Counter(attrgetter(number.path)(number.row) for number in places)


@pytest.mark.parametrize(
    ("p", "shown", "in_public"),
    [(0.0494, "0.049", "0.049"), (0.0496, "0.0496", "<0.05"), (0.049999, "<0.05", "<0.05"),
     (0.05, "0.050", "0.05"), (0.0502, "0.050", "0.05"), (0.0009, "<0.001", "<0.001")],
)  # fmt: skip
def test_a_p_below_5_percent_never_reads_as_5_percent(p, shown, in_public):
    assert (p_value(p), public_p_value(p)) == (shown, in_public)


def test_the_line_says_how_many_and_what_becomes_of_the_smallest(results):
    (line, _) = (line for line in tables(results)["table1"].footnotes if "Holm" in line)
    assert line == (
        "Table 1, conventional: of 6 tests 2 are below 0.05, 1 after Holm's adjustment; the smallest P, "
        "<0.001, is then 0.001."
    )


def test_where_none_is_below_the_line_says_so(results):
    family = the(results.multiplicity, family="Table 1, conventional")
    high = replace(family, n_below_05=0, n_below_05_holm=0)
    kept = tuple(high if each is family else each for each in results.multiplicity)
    (line, _) = (
        text for text in tables(replace(results, multiplicity=kept))["table1"].footnotes if "Holm" in text
    )
    assert "of 6 tests none is below 0.05; the smallest P, <0.001, is 0.001 after Holm's adjustment." in line
