"""Profile likelihood limits and p-values of one coefficient.

A limit is where twice the drop of the maximised log-likelihood, all other coefficients refitted, equals the
chi-squared quantile. With few deaths the others may have several hills for one value of the coefficient held.
The profile is then that of the hill of the fitted coefficients, followed outwards: a climb from far away ends
on any, and limits of different hills belong to no one curve.
Source: Venzon & Moolgavkar 1988; for Firth's penalty Heinze & Schemper 2001.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, nan, sqrt

import numpy as np

from analytics.estimators._base.distributions import chi_squared_quantile, chi_squared_tail
from analytics.estimators._base.newton import Maximum, Point, maximise

# Standard errors beyond which a limit counts as not reached.
FURTHEST = 1000
# Standard errors between a limit and the point before it: what is left is of the order of its square.
NEAR = 1e-6
# How much of the rise of the root may not be explained by its slope at both ends. Of one hill the root is
# almost a straight line; of a climb that ended on another hill a part of the drop is the jump.
UNEXPLAINED = 0.05
# Of a rise below this, it is that of rounding.
ROUNDING = 1e-3
# A step that is halved so often comes to a place where the hill itself ends.
MOST_HALVINGS = 12
MOST_STEPS = 100


def profile_interval(
    evaluate: Callable[[np.ndarray], Point], top: Maximum, j: int, level: float = 0.95, *, penalised: bool
) -> tuple[float, float]:
    """Limits of coefficient j on the fitted scale; NaN where the likelihood never drops that far."""
    lower, upper = (_limit(_Profile(evaluate, top, j, side, penalised), level) for side in (-1, 1))
    return lower, upper


def profile_p_value(
    evaluate: Callable[[np.ndarray], Point], top: Maximum, j: int, *, penalised: bool
) -> float:
    """Likelihood-ratio p-value of coefficient j = 0; NaN where the others have no best values there."""
    side = -1 if top.coef[j] > 0 else 1
    profile = _Profile(evaluate, top, j, side, penalised)
    here, before = profile.top, None
    for _ in range(MOST_STEPS):
        if here.away == abs(top.coef[j]):
            return chi_squared_tail(2 * here.drop, 1)
        further = profile.step(here, before, abs(top.coef[j]))
        if further is None:
            return nan
        here, before = further, here
    return nan


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """The best of the likelihood with one coefficient held.

    away    how far it is held from its fitted value
    others  the best values of the other coefficients
    drop    how far the log-likelihood falls below its top
    slope   what `root` gains by being held further away
    """

    away: float
    others: np.ndarray
    drop: float
    slope: float

    @property
    def root(self) -> float:
        """The root of twice the drop: in standard errors how far away, were the likelihood quadratic."""
        return sqrt(2 * max(self.drop, 0.0))


@dataclass(frozen=True, slots=True, eq=False)
class _Profile:
    """The profile of coefficient j to one side of the top, -1 or 1."""

    evaluate: Callable[[np.ndarray], Point]
    maximum: Maximum
    j: int
    side: int
    penalised: bool

    @property
    def error(self) -> float:
        """The standard error by the curvature of the top."""
        return sqrt(np.linalg.inv(self.maximum.curvature)[self.j, self.j])

    @property
    def top(self) -> _Held:
        return _Held(0.0, np.delete(self.maximum.coef, self.j), 0.0, 1 / self.error)

    def step(self, here: _Held, before: _Held | None, away: float) -> _Held | None:
        """Held at a distance, or nearer where only a shorter step stays on the hill; None where none ends.

        before  another point of the hill, for a guess of the others by a straight line
        """
        for _ in range(MOST_HALVINGS):
            there = self._held(away, here.others + (away - here.away) * self._direction(here, before))
            if there and _of_one_hill(here, there):
                return there
            away = (here.away + away) / 2
        return there

    def _direction(self, here: _Held, before: _Held | None) -> np.ndarray:
        """How the others change with the distance."""
        direction: np.ndarray
        if before is not None:
            direction = (here.others - before.others) / (here.away - before.away)
        else:
            curvature = np.delete(self.maximum.curvature, self.j, 0)
            across = np.delete(curvature, self.j, 1)
            direction = -self.side * np.linalg.solve(across, curvature[:, self.j])
        return direction

    def _held(self, away: float, start: np.ndarray) -> _Held | None:
        j, at = self.j, self.maximum.coef[self.j] + self.side * away

        def held(others: np.ndarray) -> Point:
            point = self.evaluate(np.insert(others, j, at))
            information = np.delete(np.delete(point.information, j, 0), j, 1)
            return Point(point.value, np.delete(point.score, j), information)

        best = maximise(held, start, penalised=self.penalised)
        if not best.converged:
            return None
        drop = self.maximum.point.value - best.point.value
        slope = 1 / self.error
        if drop > 0:
            slope = -self.side * self.evaluate(np.insert(best.coef, j, at)).score[j] / sqrt(2 * drop)
        return _Held(away, best.coef, drop, slope)


def _of_one_hill(here: _Held, there: _Held) -> bool:
    """Whether the root rises as its slope at both ends says."""
    rise = (there.away - here.away) * (here.slope + there.slope) / 2
    return abs(there.root - here.root - rise) <= UNEXPLAINED * max(abs(rise), ROUNDING)


def _limit(profile: _Profile, level: float) -> float:
    """By Newton's method on the root, between a point short of the limit and one beyond it."""
    target = sqrt(chi_squared_quantile(level, 1))
    error, fitted = profile.error, profile.maximum.coef[profile.j]
    here, before = profile.top, None
    short, beyond = 0.0, inf
    for _ in range(MOST_STEPS):
        away = here.away + (target - here.root) / here.slope if here.slope > 0 else inf
        if before and abs(away - here.away) <= NEAR * error:
            return float(fitted + profile.side * away)
        if not short < away < beyond:
            away = (short + beyond) / 2
        away = min(away, 2 * max(short, target * error))
        if away > FURTHEST * error:
            return nan
        further = profile.step(here, before, away)
        if further is None:
            return nan
        here, before = further, here
        if here.root < target:
            short = here.away
        else:
            beyond = here.away
        if beyond - short <= NEAR * error:
            return float(fitted + profile.side * short)
    return nan
