"""The judge of the estimators is judged: bias and coverage of answers that are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.estimators.rates import poisson_interval
from bench.simulation import answers, methods
from bench.simulation.answers import Answer
from bench.simulation.coverage import Method, performances, registries
from bench.simulation.generator import Registry
from bench.simulation.scenarios import OF_INCIDENCE, OF_SURVIVAL
from tests.bench.truths import TRUTH

SMALL = replace(TRUTH, n=50)


def judged(given: list[Answer], *, target: float | None, scale: str = "ratio"):
    """Performance of a method that gives these answers, one a registry."""
    turn = iter(given)
    method = Method("made up", "corrected", lambda truth: target, lambda r, t: next(turn), scale)
    return performances(SMALL, [method], replicates=len(given), seed=1)[0]


def test_bias_of_a_ratio_is_geometric_and_coverage_counts_limits_that_hold_the_target():
    found = judged([Answer(1, 0.5, 1.9), Answer(4, 2, 8), Answer(1, 0.5, 2), Answer(4, 3, 5)], target=2)
    assert found.mean == pytest.approx(2)
    assert found.bias == pytest.approx(0)
    # 2 to 8 and 0.5 to 2 hold 2 at their very ends.
    assert found.coverage == 2 / 4
    assert found.disagrees


def test_bias_of_a_difference_is_arithmetic_with_its_monte_carlo_error():
    found = judged([Answer(1.0), Answer(3.0)], target=1.0, scale="difference")
    assert found.bias == 1.0
    assert found.bias_error == pytest.approx(1.0)  # sd of 1 and 3 is root 2, over root 2 runs
    assert found.coverage is None
    assert not found.disagrees


def test_a_limit_that_does_not_exist_does_not_exclude_the_target():
    assert judged([Answer(2, float("nan"), 3)], target=1).coverage == 1
    assert judged([Answer(2, float("nan"), 3)], target=4).coverage == 0


def test_runs_without_an_estimate_are_counted_and_left_out():
    found = judged([Answer(float("nan")), Answer(0.0), Answer(2, 1, 3)], target=2)
    assert (found.n_runs, found.n_failed) == (1, 2)
    assert found.coverage == 1


def test_a_number_without_a_true_value_has_neither_bias_nor_coverage():
    found = judged([Answer(2, 1, 3)], target=None)
    assert found.bias is found.bias_error is found.coverage is None


def test_the_first_registries_are_the_same_however_many_are_asked_for():
    few = list(registries(SMALL, replicates=2, seed=3))
    many = list(registries(SMALL, replicates=5, seed=3))
    for one, other in zip(few, many, strict=False):
        np.testing.assert_array_equal(one.exit_months, other.exit_months)
    assert not np.array_equal(many[0].exit_months, many[1].exit_months)


def test_person_years_and_ratios_by_hand():
    """Two patients of each era; second cancers at month 24 and 36, follow-up counted from month 12."""
    nan = float("nan")
    registry = Registry(
        era=np.array([0, 0, 1, 1]),
        index_date=np.array([1980.0, 1981, 2004, 2005]),
        latency_months=np.array([24, nan, 36, nan]),
        exit_months=np.array([30.0, 6, 60, 24]),
        died=np.array([True, True, False, False]),
    )
    truth = replace(TRUTH, background_rate=0.1)
    assert answers.person_years(registry, 12) == pytest.approx(1 + 0 + 2 + 1)
    assert answers.incidence_ratio(registry, truth).value == pytest.approx(2 / 0.4)
    assert answers.excess_risk(registry, truth).value == pytest.approx(1e4 * 1.6 / 4)
    assert answers.era_rate_ratio(registry, truth).value == pytest.approx((1 / 3) / (1 / 1))
    assert answers.era_proportion_ratio(registry).value == 1
    assert answers.latency_change(registry).value == 12
    assert answers.incidence_by(registry, 0, 24).value == pytest.approx(1 / 2)  # after one death of two
    assert answers.one_minus_kaplan_meier(registry, 0, 24).value == pytest.approx(1)


def test_limits_of_ratio_and_excess_are_those_of_the_count():
    registry = next(registries(TRUTH, replicates=1, seed=2))
    observed, years = int(registry.has_second.sum()), answers.person_years(registry, 12)
    low, high = poisson_interval(observed)
    ratio, excess = answers.incidence_ratio(registry, TRUTH), answers.excess_risk(registry, TRUTH)
    expected = TRUTH.background_rate * years
    assert (ratio.lower, ratio.upper) == pytest.approx((low / expected, high / expected))
    assert excess.lower == pytest.approx(1e4 * (low - expected) / years)
    assert excess.upper == pytest.approx(1e4 * (high - expected) / years)


def test_a_second_cancer_after_the_landmark_leaves_a_patient_unexposed():
    registry = next(registries(TRUTH, replicates=1, seed=2))
    later = registry.latency_months > 60
    assert later.any()
    forgotten = replace(registry, latency_months=np.where(later, np.nan, registry.latency_months))
    assert answers.landmark_cox(registry, 60) == answers.landmark_cox(forgotten, 60)
    assert answers.naive_cox(registry) != answers.naive_cox(forgotten)


def test_twice_the_follow_up_of_everybody_halves_a_rate_and_no_ratio():
    registry = next(registries(TRUTH, replicates=1, seed=2))
    doubled = Registry(
        registry.era,
        registry.index_date,
        registry.latency_months * 2,
        registry.exit_months * 2,
        registry.died,
    )
    assert answers.person_years(doubled, 0) == pytest.approx(2 * answers.person_years(registry, 0))
    once, twice = (answers.time_dependent_cox(r).value for r in (registry, doubled))
    assert once == pytest.approx(twice)
    once, twice = (answers.naive_cox(r).value for r in (registry, doubled))
    assert once == pytest.approx(twice)


@pytest.mark.slow
def test_corrected_estimators_find_the_truth_and_the_naive_one_does_not():
    """Forty registries: a coverage of 95% shows 34 hits or more in 99% of such runs."""
    truth = replace(OF_SURVIVAL, n=6_000, second_cancer_hazard_ratio=3.0)
    rows = {r.method: r for r in performances(truth, methods.OF_SURVIVAL, replicates=40, seed=11)}
    naive = rows.pop("naive Cox, grouped by later second cancer")
    assert naive.coverage == 0
    assert naive.mean < 1
    for row in rows.values():
        if row.stance == "corrected":
            assert row.coverage >= 34 / 40, row
            assert abs(row.bias) < 3 * row.bias_error + 0.05, row


@pytest.mark.slow
def test_incidence_estimators_find_the_truth_and_the_published_ones_do_not():
    truth = replace(OF_INCIDENCE, n=6_000, sir=5.0)
    for row in performances(truth, methods.OF_INCIDENCE, replicates=40, seed=11):
        if row.stance == "corrected":
            assert row.coverage >= 34 / 40, row
            assert abs(row.bias) < 3.5 * row.bias_error, row
        if row.method.startswith("1 - Kaplan-Meier"):
            assert row.bias > 1
        if row.method.startswith("median latency"):
            assert row.bias < -10
