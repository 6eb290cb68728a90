"""Curves small enough to work out on paper, and the figures printed for a classic."""

from fractions import Fraction as F
from math import exp, log, sqrt

import numpy as np
import pytest
from published_data import DRUG, PLACEBO, SIX_DIED, SIX_MONTHS

from analytics.estimators.survival import (
    kaplan_meier,
)

approx = pytest.approx
# A number that warns on its way is a number to look at.
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def floats(*fractions):
    return [float(fraction) for fraction in fractions]


def test_kaplan_meier_takes_a_death_before_a_censoring_in_the_same_month():
    curve = kaplan_meier(SIX_MONTHS, SIX_DIED)
    assert curve.times.tolist() == [1, 6, 8, 9]
    assert curve.at_risk.tolist() == [6, 4, 2, 1]
    assert curve.n_events.tolist() == [1, 2, 0, 1]
    assert curve.n_censored.tolist() == [1, 0, 1, 0]
    assert curve.survival == approx(floats(F(5, 6), F(5, 12), F(5, 12), 0))


def test_greenwood_is_the_sum_of_d_over_n_times_n_minus_d():
    curve = kaplan_meier(SIX_MONTHS, SIX_DIED)
    first, second = F(1, 30), F(1, 30) + F(2, 8)
    assert curve.greenwood[:3] == approx(floats(first, second, second))
    assert curve.std_error[:3] == approx([5 / 6 * sqrt(first), 5 / 12 * sqrt(second), 5 / 12 * sqrt(second)])
    assert np.isnan(curve.std_error[3])


def test_each_transform_of_the_limits_by_its_formula():
    curve, z = kaplan_meier(SIX_MONTHS, SIX_DIED), 1.959963984540054
    s, root = 5 / 12, sqrt(1 / 30 + 1 / 4)
    expected = {
        "plain": (s - z * s * root, s + z * s * root),
        "log": (s * exp(-z * root), min(s * exp(z * root), 1)),
        "loglog": (s ** exp(-z * root / log(s)), s ** exp(z * root / log(s))),
    }
    odds, width = s / (1 - s), exp(z * root / (1 - s))
    expected["logit"] = (odds / width / (1 + odds / width), odds * width / (1 + odds * width))
    middle, half = np.arcsin(sqrt(s)), z / 2 * root * sqrt(s / (1 - s))
    expected["arcsine"] = (np.sin(middle - half) ** 2, np.sin(middle + half) ** 2)
    for transform, (low, high) in expected.items():
        lower, upper = curve.interval(transform)
        assert (lower[1], upper[1]) == approx((max(low, 0), min(high, 1))), transform
        assert np.isnan([lower[3], upper[3]]).all(), transform


def test_limits_are_cut_at_nought_and_one():
    curve = kaplan_meier([1, 2, 3], [1, 1, 0])
    lower, upper = curve.interval("plain")
    assert lower[1] == 0 and upper[0] == 1
    assert curve.interval("log")[1][0] == 1
    low, high = curve.interval("arcsine", level=0.999999)
    assert low[1] == approx(0, abs=1e-15) and high[0] == approx(1)


def test_before_any_death_only_plain_and_log_limits_exist():
    curve = kaplan_meier([1, 2], [0, 1])
    for transform in ("plain", "log"):
        lower, upper = curve.interval(transform)
        assert (lower[0], upper[0]) == (1, 1)
    for transform in ("loglog", "logit", "arcsine"):
        assert np.isnan(curve.interval(transform)).all()


def test_a_wider_level_gives_wider_limits():
    curve = kaplan_meier(*DRUG)
    narrow, wide = curve.interval("log", 0.5), curve.interval("log", 0.99)
    assert (wide[0] <= narrow[0]).all() and (wide[1] >= narrow[1]).all()


def test_late_entrants_are_at_risk_only_after_they_enter():
    # C enters at 2, so at time 2 he is not yet at risk, and at 3 he is.
    curve = kaplan_meier([2, 5, 3], [1, 0, 1], entry=[0, 0, 2])
    assert curve.at_risk.tolist() == [2, 2, 1]
    assert curve.survival == approx(floats(F(1, 2), F(1, 4), F(1, 4)))


