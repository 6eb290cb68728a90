"""Fisher's exact test, 2 x 2 and larger (Fisher, Freeman & Halton), by enumeration.

Every table with the same margins is listed and those no likelier than the one seen are added up; a table is
as likely when its probability differs by less than one part in ten million, R's tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan

import numpy as np
from scipy import special

from analytics.estimators.results import UNKNOWN, Interval, TestResult

# Tables listed at most; beyond it the test is refused rather than simulated.
MOST_TABLES = 5_000_000
SAME = 1 + 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class FisherResult(TestResult):
    """odds_ratio: conditional maximum likelihood estimate of a 2 x 2 table, with exact limits; else NaN."""

    odds_ratio: float = nan
    interval: Interval = UNKNOWN


def counts_table(table) -> np.ndarray:
    """An r x c table of counts as floats: whole, not negative, at least 2 x 2, no empty row or column."""
    counts = np.asarray(table, dtype=float)
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


def fisher_exact(table, level: float = 0.95) -> FisherResult:
    """Two-sided exact test of an r x c table of counts; statistic is NaN, there is none.

    Tables with more than five million companions are refused with a ``ValueError``: use ``chi_squared``.
    """
    counts = counts_table(table)
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    # Few columns make few tables; the longest side is walked cell by cell.
    if counts.shape[0] < counts.shape[1]:
        counts, rows, columns = counts.T, columns, rows
    seen = -special.gammaln(counts + 1).sum()
    logs = _all_tables(rows, np.sort(columns))
    top = logs.max()
    weights = np.exp(logs - top)
    p_value = float(weights[weights <= np.exp(seen - top) * SAME].sum() / weights.sum())
    if counts.shape != (2, 2):
        return FisherResult("fisher_exact", nan, None, min(p_value, 1.0))
    given = np.asarray(table, dtype=float)
    estimate, interval = _odds_ratio(given, level)
    return FisherResult("fisher_exact", nan, None, min(p_value, 1.0), estimate, interval)


def _all_tables(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Minus the log of the product of cell factorials, for every table with these margins."""
    left, logs = rows[None, :].copy(), np.zeros(1)
    for total in columns[:-1]:
        # Fill one column from the top; what is left of it must fit into the rows below.
        need = np.full(len(left), total)
        for i in range(len(rows) - 1):
            below = left[:, i + 1 :].sum(axis=1)
            low, high = np.maximum(need - below, 0), np.minimum(left[:, i], need)
            choices = (high - low + 1).astype(np.int64)
            if choices.sum() > MOST_TABLES:
                raise ValueError("the table is too large for enumeration: use chi_squared")
            parent = np.repeat(np.arange(len(left)), choices)
            turn = np.arange(len(parent)) - np.repeat(np.cumsum(choices) - choices, choices)
            value = low[parent] + turn
            left, need, logs = left[parent], need[parent] - value, logs[parent] - special.gammaln(value + 1)
            left[:, i] -= value
        logs = logs - special.gammaln(need + 1)
        left[:, -1] -= need
    return logs - special.gammaln(left + 1).sum(axis=1)


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
        return weights / weights.sum()

    def solve(excess) -> float:
        return float(np.exp(brentq(excess, -700, 700, xtol=1e-13, rtol=1e-14)))

    tail = (1 - level) / 2
    least, most = seen == support[0], seen == support[-1]
    estimate = 0.0 if least else inf if most else solve(lambda r: density(r) @ support - seen)
    lower = 0.0 if least else solve(lambda r: density(r)[support >= seen].sum() - tail)
    upper = inf if most else solve(lambda r: density(r)[support <= seen].sum() - tail)
    return estimate, Interval(lower, upper)
