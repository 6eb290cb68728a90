"""Corrected two-by-two tables that can be checked on paper."""

from __future__ import annotations

from fractions import Fraction as F
from math import inf

import pytest

from analytics.bias.misclassification import NO_SPECIFICITY, Recorded, corrected, correction_grid
from analytics.bias.misclassification_draws import monte_carlo_correction

# Sensitivity 4/5 and specificity 9/10: treated = (recorded - n/10) / (7/10). Cases (40 - 10) / .7 = 300/7
# of 100; others (200 - 100) / .7 = 1000/7 of 1,000. Odds 3/4 and 1/6, ratio 9/2. Of all 240 recorded, 4/5
# of the 1300/7 treated are true: predictive value 13/21.
TABLE = Recorded(cases_yes=40, cases_no_unknown=60, others_yes=200, others_no_unknown=800)
PAPER = Recorded(cases_yes=16, cases_no_unknown=2, others_yes=40_197, others_no_unknown=24_414)


def test_a_corrected_table_by_hand():
    found = corrected(TABLE, sensitivity=0.8, ppv=float(F(13, 21)))
    assert found.specificity == pytest.approx(0.9)
    assert found.cells == pytest.approx([float(x) for x in (F(300, 7), F(400, 7), F(1000, 7), F(6000, 7))])
    assert found.odds_ratio == pytest.approx(4.5)
    assert found.impossible == ()


def test_a_perfect_record_is_left_as_it_is():
    found = corrected(TABLE, sensitivity=1, ppv=1)
    assert found.cells == pytest.approx((40, 60, 200, 800))
    assert found.odds_ratio == pytest.approx(TABLE.odds_ratio) == pytest.approx(8 / 3)
    assert found.specificity == 1


def test_with_no_false_yes_the_treated_are_the_recorded_over_the_sensitivity():
    found = corrected(TABLE, sensitivity=0.8, ppv=1)
    assert found.cells == pytest.approx((50, 50, 250, 750))
    assert found.odds_ratio == pytest.approx(3)


def test_people_are_neither_made_nor_lost():
    found = corrected(PAPER, sensitivity=0.68, ppv=0.9)
    assert found.cells[0] + found.cells[1] == pytest.approx(18)
    assert found.cells[2] + found.cells[3] == pytest.approx(64_611)


def test_misclassification_alike_in_both_groups_hides_an_association():
    assert corrected(TABLE, sensitivity=0.8, ppv=0.7).odds_ratio > TABLE.odds_ratio


def test_ten_times_the_people_have_the_same_odds_ratio():
    tenfold = Recorded(400, 600, 2_000, 8_000)
    one, ten = (corrected(t, sensitivity=0.8, ppv=0.7).odds_ratio for t in (TABLE, tenfold))
    assert one == pytest.approx(ten)


def test_the_papers_cases_cannot_have_the_registrys_sensitivity():
    """16 of 18 recorded at a sensitivity of 68% and no false "Yes" are 16 / .68 = 23.5 treated among 18."""
    found = corrected(PAPER, sensitivity=0.68, ppv=0.95)
    assert found.impossible == ("cases untreated",)
    assert found.odds_ratio is None
    assert found.cells[1] < 0
    assert PAPER.least_sensitivity_in_cases == pytest.approx(16 / 18)


def test_cases_become_possible_exactly_at_the_share_recorded():
    just = corrected(PAPER, sensitivity=0.68, ppv=0.9, sensitivity_cases=16 / 18 + 1e-6)
    under = corrected(PAPER, sensitivity=0.68, ppv=0.9, sensitivity_cases=16 / 18 - 1e-6)
    assert just.impossible == ()
    assert under.impossible == ("cases untreated",)


def test_a_group_that_is_wholly_treated_leaves_no_ratio_of_rounding_errors():
    """18 of 20 recorded at a sensitivity of 90%: all 20 were treated, whatever the specificity."""
    for ppv in (0.85, 0.9, 0.95):
        recorded = Recorded(18, 2, 40_197, 24_414)
        found = corrected(recorded, sensitivity=0.68, ppv=ppv, sensitivity_cases=0.9)
        assert found.cells[:2] == (pytest.approx(20), 0.0)
        assert found.odds_ratio == inf and found.impossible == ()