def test_an_entry_at_nought_leaves_the_curve_alone():
    plain, late = kaplan_meier(*DRUG), kaplan_meier(*DRUG, entry=np.zeros(21))
    assert late.survival.tolist() == plain.survival.tolist()
    assert late.at_risk.tolist() == plain.at_risk.tolist()


def test_a_death_at_time_nought_counts():
    curve = kaplan_meier([0, 1, 1], [1, 1, 0])
    assert curve.survival == approx(floats(F(2, 3), F(1, 3)))


def test_whole_weights_are_repeated_rows():
    weighted = kaplan_meier([1, 2, 3], [1, 0, 1], weights=[2, 1, 3])
    repeated = kaplan_meier([1, 1, 2, 3, 3, 3], [1, 1, 0, 1, 1, 1])
    assert weighted.survival == approx(repeated.survival)
    assert weighted.at_risk == approx(repeated.at_risk)
    assert weighted.greenwood[:2] == approx(repeated.greenwood[:2])


def test_fractional_weights_that_all_die_leave_exactly_nothing():
    # The first dies alone; the two who enter later add and subtract to 2e-17 beside his 0.1.
    curve = kaplan_meier([1, 3, 4], [1, 1, 0], entry=[0, 2, 2], weights=[0.1, 0.7, 0.2])
    assert curve.survival.tolist() == [0, 0, 0]


def test_a_curve_ends_where_all_weight_is_gone():
    # Rows of no weight at 3, 5 and 6 are nobody: a death there has no step, and 5 and 6 have no curve.
    rows, weights = ([1, 2, 3, 4, 5, 6], [1, 0, 1, 0, 0, 1]), [1, 2, 0, 1, 0, 0]
    curve = kaplan_meier(*rows, weights=weights)
    assert curve.times.tolist() == [1, 2, 4] and curve.at_risk.tolist() == [4, 3, 1]
    assert curve.survival.tolist() == [0.75, 0.75, 0.75]
    assert np.isnan(curve.at(5))


def test_a_gap_in_which_only_rows_of_no_weight_are_at_risk_makes_no_step():
    curve = kaplan_meier([1, 2, 4], [0, 1, 1], entry=[0, 1, 3], weights=[1, 0, 2])
    assert curve.times.tolist() == [1, 4] and curve.survival.tolist() == [1, 0]


def test_survival_at_a_time():
    curve = kaplan_meier([2, 4, 6], [1, 1, 0])
    assert [curve.at(t) for t in (0, 1.9, 2, 5, 6)] == approx([1, 1, 2 / 3, 1 / 3, 1 / 3])
    assert np.isnan(curve.at(6.1))
    assert kaplan_meier([2, 4], [1, 1]).at(100) == 0


def test_the_published_remission_medians_and_their_limits():
    drug, placebo = kaplan_meier(*DRUG), kaplan_meier(*PLACEBO)
    assert (drug.median, placebo.median) == (23, 8)
    assert drug.median_interval("log")[0] == 16 and np.isnan(drug.median_interval("log")[1])
    assert tuple(placebo.median_interval("loglog")) == (4, 11)


def test_the_published_survival_of_the_drug_arm():
    drug = kaplan_meier(*DRUG)
    at = np.searchsorted(drug.times, [6, 7, 10, 13, 16, 22, 23])
    assert drug.survival[at] == approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=5e-4)
    assert drug.std_error[at] == approx([0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346], abs=5e-5)


def test_spss_prints_these_medians():
    for arm, time, error, lower, upper in (
        (DRUG, 23, 5.255, 12.700, 33.300),
        (PLACEBO, 8, 1.669, 4.729, 11.271),
    ):
        found = kaplan_meier(*arm).spss_percentile()
        assert found.time == time
        assert (found.std_error, *found.interval) == approx((error, lower, upper), abs=5e-4)


