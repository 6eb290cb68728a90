"""The Mann-Whitney test of ranks."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, nan, sqrt

import numpy as np
from numpy.typing import ArrayLike

from analytics.estimators._base.arrays import numbers
from analytics.estimators._base.distributions import normal_two_sided
from analytics.estimators._base.results import TestResult

# R enumerates below 50 a side; with tied values it does not, and neither do we unless asked.
EXACT_BELOW = 50
# Values in both samples together up to which the exact test with ties is enumerated.
MOST_TIED = 400
# Values in the smaller sample up to which no normal limit is trusted: one against 28 cannot be below 1/29.
FEW = 8


@dataclass(frozen=True, slots=True, eq=False)
class RankResult(TestResult):
    """statistic: U of the first sample (R's W). method: "exact" or "asymptotic"; z: NaN when exact."""

    method: str = "asymptotic"
    z: float = nan


def mann_whitney(a: ArrayLike, b: ArrayLike, *, method: str = "auto", correction: bool = True) -> RankResult:
    """Wilcoxon-Mann-Whitney test that neither sample tends to be larger; a, b: shapes (n,), (m,).

    method      "exact": the permutation distribution, ties included · "asymptotic": normal, variance
                corrected for ties · "auto": exact when both have fewer than 50 values and none is tied (R)
                · "exact_if_few": exact too, ties or none, if a sample has at most 8 values, both at most 400
    correction  of 1/2 for continuity in the asymptotic p-value (R's default; SPSS prints none)

    The two-sided exact p-value is twice the smaller tail, at most 1. All values alike: ``ValueError``.
    """
    a, b = numbers(a, "a"), numbers(b, "b")
    if method not in ("auto", "exact", "exact_if_few", "asymptotic"):
        raise ValueError(f"method must be 'auto', 'exact', 'exact_if_few' or 'asymptotic', not {method!r}")
    n, m = len(a), len(b)
    if method == "exact_if_few":
        method = "exact" if min(n, m) <= FEW and n + m <= MOST_TIED else "auto"
    ranks, ties = mid_ranks(np.concatenate([a, b]))
    if len(ties) == 1:
        raise ValueError("all values are alike: there is nothing to rank")
    u = float(ranks[:n].sum()) - n * (n + 1) / 2
    tied = bool((ties > 1).any())
    if method == "exact" or (method == "auto" and not tied and max(n, m) < EXACT_BELOW):
        return RankResult("mann_whitney", u, None, _exact_p(ranks, n), "exact", nan)
    total = n + m
    spread = n * m / 12 * (total + 1 - float((ties**3 - ties).sum()) / (total * (total - 1)))
    shift = u - n * m / 2
    z = (shift - np.sign(shift) * 0.5 * correction) / sqrt(spread)
    return RankResult("mann_whitney", u, None, normal_two_sided(z), "asymptotic", float(z))


def mid_ranks(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ranks from 1, ties sharing their mean, shape (n,); and the size of each group of equal values."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[place], count.astype(float)


def _exact_p(ranks: np.ndarray, n: int) -> float:
    """Twice the smaller tail of the sum of the first n ranks, every choice of n equally likely."""
    if len(ranks) > MOST_TIED:
        raise ValueError(f"{len(ranks)} values are too many to enumerate: use method='asymptotic'")
    doubled = np.rint(2 * ranks).astype(int)
    if 2 * n > len(ranks):  # the same two tails, told by the smaller sample
        doubled, n = doubled[::-1], len(ranks) - n
    # ways[j, s]: choices of j values whose doubled ranks sum to s; whole numbers, exact at any size.
    whole = np.int64 if comb(len(ranks), n) < 2**63 else object
    ways = np.zeros((n + 1, int(np.sort(doubled)[::-1][:n].sum()) + 1), dtype=whole)
    ways[0, 0] = 1
    for value in doubled:
        ways[1:, value:] = ways[1:, value:] + ways[:-1, : ways.shape[1] - value]
    seen = int(doubled[:n].sum())
    lower, upper = int(ways[n, : seen + 1].sum()), int(ways[n, seen:].sum())
    return min(1.0, 2 * min(lower, upper) / comb(len(ranks), n))
