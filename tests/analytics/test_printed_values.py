"""What the paper prints at a place of the results, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.places import rows
from analytics.questions.published_numbers import PAPERS, audit_paper_file
from analytics.render.cells import of
from analytics.render.printed_values import PRINTED, printed_at, the_paper_prints, with_printed
from analytics.render.tables.hospital import comparison
from analytics.render.tables.table import Table
from analytics.results.ids import TOGETHER, SurvivalId
from tests.analytics.empty_results import results_of_nobody

CHEMOTHERAPY = "cox[id=second_multivariable].terms[variable=chemotherapy,level=No/Unknown]"


@pytest.fixture(scope="module")
def with_ledger():
    """Jia 2024 as where every number was computed again."""
    ledger = audit_paper_file(PAPERS / "jia2024.csv", {})
    return results_of_nobody(published=tuple(replace(number, verdict="differs") for number in ledger))


@pytest.mark.parametrize(("place", "printed"), [
    (f"{CHEMOTHERAPY}.hr", "13.840"),
    (f"{CHEMOTHERAPY}.hr_ci[1]", "106.010"),
    ("cox[id=second_multivariable].terms[level=No/Unknown,variable=chemotherapy].hr", "13.840"),
    ("table1_tests[variable=age_at_index_years,test=student_t].p_value", "<0.001"),
    ("survival[id=os_from_second].strata[level=all].median_ci.spss[0]", "0"),
    ("eras[era=1975-2002].proportion", "0.25%"),
])  # fmt: skip
def test_a_place_has_what_the_paper_prints_there_as_it_prints_it(with_ledger, place, printed):
    assert printed_at(with_ledger, place) == printed
    assert the_paper_prints(with_ledger, place) == f"the paper prints {printed}"


@pytest.mark.parametrize("place", [
    "cox[id=second_multivariable_firth].terms[variable=chemotherapy,level=No/Unknown].hr",
    "cox[id=index_naive].terms[variable=second_primary,level=with].hr",
    "sir[0].sir", "64611 + 18 + 3", "",
])  # fmt: skip
def test_of_other_places_the_paper_prints_nothing(with_ledger, place):
    assert printed_at(with_ledger, place) == the_paper_prints(with_ledger, place) == ""


def test_a_study_without_a_ledger_has_nothing_printed():
    assert the_paper_prints(results_of_nobody(), f"{CHEMOTHERAPY}.hr") == ""


def test_a_table_has_what_the_paper_prints_in_a_last_column_intervals_as_intervals(report):
    """Jia 2024, Table 2, and the survival of 1975-2002 in its text."""
    results = report.document
    (model,) = (model for model in results.cox if model.id == TOGETHER)
    (term,) = (term for term in model.terms if term.level == "No/Unknown")
    (by_era,) = (each for each in results.survival if each.id == SurvivalId.BY_ERA)
    early = by_era.strata[0]
    table = Table("T", ("Level", "HR", "Median"), (
        ("Chemotherapy", of("12.7 (1.70 to 95.4)", term, "hr", "hr_ci"), ""),
        ("1975-2002", of("25.5 to 26.5", early, "median_ci.spss"), of("26", early, "median")),
        ("Other", "1", "2"),
    ))  # fmt: skip
    made = with_printed(table, results, rows(results))
    assert made.columns[-1] == PRINTED and made.numeric == {3}
    assert [row[-1] for row in made.rows] == ["13.840 (1.807 to 106.010)", "25.5 to 26.5; 26", ""]


def test_a_table_has_what_the_paper_prints_in_a_last_column_if_a_ledger_has_it(with_ledger):
    term = {"hr": 12.7, "hr_ci": (1.7, 95.4)}
    cell = of("12.7 (1.70 to 95.4)", term, "hr", "hr_ci")
    table = Table("T", ("Level", "HR"), (("No/Unknown", cell), ("Firth", "9.97")))
    made = with_printed(table, with_ledger, {id(term): CHEMOTHERAPY})
    assert made.columns == ("Level", "HR", "The paper prints")
    assert [row[-1] for row in made.rows] == ["13.840 (1.807 to 106.010)", ""]
    assert with_printed(table, results_of_nobody(), {id(term): CHEMOTHERAPY}) is table


def test_beside_another_reference_nothing_is_printed():
    """Where nobody is of another race, White is against Black: the paper's 0.628 is against Other."""
    ratio = {"variable": "race", "level": "White", "hr": 3.0, "hr_ci": [0.1, 90.0]}
    term = {"hr": 3.0, "hr_ci": (0.1, 90.0)}
    cell = of("3.00 (0.10 to 90.0)", term, "hr", "hr_ci")
    table = Table("T", ("Level", "HR"), (("White", cell),))
    place = "cox[id=second_univariate:race].terms[variable=race,level=White]"
    for reference, beside in (("Other", ("0.628 (0.074 to 5.324)",)), ("Black", ())):
        model = {"id": "second_univariate:race", "terms": [{**ratio, "reference": reference}]}
        results = results_of_nobody(published=audit_paper_file(PAPERS / "jia2024.csv", {"cox": [model]}))
        assert with_printed(table, results, {id(term): place}).rows == (("White", cell, *beside),)


def test_what_the_paper_prints_stands_once_in_the_row_of_that_number(results):
    """Jia 2024 has the hospital's 3 cases; how many it expected the paper does not say."""
    table = with_printed(comparison(results), results, rows(results))
    printed = {row[0]: row[-1] for row in table.rows}
    assert printed["Hospital"].startswith("3 of")
    assert [printed[name] for name in printed if name.startswith("Expected")] == [""]