def test_spss_by_hand_with_the_band_at_exact_levels():
    # Twenty deaths one a month: S(9) = 11/20 and S(11) = 9/20 lie exactly on the band, 0.55 and 0.45.
    curve = kaplan_meier(range(1, 21), [1] * 20)
    found = curve.spss_percentile()
    density = (11 / 20 - 9 / 20) / (11 - 9)
    assert found.time == 10
    assert found.density == approx(density)
    assert found.std_error == approx(sqrt(0.5 * 0.5 / 20) / density)


def test_spss_starts_from_nought_when_the_first_death_is_below_the_band():
    found = kaplan_meier([4, 4, 4, 6, 9], [1, 1, 1, 1, 0]).spss_percentile()
    assert found.density == approx((1 - 2 / 5) / (4 - 0))


def test_spss_cuts_its_symmetric_interval_at_nought():
    found = kaplan_meier([1, 1, 2, 30], [1, 1, 1, 1]).spss_percentile()
    assert found.std_error == approx(0.25 / (0.75 / 2))
    assert found.interval == approx((0, 1 + 1.959963984540054 * found.std_error))


def test_spss_gives_no_error_where_the_curve_stops_inside_the_band():
    found = kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0]).spss_percentile()
    assert found.time == 2
    assert np.isnan([found.std_error, found.density, *found.interval]).all()
    unreached = kaplan_meier([1, 2, 3], [1, 0, 0]).spss_percentile()
    assert np.isnan([unreached.time, unreached.std_error]).all()


def test_spss_gives_no_error_at_the_death_of_everybody():
    assert np.isnan(kaplan_meier([3, 3], [1, 1]).spss_percentile().std_error)


def test_a_flat_stretch_at_the_median_is_halved_or_begun():
    curve = kaplan_meier([1, 2, 3, 4], [1, 1, 0, 1])
    assert curve.median == 3
    assert curve.quantile(0.5, flat="first") == 2
    # R's quantile() halves the last stretch too, up to the last time seen.
    assert kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0]).median == 3


def test_a_median_that_is_not_reached_is_not_a_number():
    curve = kaplan_meier([1, 2, 3], [1, 0, 0])
    assert np.isnan(curve.median)
    assert np.isnan(curve.median_interval()[1])
    assert np.isnan(kaplan_meier([1, 2], [0, 0]).median_interval("spss")).all()


def test_restricted_mean_is_the_area_and_its_error_greenwoods():
    curve = kaplan_meier([2, 4, 6], [1, 1, 0])
    value, error = curve.restricted_mean(6)
    assert value == approx(float(2 + 2 * F(2, 3) + 2 * F(1, 3)))
    areas = (F(2) * F(2, 3) + F(2) * F(1, 3), F(2) * F(1, 3))
    assert error == approx(sqrt(areas[0] ** 2 * F(1, 6) + areas[1] ** 2 * F(1, 2)))
    assert curve.restricted_mean() == curve.restricted_mean(6)
    assert curve.restricted_mean(1) == (1, 0)


def test_restricted_mean_beyond_a_finished_curve_adds_nothing():
    curve = kaplan_meier([2, 4], [1, 1])
    assert curve.restricted_mean(100) == approx(curve.restricted_mean(4))
    assert curve.restricted_mean(4)[0] == 3


def test_no_deaths_leaves_the_curve_at_one():
    curve = kaplan_meier([1, 2, 3], [0, 0, 0])
    assert curve.survival.tolist() == [1, 1, 1]
    assert curve.std_error.tolist() == [0, 0, 0]
    assert curve.restricted_mean(3) == (3, 0)


def test_half_months_are_counted_as_they_are_sorted():
    rng = np.random.default_rng(5)
    months = rng.integers(0, 300, 4000) + rng.choice([0, 0.5], 4000)
    died = rng.random(4000) < 0.7
    fast, slow = kaplan_meier(months, died), kaplan_meier(months + 1e-4, died)
    assert fast.survival == approx(slow.survival)
    assert fast.times == approx(slow.times - 1e-4)
