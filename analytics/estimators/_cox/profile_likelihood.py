"""Profile likelihood limits and p-values of one coefficient.

A limit is where twice the drop of the maximised log-likelihood, all other coefficients refitted, equals the
chi-squared quantile. Source: Venzon & Moolgavkar 1988; for Firth's penalty Heinze & Schemper 2001.
"""

from __future__ import annotations

from collections.abc import Callable
from math import nan, sqrt

import numpy as np

from analytics.estimators._base.distributions import chi_squared_quantile, chi_squared_tail
from analytics.estimators._base.newton import Maximum, Point, maximise

# Steps of one standard error beyond which a limit counts as not reached.
FURTHEST = 1000


def profile_interval(
    evaluate: Callable[[np.ndarray], Point], top: Maximum, j: int, level: float = 0.95, *, penalised: bool
) -> tuple[float, float]:
    """Limits of coefficient j on the fitted scale; NaN where the likelihood never drops that far."""
    lower, upper = (_limit(evaluate, top, j, level, side, penalised) for side in (-1, 1))
    return lower, upper


def profile_p_value(
    evaluate: Callable[[np.ndarray], Point], top: Maximum, j: int, *, penalised: bool
) -> float:
    """Likelihood-ratio p-value of coefficient j = 0."""
    drop, _ = _drop(evaluate, top, j, 0.0, np.delete(top.coef, j), penalised)
    return chi_squared_tail(2 * drop, 1)


def _limit(
    evaluate: Callable[[np.ndarray], Point], top: Maximum, j: int, level: float, side: int, penalised: bool
) -> float:
    from scipy.optimize import brentq

    target = chi_squared_quantile(level, 1) / 2
    error = sqrt(np.linalg.inv(top.point.information)[j, j])
    others = np.delete(top.coef, j)

    def excess(at: float) -> float:
        nonlocal others
        drop, others = _drop(evaluate, top, j, at, others, penalised)
        return drop - target

    near, reach = top.coef[j], 2.0
    while reach < FURTHEST:
        far = top.coef[j] + side * reach * error
        beyond = excess(far)
        if not np.isfinite(beyond):
            return nan
        if beyond >= 0:
            return float(brentq(excess, near, far, xtol=1e-10 * max(error, 1e-3), rtol=1e-12))
        near, reach = far, reach * 1.6
    return nan


def _drop(
    evaluate: Callable[[np.ndarray], Point],
    top: Maximum,
    j: int,
    at: float,
    start: np.ndarray,
    penalised: bool,
) -> tuple[float, np.ndarray]:
    """How far the likelihood falls with coefficient j held at a value; and the others' best values there."""

    def held(others: np.ndarray) -> Point:
        point = evaluate(np.insert(others, j, at))
        information = np.delete(np.delete(point.information, j, 0), j, 1)
        return Point(point.value, np.delete(point.score, j), information)

    best = maximise(held, start, penalised=penalised)
    return top.point.value - best.point.value, best.coef
