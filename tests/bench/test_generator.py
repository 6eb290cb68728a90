"""The generator draws what the truth says."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log

import numpy as np
import pytest

from analytics.estimators.survival import kaplan_meier
from bench.simulation.generator import exposure_intervals, generate, in_whole_months
from bench.simulation.truth import Truth
from tests.bench.truths import EARLY, LATE, TRUTH, with_hazard_ratio


def test_half_of_an_era_is_dead_at_its_median_with_and_without_frailty():
    for frailty in (0.0, 0.3, 2.0):
        truth = replace(TRUTH, shape=0.85, frailty_variance=frailty)
        assert truth.survival(EARLY, 26.0) == pytest.approx(0.5)
        assert truth.survival(LATE, 48.0) == pytest.approx(0.5)


def test_survival_without_frailty_by_hand():
    # Exponential: twice the median leaves a quarter; Weibull of shape 2: (2 m / m)^2 = 4 halvings.
    assert TRUTH.survival(EARLY, 52.0) == pytest.approx(1 / 4)
    assert replace(TRUTH, shape=2.0).survival(EARLY, 52.0) == pytest.approx(1 / 16)


def test_survival_with_a_frailty_of_variance_one_by_hand():
    # S = 1 / (1 + H) is a half at H = 1, and at twice the median H = 2 leaves a third.
    assert replace(TRUTH, frailty_variance=1.0).survival(EARLY, 52.0) == pytest.approx(1 / 3)


def test_cumulative_incidence_of_two_exponentials_by_hand():
    a, b = TRUTH.second_cancer_rate / 12, log(2) / 26
    by_hand = exp(-12 * b) * a / (a + b) * (1 - exp(-(a + b) * 108))
    assert TRUTH.cumulative_incidence(EARLY, 120) == pytest.approx(by_hand, rel=1e-9)
    assert TRUTH.cumulative_incidence(EARLY, 12) == 0


def test_excess_risk_is_the_rate_above_the_populations():
    assert replace(TRUTH, sir=5.0, background_rate=1e-3).excess_per_10k == pytest.approx(40)
    assert TRUTH.excess_per_10k == 0


def test_the_same_seed_gives_the_same_registry_and_another_seed_another():
    one, same, other = generate(TRUTH, 7), generate(TRUTH, 7), generate(TRUTH, 8)
    for name in one.__slots__:
        np.testing.assert_array_equal(getattr(one, name), getattr(same, name))
    assert not np.array_equal(one.exit_months, other.exit_months)


def test_nobody_is_watched_beyond_the_cutoff_or_ill_before_the_minimum_latency():
    registry = generate(TRUTH, 1)
    assert (registry.exit_months <= (2019 - registry.index_date) * 12 + 1e-9).all()
    latency = registry.latency_months[registry.has_second]
    assert (latency > 12).all()
    assert (latency < registry.exit_months[registry.has_second]).all()


def test_the_second_cancer_multiplies_what_is_left_of_a_life():
    """Same seed, exponential survival: what is left of a life is a third when the hazard triples."""
    harmless, harmful = generate(with_hazard_ratio(1.0), 3), generate(with_hazard_ratio(3.0), 3)
    both = harmless.has_second & harmful.died & harmless.died
    left = harmless.exit_months - harmless.latency_months
    np.testing.assert_allclose(
        harmful.exit_months[both], (harmless.latency_months + left / 3)[both], rtol=1e-9
    )
    never = ~harmless.has_second
    np.testing.assert_array_equal(harmless.exit_months[never], harmful.exit_months[never])


def test_medians_of_a_large_registry_are_those_of_the_truth():
    registry = generate(replace(TRUTH, n=40_000, frailty_variance=0.3, background_rate=1e-6), 5)
    for k, median in ((0, 26), (1, 48)):
        era = registry.only(registry.era == k)
        assert kaplan_meier(era.exit_months, era.died).median == pytest.approx(median, rel=0.04)


def test_whole_months_are_completed_months_and_outlast_the_latency_by_half_a_month():
    registry = generate(TRUTH, 1)
    seen = in_whole_months(registry)
    assert set(np.unique(seen.exit_months % 1)) <= {0.0, 0.5}
    assert (seen.exit_months > 0).all()
    ill = seen.has_second
    assert (seen.exit_months[ill] > seen.latency_months[ill]).all()
    assert (seen.exit_months <= registry.exit_months + 0.5).all()


def test_intervals_tile_follow_up_and_keep_every_death_once():
    registry = generate(TRUTH, 1)
    rows = exposure_intervals(registry)
    assert (rows.stop - rows.start).sum() == pytest.approx(registry.exit_months.sum())
    assert rows.died.sum() == registry.died.sum()
    assert rows.exposed.sum() == registry.has_second.sum()
    assert (rows.start < rows.stop).all()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"n": 0}, "n must be positive"),
        ({"second_cancer_hazard_ratio": 0.0}, "second_cancer_hazard_ratio must be positive"),
        ({"frailty_variance": -1.0}, "cannot be negative"),
        ({"eras": (EARLY,)}, "sum to 1"),
        ({"cutoff_year": 2010}, "era 2003-2018 goes on after the cutoff"),
    ],
)
def test_an_impossible_truth_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        Truth(**{"n": 10, "eras": (EARLY, LATE), "background_rate": 1e-3} | wrong)
