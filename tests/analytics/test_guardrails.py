"""The guards of a small study: cards, priors and misclassification, by hand and as printed."""

from __future__ import annotations

import json
from math import exp, log, sqrt

import polars as pl
import pytest

from analytics.questions.cox_rows import Covariate, fit
from analytics.questions.misclassification import misclassification
from analytics.questions.shrunken_estimates import shrunken_estimates
from analytics.render.lookup import first
from analytics.render.page.difference import differences
from analytics.render.tables.guardrails import misclassification as misclassification_table
from analytics.render.tables.guardrails import model_cards
from analytics.render.tables.hazards import has_too_few_events
from analytics.render.words import CANNOT_TELL, ON_BOTH_SIDES, QUESTIONS
from analytics.results.characteristics import LevelCount
from analytics.results.cox import CoxAnalysis, CoxTerm
from analytics.results.guardrails import Detectable, ModelCard
from analytics.results.ids import ADJUSTED, FIRTH, TOGETHER
from analytics.results.json_file import plain
from analytics.results.statistical_tests import VariableTest
from tests.analytics.empty_results import results_of_nobody

ARM = Covariate("arm", "new", "old")


def a_model(n_each: int, deaths_each: int, **how) -> CoxAnalysis:
    """Two arms alike: in each, so many die in month 1 and the others are seen until month 2."""
    died = ([True] * deaths_each + [False] * (n_each - deaths_each)) * 2
    months = pl.Series([1.0 if dead else 2.0 for dead in died])
    exposed = pl.Series([1.0] * n_each + [0.0] * n_each)
    return fit("m", "death", months, pl.Series(died), {ARM: exposed}, **how)


def test_ten_deaths_in_the_smaller_arm_carry_one_coefficient_and_nine_do_not():
    assert a_model(50, 10).card.verdict == "adequate"
    card = a_model(50, 9).card
    assert card.verdict == "few_events"
    assert card.reasons == ("9 deaths of 50 (arm: new), fewer than 10",)


def test_fewer_than_five_deaths_in_an_arm_has_too_few_events_however_many_the_other_has():
    months = pl.Series([1.0] * 100 + [1.0, 1.0, 1.0, 1.0] + [2.0] * 96)
    died = pl.Series([True] * 104 + [False] * 96)
    arm = pl.Series([1.0] * 100 + [0.0] * 100)
    card = fit("m", "death", months, died, {ARM: arm}).card
    assert card.verdict == "too_few_events"
    assert card.reasons == ("4 deaths of 100 (arm: old), fewer than 5",)
    assert card.events_per_coefficient == 104


def test_large_groups_are_written_with_their_thousands():
    assert a_model(2_000, 4).card.reasons == ("4 deaths of 2,000 (arm: new), fewer than 5",)


def test_what_is_too_few_for_one_model_is_too_few_with_the_penalty():
    card = a_model(50, 3, penalty="firth", ties="breslow").card
    assert card.verdict == "too_few_events"
    assert any("not imprecision" in caution for caution in card.cautions)


def test_separation_is_named_and_has_too_few_events():
    months = pl.Series([float(t) for t in range(1, 21)] + [30.0] * 20)
    died = pl.Series([True] * 20 + [False] * 20)
    card = fit("m", "death", months, died, {ARM: pl.Series([1.0] * 20 + [0.0] * 20)}).card
    assert card.verdict == "too_few_events"
    assert card.separated == ("arm: new",)


def test_a_model_without_a_death_is_not_estimated():
    assert a_model(5, 0).card.verdict == "not_estimated"


def test_the_smallest_ratio_found_is_schoenfelds_where_the_exposure_stands_alone():
    """20 deaths, half of those at risk exposed: (1.959964 + 0.841621) / sqrt(20 / 4) on the log scale."""
    (found,) = a_model(50, 10, ties="breslow").card.detectable
    assert found.hazard_ratio == pytest.approx(exp((1.959963985 + 0.841621234) / sqrt(20 / 4)), rel=1e-6)


def test_a_second_column_that_tells_half_the_same_asks_for_a_larger_ratio():
    arm = pl.Series([1.0] * 50 + [0.0] * 50)
    other = pl.Series([1.0] * 40 + [0.0] * 10 + [1.0] * 10 + [0.0] * 40)
    months = pl.Series(([1.0] * 10 + [2.0] * 40) * 2)
    died = pl.Series(([True] * 10 + [False] * 40) * 2)
    alone = fit("m", "death", months, died, {ARM: arm}).card.detectable[0]
    both = fit("m", "death", months, died, {ARM: arm, Covariate("site", "a", "b"): other}).card.detectable[0]
    assert both.hazard_ratio > 1.2 * alone.hazard_ratio


