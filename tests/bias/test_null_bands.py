"""What the published contrasts show when nothing is the matter."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.bias.band import band
from analytics.bias.constant_hazard import cases_under_constant_hazard
from analytics.bias.naive_contrast import grouped_by_future, life_table_of
from analytics.bias.null_bands import immortal_time_band, latency_band
from analytics.estimators.cox import cox
from analytics.estimators.survival import kaplan_meier, logrank
from bench.simulation.generator import exposure_intervals, generate, in_whole_months
from tests.bench.truths import TRUTH, with_hazard_ratio

ORDER = ("early", "late")


def test_the_quick_contrast_is_that_of_the_estimators():
    for seed, whole in ((1, True), (2, False), (3, True)):
        registry = generate(TRUTH, seed)
        registry = in_whole_months(registry) if whole else registry
        months, died, ill = registry.exit_months, registry.died, registry.has_second
        quick = grouped_by_future(life_table_of(months, died), np.flatnonzero(ill))
        assert quick.median_with == kaplan_meier(months[ill], died[ill]).median
        assert quick.median_without == kaplan_meier(months[~ill], died[~ill]).median
        assert quick.p_value == pytest.approx(logrank(months, died, ill).p_value, rel=1e-9)
        slow = cox(months, died, ill, names="with", ties="breslow").hazard_ratio[0]
        assert quick.hazard_ratio == pytest.approx(slow, rel=1e-8)


def test_a_hazard_ratio_by_hand():
    """Three people: deaths at 1 and 2, the third last seen at 3."""
    table = life_table_of([1, 2, 3], [True, True, False])
    # Person 0 is the case and dies at the only time with both groups at risk: the ratio rises for ever.
    assert grouped_by_future(table, np.array([0])).hazard_ratio == float("inf")
    # Person 1 is the case: at risk with two others at time 1 and with one at time 2, where he dies. The score
    # is zero at 1 = h / (h + 2) + h / (h + 1), so h is the root of 2.
    assert grouped_by_future(table, np.array([1])).hazard_ratio == pytest.approx(2**0.5)
    # Person 2 never dies.
    assert grouped_by_future(table, np.array([2])).hazard_ratio == 0


def test_cases_are_found_in_proportion_to_their_months_at_risk():
    exits = [12.0, 24.0, 48.0]  # 0, 12 and 36 months at risk: never, a quarter, three quarters
    draws = list(
        cases_under_constant_hazard(exits, n_second=1, min_latency_months=12, replicates=4_000, seed=1)
    )
    found = np.bincount([int(cases[0]) for cases, _ in draws], minlength=3) / len(draws)
    assert found[0] == 0
    assert found[2] == pytest.approx(0.75, abs=0.03)
    latencies = np.array([latency[0] for cases, latency in draws if cases[0] == 2])
    assert latencies.min() >= 12
    assert latencies.max() <= 48
    assert latencies.mean() == pytest.approx(30, abs=1)


def test_nobody_is_drawn_twice():
    for cases, _ in cases_under_constant_hazard(
        [20.0] * 9, n_second=9, min_latency_months=12, replicates=5, seed=1
    ):
        assert sorted(cases) == list(range(9))


def test_a_harmless_second_cancer_looks_protective_when_grouped_by_and_harmless_when_followed():
    registry = generate(with_hazard_ratio(1.0), 1)
    naive = cox(registry.exit_months, registry.died, registry.has_second, names="x").hazard_ratio[0]
    rows = exposure_intervals(registry)
    followed = cox(rows.stop, rows.died, rows.exposed, names="x", entry=rows.start, strata=rows.era)
    assert naive < 0.6
    assert followed.lower[0] < 1 < followed.upper[0]
    assert followed.hazard_ratio[0] == pytest.approx(1, abs=0.3)


def test_the_band_of_a_harmless_second_cancer_is_far_from_no_difference():
    registry = in_whole_months(generate(TRUTH, 1))
    found = immortal_time_band(registry.exit_months, registry.died, n_second=60, replicates=50)
    assert found.hazard_ratio.p90 < 1
    assert found.median_difference.p10 > 0
    assert found.share_significant > 0.9
    assert found.median_with.share_as_extreme is None
    assert found.n_index == len(registry)


def test_a_longer_minimum_latency_makes_the_bias_greater():
    registry = in_whole_months(generate(TRUTH, 1))
    bands = [
        immortal_time_band(
            registry.exit_months, registry.died, n_second=60, min_latency_months=m, replicates=40
        )
        for m in (0, 12, 60)
    ]
    ratios = [b.hazard_ratio.p50 for b in bands]
    assert ratios[0] > ratios[1] > ratios[2]


def test_the_observed_is_placed_among_the_runs_on_its_own_side_of_no_difference():
    registry = in_whole_months(generate(TRUTH, 1))
    found = immortal_time_band(
        registry.exit_months, registry.died, n_second=60, replicates=40,
        observed_median_with=1_000.0, observed_median_without=30.0, observed_hazard_ratio=0.999,
    )  # fmt: skip
    assert found.median_difference.observed == 970
    assert found.median_difference.share_as_extreme == 0
    assert found.hazard_ratio.share_as_extreme == 1


def test_bands_are_the_same_for_the_same_seed_and_differ_for_another():
    registry = in_whole_months(generate(TRUTH, 1))
    same = [
        immortal_time_band(registry.exit_months, registry.died, n_second=20, replicates=10, seed=4)
        for _ in range(2)
    ]
    assert same[0] == same[1]
    other = immortal_time_band(registry.exit_months, registry.died, n_second=20, replicates=10, seed=5)
    assert other != same[0]


def test_the_later_era_shows_shorter_latencies_though_the_hazard_is_one():
    registry = generate(TRUTH, 1)
    follow_up = (2019 - registry.index_date) * 12  # nobody dies: only the calendar differs
    eras = np.array(ORDER)[registry.era]
    found = latency_band(
        follow_up, eras, order=ORDER, n_second=40, observed_medians=(200.0, 100.0), replicates=100
    )
    assert found.share_later_shorter > 0.95
    assert found.difference.p90 < 0
    assert found.difference.observed == -100
    # Half of a uniform latency: about half the era's middle follow-up.
    assert found.eras[1].median_months.p50 == pytest.approx(70, abs=20)


def test_eras_followed_alike_show_like_latencies():
    follow_up = np.tile(np.arange(13.0, 213.0), 2)
    found = latency_band(
        follow_up, ["early"] * 200 + ["late"] * 200, order=ORDER, n_second=40, replicates=400
    )
    assert found.share_later_shorter == pytest.approx(0.5, abs=0.1)
    assert found.difference.p50 == pytest.approx(0, abs=6)
    assert found.eras[0].n_second.p50 + found.eras[1].n_second.p50 == pytest.approx(40, abs=1)


def test_one_era_without_a_case_leaves_a_run_out_of_the_comparison():
    found = latency_band(
        [10.0, 100.0, 100.0], ["early", "late", "late"], order=ORDER, n_second=1, replicates=5
    )
    assert found.difference.n == 0
    assert np.isnan(found.share_later_shorter)
    assert found.eras[1].n_second.p50 == 1


def test_percentiles_are_values_that_occurred_and_not_reached_is_the_largest():
    found = band([1, 2, 3, 4, float("inf"), float("nan")], observed=3, no_difference=0)
    assert (found.p10, found.p50, found.p90) == (1, 3, float("inf"))
    assert found.n == 5
    assert found.share_as_extreme == 3 / 5
    assert band([1, 2, 3, 4], observed=2, no_difference=3).share_as_extreme == 2 / 4


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"n_second": 0}, "n_second must lie between 1 and the 2 people at risk"),
        ({"n_second": 3}, "n_second must lie between 1 and the 2 people at risk"),
        ({"replicates": 0}, "replicates must be at least 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        immortal_time_band([5.0, 20.0, 30.0], [1, 1, 1], **{"n_second": 1} | wrong)


def test_an_era_that_the_study_does_not_know_is_refused():
    with pytest.raises(ValueError, match="'lost'"):
        latency_band([20.0, 20.0], ["early", "lost"], order=ORDER, n_second=1)
    with pytest.raises(ValueError, match="at least two"):
        latency_band([20.0], ["early"], order=("early",), n_second=1)
