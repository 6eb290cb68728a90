"""What the paper prints at a place of the results, and nowhere else."""

from __future__ import annotations

import pytest

from analytics.questions.published_numbers import PAPERS, audit_paper_file
from analytics.render.printed_values import printed_at, the_paper_prints
from tests.analytics.empty_results import results_of_nobody

CHEMOTHERAPY = "cox[id=second_multivariable].terms[variable=chemotherapy,level=No/Unknown]"


@pytest.fixture(scope="module")
def with_ledger():
    return results_of_nobody(published=audit_paper_file(PAPERS / "jia2024.csv", {}))


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