def test_the_model_of_six_coefficients_on_fourteen_deaths_has_too_few_events_and_firth_stands_first(results):
    model = first(results.cox, id=TOGETHER)
    assert model.card.verdict == "too_few_events"
    firth = first(results.cox, id=FIRTH)
    assert firth.card.verdict == "too_few_events" and all(map(has_too_few_events, firth.terms))
    asked = [row for row in results.contrasts if "no/unknown" in row.question]
    assert [row.stance for row in asked] == ["corrected"] * 5 + ["conventional"] * 2
    assert "Firth" in asked[0].estimator and asked[-1].verdict == "too_few_events"


def test_table_2_prints_the_conventional_ratio_and_says_that_it_has_too_few_events(report):
    table = (report.page.parent / "tables" / "table2.md").read_text(encoding="utf-8")
    row = next(line for line in table.splitlines() if line.startswith("| No/Unknown against Yes"))
    cells = [cell.strip() for cell in row.split("|")]
    assert cells[2].startswith("9.97 (1.80 to 77.8)") and cells[2].endswith("†")
    assert cells[6].startswith("12.7") and cells[6].endswith("†")
    assert "† Too few events" in table


def published(hr: float, lower: float, upper: float) -> CoxAnalysis:
    error = log(upper / lower) / (2 * 1.959963985)
    term = CoxTerm("chemotherapy", "No/Unknown", "Yes", log(hr), error, hr, (lower, upper), None)
    return CoxAnalysis(TOGETHER, "death", "breslow", None, 18, 14, 0, terms=(term,))


@pytest.mark.parametrize(
    ("prior", "expected"),
    [
        (4, (2.30, 0.73, 7.23)),
        (10, (4.37, 0.95, 20.1)),
        (20, (6.03, 1.12, 32.5)),
        (40, (7.49, 1.26, 44.6)),
    ],
)
def test_the_papers_ratio_shrinks_as_its_audit_says(prior, expected):
    rows = {row.prior[1]: row for row in shrunken_estimates((published(13.840, 1.807, 106.010),))}
    row = rows[prior]
    assert (row.hr, *row.hr_ci) == pytest.approx(expected, rel=0.005)


def test_a_ratio_of_one_stays_one_under_every_prior():
    assert {round(row.hr, 12) for row in shrunken_estimates((published(1.0, 0.5, 2.0),))} == {1.0}


def test_an_interval_that_holds_one_needs_no_confounding():
    rows = shrunken_estimates((published(13.840, 1.807, 106.010),))
    assert [row.e_value.limit == 1 for row in rows] == [row.hr_ci[0] <= 1 for row in rows]


def test_e_values_stand_beside_shrunken_estimates_and_nowhere_else(results, report):
    without = plain(results)
    shrunken = without.pop("shrunken")
    assert "e_value" not in json.dumps(without) and "e_value" in json.dumps(shrunken)
    for path in (path for path in report.tables if path.suffix not in (".docx", ".xlsx")):
        assert ("E-value" in path.read_text(encoding="utf-8")) == (path.stem == "shrunken"), path.name


def chemotherapy(
    cases_yes: int, cases_rest: int, others_yes: int, others_rest: int
) -> tuple[LevelCount, ...]:
    cases, others = cases_yes + cases_rest, others_yes + others_rest
    return (
        LevelCount("chemotherapy", "Yes", others_yes, others, cases_yes, cases),
        LevelCount("chemotherapy", "No/Unknown", others_rest, others, cases_rest, cases),
    )


def test_the_papers_row_cannot_have_come_about_with_one_record_for_both_groups():
    """By hand: 40,213 "Yes" x 0.85 / 0.68 = 50,266.25 given it; 6,031.95 false "Yes" of 14,362.75 not given
    it make a specificity of 0.580028; of 18 cases (16 - 0.419972 x 18) / 0.260028 = 32.46 were given it."""
    found = misclassification(chemotherapy(16, 2, 40_197, 24_414))
    assert found.odds_ratio == pytest.approx(4.85887, abs=1e-5)
    alike = found.grid[0]
    assert alike.specificity == pytest.approx(0.580028, abs=1e-6)
    assert alike.counts["cases_given"] == pytest.approx(32.46, abs=0.005)
    assert alike.impossible == ("cases_not_given",) and alike.odds_ratio is None
    assert found.draws[0].n_possible == 0
    better = next(c for c in found.grid if (c.ppv, c.sensitivity_in_cases) == (0.85, 1.0))
    assert better.odds_ratio == pytest.approx(1.21, abs=0.005)


def test_a_record_that_is_alike_in_both_groups_moves_the_ratio_away_from_one():
    found = misclassification(chemotherapy(600, 400, 50_000, 50_000))
    alike = [c.odds_ratio for c in found.grid if c.sensitivity_in_cases == c.sensitivity]
    assert found.odds_ratio > 1 and all(ratio > found.odds_ratio for ratio in alike)


