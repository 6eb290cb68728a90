"""Exposure that comes later: intervals, Mantel-Byar, Simon-Makuch and landmarks on a few people."""

from fractions import Fraction as F

import numpy as np
import pytest

from analytics.estimators.cox import cox
from analytics.estimators.survival import (
    exposed_intervals,
    kaplan_meier,
    landmark,
    logrank,
    mantel_byar,
    simon_makuch,
)

approx = pytest.approx

# Never exposed; exposed at 3; exposed at once; exposed only as he dies.
END, DIED, SINCE = [5, 8, 4, 6], [1, 1, 0, 1], [None, 3, 0, 6]


def test_time_before_the_exposure_is_unexposed():
    cut = exposed_intervals(END, DIED, SINCE)
    rows = list(zip(cut.person, cut.start, cut.stop, cut.event, cut.exposed, strict=True))
    assert [tuple(map(float, row)) for row in rows] == [
        (0, 0, 5, 1, 0), (1, 0, 3, 0, 0), (2, 0, 4, 0, 1), (3, 0, 6, 1, 0), (1, 3, 8, 1, 1)
    ]  # fmt: skip


def test_mantel_byar_by_hand():
    found = mantel_byar(END, DIED, SINCE)
    # At 5: two unexposed, one exposed; at 6: one and one; at 8 one exposed alone.
    assert found.observed.tolist() == [2, 1]
    assert found.expected == approx([float(F(2, 3) + F(1, 2)), float(F(1, 3) + F(1, 2) + 1)])
    variance = F(2, 9) + F(1, 4)
    assert found.statistic == approx(float((2 - F(7, 6)) ** 2 / variance))


def test_a_death_at_nought_is_the_unexposeds():
    found = mantel_byar([0, *END], [1, *DIED], [None, *SINCE])
    # At 0 all five are at risk: three still unexposed besides him, and the one exposed at once.
    assert found.expected[1] == approx(float(F(1, 5) + F(1, 3) + F(1, 2) + 1))


def test_mantel_byar_is_the_exact_score_test_of_a_time_dependent_covariate():
    rng = np.random.default_rng(4)
    end, died = rng.integers(1, 12, 50).astype(float), rng.random(50) < 0.7
    since = np.where(rng.random(50) < 0.5, rng.integers(0, 10, 50), np.nan)
    cut = exposed_intervals(end, died, since)
    model = cox(cut.stop, cut.event, cut.exposed, names=["exposed"], entry=cut.start, ties="exact")
    assert mantel_byar(end, died, since).statistic == approx(model.score.statistic)


def test_simon_and_makuchs_curves_by_hand():
    curves = simon_makuch(END, DIED, SINCE)
    # Unexposed: 3 leaves at 3 for the other curve; two die at 5 and 6.
    assert curves.unexposed.times.tolist() == [3, 5, 6]
    assert curves.unexposed.at_risk.tolist() == [3, 2, 1]
    assert curves.unexposed.survival == approx([1, 1 / 2, 0])
    assert curves.exposed.times.tolist() == [4, 8]
    assert curves.exposed.at_risk.tolist() == [2, 1]
    assert curves.exposed.survival == approx([1, 0])


def test_simon_and_makuch_from_a_landmark_leave_out_the_time_before():
    curves = simon_makuch(END, DIED, SINCE, landmark=5)
    assert curves.unexposed.times.tolist() == [6]
    assert curves.exposed.times.tolist() == [8]
    with pytest.raises(ValueError, match="nobody is unexposed"):
        simon_makuch(END, DIED, SINCE, landmark=6)


def test_the_test_from_a_landmark_leaves_out_the_time_before():
    found = mantel_byar(END, DIED, SINCE, landmark=5)
    # After 5 die one of two at 6, the unexposed, and the last at 8.
    assert found.n.tolist() == [1, 1]
    assert found.expected == approx([0.5, 1.5])
    assert found.statistic == approx(1)


def test_times_stay_as_they_were_given():
    """To the last digit: a clock moved on by 1 and back would lose some."""
    end, since = [0.1, 0.7, 1.3], [None, 0.3, 0.1]
    curves = simon_makuch(end, [1, 1, 1], since)
    assert [*curves.unexposed.times, *curves.exposed.times] == [0.1, 0.3, 0.7, 1.3]


def test_curves_with_a_death_at_nought():
    curves = simon_makuch([0, *END], [1, *DIED], [None, *SINCE])
    assert curves.unexposed.times.tolist() == [0, 3, 5, 6]
    assert curves.unexposed.survival[0] == approx(3 / 4)


def test_a_landmark_groups_by_what_has_happened_by_then():
    found = landmark(END, DIED, SINCE, at=4)
    assert found.person.tolist() == [0, 1, 3]
    assert found.exposed.tolist() == [False, True, False]
    assert found.durations.tolist() == [1, 4, 2]
    assert found.events.tolist() == [True, True, True]
    assert found.n_before == 1
    assert landmark(END, DIED, SINCE, at=9).durations.size == 0
    assert landmark(END, DIED, SINCE, at=3).exposed.tolist() == [False, True, True, False]


def test_a_landmark_at_nought_keeps_everybody_followed():
    found = landmark([0, *END], [1, *DIED], [None, *SINCE], at=0)
    assert found.person.tolist() == [1, 2, 3, 4]
    assert found.exposed.tolist() == [False, False, True, False]


def test_the_naive_comparison_credits_the_exposed_with_the_time_they_had_to_live():
    rng = np.random.default_rng(7)
    end = rng.exponential(10, 4000)
    since = np.where(rng.random(4000) < 0.5, rng.exponential(10, 4000), np.nan)
    exposed = since < end
    naive = logrank(end, np.ones(4000), exposed)
    honest = mantel_byar(end, np.ones(4000), np.where(exposed, since, np.nan))
    assert naive.p_value < 1e-6 < honest.p_value
    assert kaplan_meier(end[exposed], np.ones(exposed.sum())).median > 1.5 * np.median(end)
