"""Newton's method with step halving, for concave log-likelihoods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Protocol

import numpy as np

MOST_STEPS = 60
# Newton's decrement before the last step: coefficients are then right to about 1e-12 standard errors where
# steps shrink quadratically.
SMALL_ENOUGH = 1e-13
# With a penalty, whose curvature the information lacks, each step is a share of the one before and there are
# more of them. The square of what all further steps would add, in standard errors, is foretold by that share
# and becomes as small as this.
LEFT_OVER = 1e-19
MOST_PENALISED_STEPS = 500


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """The likelihood at one value of the coefficients: value, score (p,), information (p, p)."""

    value: float
    score: np.ndarray
    information: np.ndarray


class Objective(Protocol):
    """A log-likelihood to climb; x: the columns its coefficients belong to, as fitted."""

    @property
    def x(self) -> np.ndarray: ...

    def at(self, coef: np.ndarray) -> Point: ...


@dataclass(frozen=True, slots=True, eq=False)
class Maximum:
    """coef (p,), the likelihood there, whether the score vanished, and the number of steps."""

    coef: np.ndarray
    point: Point
    converged: bool
    steps: int


def maximise(
    evaluate: Callable[[np.ndarray], Point],
    start: np.ndarray,
    point: Point | None = None,
    *,
    penalised: bool = False,
) -> Maximum:
    """Climb from start; ``evaluate(coef)`` gives the likelihood there.

    point      what ``evaluate(start)`` gives, where that is known already
    penalised  whether the information lacks some of the curvature
    """
    coef, point = start, evaluate(start) if point is None else point
    before, small = np.inf, False
    most_steps = MOST_PENALISED_STEPS if penalised else MOST_STEPS
    for step in range(most_steps):
        try:
            move = np.linalg.solve(point.information, point.score)
        except np.linalg.LinAlgError:
            return Maximum(coef, point, False, step)
        decrement = float(point.score @ move)
        if not np.isfinite(decrement) or decrement < -1e-8:
            return Maximum(coef, point, False, step)
        tried, size = evaluate(coef + move), 1.0
        rounding = 1e-12 * (1 + abs(point.value))
        while size > 1e-6 and not (
            point.value - rounding <= tried.value < np.inf and np.isfinite(tried.information).all()
        ):
            size /= 2
            tried = evaluate(coef + size * move)
        if size <= 1e-6:
            return Maximum(coef, point, decrement < 1e-8, step)
        coef, point = coef + size * move, tried
        small = decrement < SMALL_ENOUGH and size == 1.0
        if small and not (penalised and _left_over(decrement, before) >= LEFT_OVER):
            return Maximum(coef, point, True, step + 1)
        before = decrement
    return Maximum(coef, point, small, most_steps)


def _left_over(decrement: float, before: float) -> float:
    """Decrement of the sum of all steps after this one, were each the same share of the one before it."""
    if not 0 < decrement < before:
        return 0.0
    share = sqrt(decrement / before)
    return decrement * (share / (1 - share)) ** 2
