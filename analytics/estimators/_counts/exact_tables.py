"""Fisher's exact test, 2 x 2 and larger (Fisher, Freeman & Halton).

The probabilities of all tables with the same margins and no likelier than the one seen are added up; a table
is as likely when its probability differs by less than one part in ten million, R's tolerance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, nan

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analytics.estimators._base.arrays import as_floats
from analytics.estimators._base.distributions import outside
from analytics.estimators._base.results import UNKNOWN, Interval, TestResult
from analytics.estimators._counts.tables_as_unlikely import TooManyWays, drawn_p, exact_p, log_probability


@dataclass(frozen=True, slots=True, eq=False)
class FisherResult(TestResult):
    """odds_ratio: conditional maximum likelihood estimate of a 2 x 2 table, with exact limits; else NaN.

    monte_carlo_error: standard error of the p-value where tables were drawn; 0 where it is exact.
    """

    odds_ratio: float = nan
    interval: Interval = UNKNOWN
    monte_carlo_error: float = 0.0


def counts_table(table: ArrayLike) -> np.ndarray:
    """An r x c table of counts as floats: whole, not negative, at least 2 x 2, no empty row or column."""
    counts = as_floats(table, "table")
    if counts.ndim != 2 or min(counts.shape) < 2:
        raise ValueError(f"table must have at least two rows and two columns, not shape {counts.shape}")
    bad = ~np.isfinite(counts) | (counts < 0) | (counts != np.round(counts))
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise ValueError(f"table[{row}, {column}] is not a count ({counts[row, column]:g})")
    for axis, name in ((1, "row"), (0, "column")):
        empty = counts.sum(axis=axis) == 0
        if empty.any():
            raise ValueError(f"{name} {int(np.argmax(empty))} of the table is empty")
    return counts


def fisher_exact(table: ArrayLike, level: float = 0.95) -> FisherResult:
    """Two-sided exact test of an r x c table of counts; statistic is NaN, there is none.

    A table with too many companions to walk through (see ``tables_as_unlikely``) is compared with 100,000
    random ones; ``test`` is then "fisher_monte_carlo" and ``monte_carlo_error`` above 0. One of 2 x 2 is
    refused instead, with some two million counts in the smallest margin: use ``chi_squared``.
    """
    counts = counts_table(table)
    rows, columns, seen = counts.sum(axis=1), counts.sum(axis=0), log_probability(counts)
    name, error = "fisher_exact", 0.0
    try:
        p_value = exact_p(rows, columns, seen)
    except TooManyWays:
        if counts.shape == (2, 2):
            raise ValueError("the table is too large for the exact test: use chi_squared") from None
        name = "fisher_monte_carlo"
        p_value, error = drawn_p(rows, columns, seen)
    if counts.shape != (2, 2):
        return FisherResult(name, nan, None, p_value, monte_carlo_error=error)
    return FisherResult(name, nan, None, p_value, *_odds_ratio(counts, level), error)


def _odds_ratio(counts: np.ndarray, level: float) -> tuple[float, Interval]:
    """Conditional estimate and exact limits of the odds ratio, Fisher's noncentral hypergeometric."""
    (a, b), (c, d) = counts
    low, high = max(0.0, a - d), min(a + b, a + c)
    support = np.arange(low, high + 1)
    logs = -sum(
        special.gammaln(cell + 1) for cell in (support, a + b - support, a + c - support, d - a + support)
    )
    return conditional_ratio(logs, support, a, level)


def conditional_ratio(
    logs: np.ndarray, support: np.ndarray, seen: float, level: float
) -> tuple[float, Interval]:
    """Estimate and exact limits of psi where P(S = s) is proportional to exp(logs) psi^s on the support.

    The limits leave half of 1 - level in each tail; at an end of the support the one beyond is 0 or infinity.
    """
    from scipy.optimize import brentq

    def density(log_ratio: float) -> np.ndarray:
        weights = logs + support * log_ratio
        weights = np.exp(weights - weights.max())
        chances: np.ndarray = weights / weights.sum()
        return chances

    def solve(excess: Callable[[float], float]) -> float:
        return float(np.exp(brentq(excess, -700, 700, xtol=1e-13, rtol=1e-14)))

    tail = outside(level) / 2
    least, most = seen == support[0], seen == support[-1]
    estimate = 0.0 if least else inf if most else solve(lambda r: density(r) @ support - seen)
    lower = 0.0 if least else solve(lambda r: density(r)[support >= seen].sum() - tail)
    upper = inf if most else solve(lambda r: density(r)[support <= seen].sum() - tail)
    return estimate, Interval(lower, upper)
