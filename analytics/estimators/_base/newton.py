"""Newton's method with step halving, for concave log-likelihoods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

MOST_STEPS = 60
# Newton's decrement before the last step: coefficients are then right to about 1e-12 standard errors where
# steps shrink quadratically.
SMALL_ENOUGH = 1e-13
# The information lacks the curvature of a penalty: steps by it are steady, but each may be almost as long as
# the one before. Below this decrement the curvature is that of the score, which further away may lead to
# another hill.
NEAR = 1e-2
# A curvature serves further steps while each shrinks the decrement by this. Such steps do not shrink
# quadratically: the last is to be smaller.
QUICK = 100
ENOUGH_BY_OLDER = 1e-21
# Standard errors to either side, for a curvature by differences of the score: right to about 1e-8 of itself.
BESIDE = 1e-4


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
    """Where a climb ended.

    coef       shape (p,)
    point      the likelihood there
    converged  whether the score vanished
    steps      their number
    slopes     minus the derivatives of the score (p, p), where the information lacks some of them
    """

    coef: np.ndarray
    point: Point
    converged: bool
    steps: int
    slopes: np.ndarray | None = None

    @property
    def curvature(self) -> np.ndarray:
        return self.point.information if self.slopes is None else self.slopes


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
    slopes: np.ndarray | None = None
    before = np.inf
    for step in range(MOST_STEPS):
        enough = SMALL_ENOUGH
        try:
            move = np.linalg.solve(point.information, point.score)
            if not (penalised and 0 < point.score @ move < NEAR):
                slopes, before = None, np.inf
            else:
                if slopes is not None:
                    move, enough = np.linalg.solve(slopes, point.score), ENOUGH_BY_OLDER
                if slopes is None or point.score @ move > before / QUICK:
                    slopes = _curvature(evaluate, coef, point)
                    move, enough = np.linalg.solve(slopes, point.score), SMALL_ENOUGH
                before = float(point.score @ move)
        except np.linalg.LinAlgError:
            return Maximum(coef, point, False, step, slopes)
        decrement = float(point.score @ move)
        if not np.isfinite(decrement) or decrement < -1e-8:
            return Maximum(coef, point, False, step, slopes)
        tried, size = evaluate(coef + move), 1.0
        rounding = 1e-12 * (1 + abs(point.value))
        while size > 1e-6 and not (
            point.value - rounding <= tried.value < np.inf and np.isfinite(tried.information).all()
        ):
            size /= 2
            tried = evaluate(coef + size * move)
        if size <= 1e-6:
            return Maximum(coef, point, decrement < 1e-8, step, slopes)
        coef, point = coef + size * move, tried
        if decrement < enough and size == 1.0:
            return Maximum(coef, point, True, step + 1, slopes)
    return Maximum(coef, point, False, MOST_STEPS, slopes)


def _curvature(evaluate: Callable[[np.ndarray], Point], coef: np.ndarray, point: Point) -> np.ndarray:
    """Minus the derivatives of the score (p, p), or the information where those are not of a hill."""
    steps = BESIDE / np.sqrt(np.diag(point.information))
    beside = [(evaluate(coef - step), evaluate(coef + step)) for step in np.diag(steps)]
    slopes = [(low.score - high.score) / (2 * step) for (low, high), step in zip(beside, steps, strict=True)]
    rows = np.array(slopes).reshape(point.information.shape)
    curvature: np.ndarray = (rows + rows.T) / 2
    try:
        np.linalg.cholesky(curvature)
    except np.linalg.LinAlgError:
        return point.information
    return curvature