def test_the_chance_of_sixteen_of_eighteen_by_hand():
    p, q = F(68, 100), F(32, 100)
    by_hand = 153 * p**16 * q**2 + 18 * p**17 * q + p**18
    assert PAPER.chance_if_all_cases_treated(0.68) == pytest.approx(float(by_hand))


def test_the_chance_is_found_for_as_many_cases_as_a_common_cancer_has():
    """The middle of the distribution lies at its mean, and everything at or above none."""
    many = Recorded(3_400, 1_600, 10_000, 10_000)
    assert many.chance_if_all_cases_treated(0.68) == pytest.approx(0.5, abs=0.02)
    assert Recorded(0, 5_000, 1, 1).chance_if_all_cases_treated(0.68) == 1


def test_a_predictive_value_that_leaves_no_specificity_is_named():
    # 90 of 100 recorded, all truly treated: 90 / .6 = 150 treated among 100.
    found = corrected(Recorded(45, 5, 45, 5), sensitivity=0.6, ppv=1)
    assert found.impossible == (NO_SPECIFICITY,)
    assert found.cells is None
    assert found.specificity is None


def test_the_grid_counts_the_impossible_and_gives_the_range_of_the_rest():
    grid = correction_grid(PAPER, sensitivities=(0.68,), ppvs=(0.85, 0.95), sensitivities_cases=(None, 0.95))
    assert (grid.n_possible, grid.n_impossible) == (2, 2)
    assert grid.negative == {"cases untreated": 2}
    assert grid.lowest_odds_ratio == pytest.approx(1.6043, abs=1e-4)
    assert grid.highest_odds_ratio == pytest.approx(2.1961, abs=1e-4)


def test_a_grid_without_a_possible_combination_has_no_range():
    grid = correction_grid(PAPER, sensitivities=(0.6, 0.68), ppvs=(0.9,))
    assert grid.n_possible == 0
    assert grid.lowest_odds_ratio is None


def test_the_monte_carlo_keeps_count_of_every_draw():
    found = monte_carlo_correction(
        PAPER, sensitivity=(0.6, 0.68, 0.76), ppv=(0.85, 0.99), sensitivity_cases=(0.68, 1.0), draws=5_000
    )
    assert 0 < found.n_possible < 5_000
    assert found.n_possible + found.n_impossible == 5_000
    assert found.negative["cases untreated"] > 3_000
    assert found.lower < found.median < found.upper


def test_the_monte_carlo_without_a_possible_draw_gives_no_estimate():
    found = monte_carlo_correction(PAPER, sensitivity=(0.6, 0.68, 0.76), ppv=(0.85, 0.99), draws=500)
    assert found.n_possible == 0
    assert found.median is found.lower is found.upper is None


def test_the_monte_carlo_of_a_large_perfect_record_is_the_recorded_ratio_with_its_own_error():
    # log odds ratio 0.98, standard error sqrt(1/40 + 1/60 + 1/200 + 1/800) = 0.219 at these counts.
    found = monte_carlo_correction(TABLE, sensitivity=(0.9999, 1.0, 1.0), ppv=(0.9999, 1.0), draws=20_000)
    assert found.median == pytest.approx(8 / 3, rel=0.02)
    assert found.lower == pytest.approx(8 / 3 * 2.71828 ** (-1.96 * 0.219), rel=0.04)
    assert found.n_impossible == 0


def test_the_same_seed_draws_the_same():
    runs = [
        monte_carlo_correction(TABLE, sensitivity=(0.7, 0.8, 0.9), ppv=(0.6, 0.9), draws=300, seed=s)
        for s in (1, 1, 2)
    ]
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.parametrize("wrong", [{"sensitivity": 0.0}, {"sensitivity": 1.1}, {"ppv": 0.0}])
def test_parameters_outside_their_range_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        corrected(TABLE, **{"sensitivity": 0.8, "ppv": 0.9} | wrong)


def test_a_table_of_fractions_or_without_cases_is_refused():
    with pytest.raises(ValueError, match="whole number"):
        Recorded(1.5, 1, 1, 1)
    with pytest.raises(ValueError, match="cases and others"):
        Recorded(0, 0, 1, 1)
