"""Newton's method on functions whose maxima are known."""

import numpy as np
import pytest

from analytics.estimators._base.newton import Maximum, Point, maximise
from analytics.estimators._cox.profile_likelihood import profile_interval


def quartic(at):
    """-(x - 2)^4 - (x - 2)^2: steep far away, so that full steps are safe; largest at 2."""
    x = at[0] - 2
    return Point(-(x**4) - x**2, np.array([-4 * x**3 - 2 * x]), np.array([[12 * x**2 + 2]]))


def arctangent(at):
    """log(1 + x^2) / 2 - x arctan x, largest at 0: full steps from 3 overshoot further each time."""
    x = at[0]
    value = -(x * np.arctan(x) - np.log1p(x**2) / 2)
    return Point(value, np.array([-np.arctan(x)]), np.array([[1 / (1 + x**2)]]))


def test_the_top_is_found_and_said_to_be_found():
    top = maximise(quartic, np.array([9.0]))
    assert top.converged and top.coef[0] == pytest.approx(2, abs=1e-12)
    assert 5 < top.steps < 30
    again = maximise(quartic, np.array([9.0]), quartic(np.array([9.0])))
    assert again.coef[0] == top.coef[0] and again.steps == top.steps


def test_steps_that_overshoot_are_halved():
    assert maximise(arctangent, np.array([3.0])).coef[0] == pytest.approx(0, abs=1e-9)
    assert maximise(arctangent, np.array([3.0])).converged


@pytest.mark.parametrize("beyond", [np.inf, np.nan, 0.0])
def test_a_step_to_where_nothing_can_be_computed_is_halved(beyond):
    def cliff(at):
        known = arctangent(at)
        return known if at[0] > -2 else Point(beyond, known.score, known.information * np.nan)

    top = maximise(cliff, np.array([3.0]))
    assert top.converged and top.coef[0] == pytest.approx(0, abs=1e-9)


def test_a_top_far_flatter_than_the_information_says_is_reached_and_not_only_neared():
    """-(x - 2)^2 / 200: steps by an information of 1 leave 99 parts in 100 of the way each time."""

    def flat(at):
        x = at[0] - 2
        return Point(-(x**2) / 200, np.array([-x / 100]), np.ones((1, 1)))

    top = maximise(flat, np.array([9.0]), penalised=True)
    assert top.converged and top.coef[0] == pytest.approx(2, abs=1e-9)


def test_the_hill_that_is_climbed_is_the_nearest():
    """sin x from 0.13: the curvature there, sin 0.13, would step over pi / 2 to the hill at 5 pi / 2."""

    def wave(at):
        return Point(np.sin(at[0]), np.cos(at), np.ones((1, 1)))

    top = maximise(wave, np.array([0.13]), penalised=True)
    assert top.converged and top.coef[0] == pytest.approx(np.pi / 2, abs=1e-9)


def test_a_flat_place_is_not_called_a_top():
    flat = maximise(lambda at: Point(0.0, np.ones(1), np.zeros((1, 1))), np.zeros(1))
    assert not flat.converged and flat.steps == 0
    convex = maximise(lambda at: Point(at[0] ** 2, 2 * at, np.array([[-2.0]])), np.ones(1))
    assert not convex.converged and convex.steps == 0


def test_a_climb_without_end_is_not_called_a_top():
    rising = maximise(lambda at: Point(at[0], np.ones(1), np.ones((1, 1))), np.zeros(1))
    assert not rising.converged and rising.steps == 60
    cliff = maximise(lambda at: Point(-abs(at[0]), np.ones(1), np.ones((1, 1))), np.zeros(1))
    assert not cliff.converged


def test_a_limit_is_of_the_hill_of_the_top_where_a_lower_hill_is_nearer():
    """With a held, the hill of height -a^2 / 2 has its top at b = 2 a^2.

    At b = 0, where the first climb starts, another is half a unit lower: its limit would be 1.679.
    """

    def value(at):
        a, b = at
        lower = -0.5 - 4 * np.exp(-4 * a**2)
        return -(a**2) / 2 + np.logaddexp(-((b - 2 * a**2) ** 2) / 2, lower - b**2 / 2)

    def hills(at):
        score = [(value(at + step) - value(at - step)) / 2e-5 for step in 1e-5 * np.eye(2)]
        return Point(value(at), np.array(score), np.eye(2))

    top = Maximum(np.zeros(2), hills(np.zeros(2)), True, 0)
    limit = np.sqrt(3.841458820694124 - 2 * np.log1p(np.exp(-4.5)))
    assert profile_interval(hills, top, 0, penalised=True) == pytest.approx((-limit, limit), abs=1e-7)