def test_nothing_is_corrected_where_a_group_is_empty():
    assert misclassification(chemotherapy(0, 0, 40_197, 24_414)) is None
    assert misclassification(()) is None


def said_of_chemotherapy(*counts: int) -> tuple[tuple[str, str, str], str]:
    """The first screen's answer and the table, of recorded counts in the order of `chemotherapy`."""
    table1 = chemotherapy(*counts)
    results = results_of_nobody(table1=table1, misclassification=misclassification(table1))
    return QUESTIONS["chemotherapy"][2](results), str(misclassification_table(results))


def test_a_correction_that_leaves_an_empty_cell_has_no_number():
    """18 of 20 recorded "Yes" at a sensitivity of 90% in cases: all 20 were given chemotherapy."""
    (data, trust, why), table = said_of_chemotherapy(18, 2, 40_197, 24_414)
    assert data.endswith("; as recorded 5.47.") and "Corrected odds ratio" in data
    assert (trust, why) == (CANNOT_TELL, ON_BOTH_SIDES)
    assert "not estimable" in table and "Not estimable: one of the four groups" in table


def test_an_empty_cell_as_recorded_is_not_estimable_with_its_counts():
    (data, trust, why), table = said_of_chemotherapy(18, 0, 40_197, 24_414)
    assert (data, trust) == ("Not estimable.", CANNOT_TELL)
    assert why == "With 18 of 18 Yes an odds ratio has an empty cell: it needs both levels."
    assert "not estimable" in table


def test_where_no_correction_fits_the_recorded_ratio_stands_with_the_reason():
    (data, trust, why), table = said_of_chemotherapy(16, 2, 990, 10)
    assert data == "Odds ratio as recorded 0.08."
    assert trust == CANNOT_TELL and "no correction for that fits" in why
    assert "Not estimable" not in table


@pytest.mark.parametrize(("counts", "said", "unsaid"), [
    ((16, 2, 40_197, 24_414), "may be better kept", "chance may explain"),
    ((3, 1, 40_197, 24_414), "chance may explain it", "better kept"),
    ((1, 2, 40_197, 24_414), "33% of those with", "better kept"),
    ((1, 2, 40_197, 24_414), "no more than the 68%", "of cohorts"),
])  # fmt: skip
def test_a_better_record_of_cases_is_concluded_only_where_their_share_is_high_beyond_chance(
    counts, said, unsaid
):
    """All given it and 68% found: 16 or more of 18 in 4% of cohorts, 3 or more of 4 in 62%."""
    _, table = said_of_chemotherapy(*counts)
    assert said in table and unsaid not in table


def test_what_rests_on_three_people_is_quoted_with_chance_and_concludes_nothing_from_the_impossible():
    table1 = chemotherapy(1, 2, 8_063, 4_859)
    results = results_of_nobody(table1=table1, misclassification=misclassification(table1))
    drawn = results.misclassification.draws[0]
    quoted = f"{drawn.odds_ratio:.2f} ({drawn.interval[0]:.2f} to {drawn.interval[1]:.2f})"
    data, _, _ = QUESTIONS["chemotherapy"][2](results)
    said = differences(results)["unknown"]
    assert quoted in data and quoted in said and "chance included" in said
    assert said.endswith(" are impossible: it does not hold here, or it is chance.")


def test_an_unlike_record_is_the_reason_only_where_just_the_alike_ones_are_impossible():
    table1 = chemotherapy(16, 2, 40_197, 24_414)
    said = differences(results_of_nobody(table1=table1, misclassification=misclassification(table1)))
    assert said["unknown"].endswith(
        " 3 of 12 combinations of that knowledge are impossible: the record was not made alike for both "
        "groups, or it is chance."
    )


def test_a_row_about_one_variable_has_its_own_p_and_its_own_smallest_ratio():
    tests = tuple(
        VariableTest(variable, "schoenfeld_km", 1.0, 1.0, p)
        for variable, p in (("second_primary", 0.9), ("sex", 0.01), ("GLOBAL", 0.004))
    )
    found = (Detectable("second_primary", "with", 111_977.0), Detectable("sex", "Male", 1.06))
    card = ModelCard("adequate", (), (), 5_569.7, (), (), found)
    models = tuple(
        CoxAnalysis(id, "death", "efron", None, 9, 9, 0, proportional_hazards=tests, card=card)
        for id in (ADJUSTED, TOGETHER)
    )
    _, own, _, every = model_cards(results_of_nobody(cox=models)).rows
    assert (own[2], own[5], own[6]) == ("5,570", "0.900", "above 100")
    assert (every[5], every[6]) == ("0.004 (all covariates)", "—")
