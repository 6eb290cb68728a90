"""Exact tests of several standardised incidence ratios, given how many events there were in all.

Were all ratios alike, n events would fall on k strata as a multinomial with shares of the expected counts
(Breslow & Day 1987, section 3.5). Nothing is drawn: outcomes are listed, or their sums convolved. Too many of
them are refused with a ``ValueError`` whose remedy is the chi-squared test of ``incidence_ratios``.
"""

from __future__ import annotations

from math import comb, nan

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analytics.estimators._base.arrays import numbers
from analytics.estimators._base.results import TestResult
from analytics.estimators._counts.incidence_ratios import checked_strata
from analytics.estimators._counts.poisson import event_count
from analytics.estimators._counts.tables_as_unlikely import SAME

MOST_OUTCOMES = 5_000_000
LARGEST_SUM = 20_000


def sir_homogeneity_exact(observed: ArrayLike, expected: ArrayLike) -> TestResult:
    """Test that k SIRs are alike: outcomes no likelier than the one seen; observed, expected: shapes (k,).

    With two strata it is the exact binomial test of ``sir_ratio``. Raises ValueError beyond five million
    outcomes.
    """
    counts, shares = _given_total(observed, expected)
    total, k = int(counts.sum()), len(counts)
    n_outcomes = comb(total + k - 1, k - 1)
    if n_outcomes > MOST_OUTCOMES:
        raise ValueError(f"{n_outcomes:,} outcomes are too many to list: use sir_homogeneity")
    logs = np.log(shares)
    left, chance = np.array([total]), np.array([special.gammaln(total + 1)])
    for log_share in logs[:-1]:
        parent = np.repeat(np.arange(len(left)), left + 1)
        value = np.arange(len(parent)) - np.repeat(np.cumsum(left + 1) - (left + 1), left + 1)
        chance = chance[parent] + value * log_share - special.gammaln(value + 1)
        left = left[parent] - value
    chance = chance + left * logs[-1] - special.gammaln(left + 1)
    seen = special.gammaln(total + 1) + float((counts * logs - special.gammaln(counts + 1)).sum())
    p_value = float(np.exp(chance[chance <= seen + SAME]).sum())
    return TestResult("sir_homogeneity_exact", nan, None, min(p_value, 1.0))


def sir_trend_exact(observed: ArrayLike, expected: ArrayLike, scores: ArrayLike | None = None) -> TestResult:
    """Test of trend of k SIRs over scores: sums of scores at least as far from their mean as the one seen.

    scores  whole numbers, shape (k,); 0, 1, 2, ... if omitted

    statistic is the sum of the scores of the events. Raises ValueError for other scores and very large sums.
    """
    counts, shares = _given_total(observed, expected)
    scores = np.arange(len(counts)) if scores is None else numbers(scores, "scores")
    if len(scores) != len(counts):
        raise ValueError(f"observed has {len(counts)} strata and scores {len(scores)}")
    if (scores != np.round(scores)).any():
        raise ValueError("scores must be whole numbers for the exact test: use sir_trend")
    steps = np.asarray(scores - scores.min(), dtype=np.int64)
    if not steps.any():
        raise ValueError("scores are all alike: there is no trend to test")
    total = int(counts.sum())
    if total * int(steps.max()) > LARGEST_SUM:
        raise ValueError("sums of scores are too large to list: use sir_trend")
    chance = _power(np.bincount(steps, weights=shares), total)
    mean = total * float(shares @ steps)
    away = np.abs(np.arange(len(chance)) - mean)
    seen = int(counts @ steps)
    p_value = float(chance[away >= abs(seen - mean) - 1e-9 * max(mean, 1.0)].sum())
    return TestResult("sir_trend_exact", float(counts @ scores), None, min(p_value, 1.0))


def _given_total(observed: ArrayLike, expected: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Whole counts, and the share of events that each stratum would have were all ratios alike."""
    o, e = checked_strata(observed, expected)
    counts = np.array([event_count(count, f"observed[{at}]") for at, count in enumerate(o)])
    return counts, e / e.sum()


def _power(chance: np.ndarray, times: int) -> np.ndarray:
    """The distribution of a sum of so many independent draws, by repeated squaring."""
    coefficients = np.ones(1)
    while times:
        if times & 1:
            coefficients = np.convolve(coefficients, chance)
        times >>= 1
        if times:
            chance = np.convolve(chance, chance)
    return coefficients
