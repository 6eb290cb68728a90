"""Newton's method with step halving, for concave log-likelihoods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

MOST_STEPS = 60
# Newton's decrement before the last step: coefficients are then right to about 1e-12 standard errors where
# steps shrink quadratically. With a penalty, whose curvature the information lacks, each step is only a share
# of the one before: what is left after the last one is foretold by that share, and must be this small.
SMALL_ENOUGH = 1e-13
LEFT_OVER = 1e-19


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
    evaluate: Callable[[np.ndarray], Point], start: np.ndarray, point: Point | None = None
) -> Maximum:
    """Climb from start; ``evaluate(coef)`` gives the likelihood there.

    point  what ``evaluate(start)`` gives, where that is known already
    """
    coef, point = start, evaluate(start) if point is None else point
    before = np.inf
    for step in range(MOST_STEPS):
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
        if decrement < SMALL_ENOUGH and decrement**2 < LEFT_OVER * before and size == 1.0:
            return Maximum(coef, point, True, step + 1)
        before = decrement
    return Maximum(coef, point, False, MOST_STEPS)
