"""Standardised differences: how far apart two groups are, in standard deviations and whatever their size.

Source: Cohen 1988; Hedges 1981; Yang & Dalton 2012 for categories; Austin 2009 for their use in balance
tables.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import ArrayLike

from analytics.estimators._base.arrays import number, numbers


def standardised_difference(a: ArrayLike, b: ArrayLike, *, method: str = "average") -> float:
    """(mean of a - mean of b) / standard deviation, for two samples of shapes (n,), (m,).

    method  "average": root of the mean of the two variances (balance tables) · "cohen": pooled standard
            deviation · "hedges": Cohen's with the small-sample factor 1 - 3 / (4 (n + m) - 9)
    """
    a, b = numbers(a, "a"), numbers(b, "b")
    for name, sample in (("a", a), ("b", b)):
        if len(sample) < 2:
            raise ValueError(f"{name} has one value: its variance is unknown")
    va, vb, n, m = a.var(ddof=1), b.var(ddof=1), len(a), len(b)
    if method == "average":
        variance = (va + vb) / 2
    elif method in ("cohen", "hedges"):
        variance = ((n - 1) * va + (m - 1) * vb) / (n + m - 2)
    else:
        raise ValueError(f"method must be 'average', 'cohen' or 'hedges', not {method!r}")
    if not variance > 0:
        raise ValueError("both samples are constant: there is no standard deviation")
    d = float((a.mean() - b.mean()) / sqrt(variance))
    return d * (1 - 3 / (4 * (n + m) - 9)) if method == "hedges" else d


def standardised_difference_proportions(p: float, q: float) -> float:
    """|p - q| / sqrt((p (1 - p) + q (1 - q)) / 2) for two proportions."""
    p, q = number(p, "p"), number(q, "q")
    for value in (p, q):
        if not 0 <= value <= 1:
            raise ValueError(f"{value} is not a proportion")
    variance = (p * (1 - p) + q * (1 - q)) / 2
    if not variance > 0:
        if p == q:
            return 0.0
        raise ValueError("everybody in one group and nobody in the other: there is no standard deviation")
    return abs(p - q) / sqrt(variance)


def standardised_difference_levels(a: ArrayLike, b: ArrayLike) -> float:
    """Mahalanobis distance between two groups' counts over k levels, shapes (k,) (Yang & Dalton 2012).

    One level is left out (which one does not matter); for two levels this is the difference of proportions.
    Levels empty in both groups are ignored.
    """
    a, b = numbers(a, "a"), numbers(b, "b")
    if len(a) != len(b):
        raise ValueError(f"a has {len(a)} levels and b has {len(b)}")
    for name, counts in (("a", a), ("b", b)):
        if (counts < 0).any() or not counts.sum() > 0:
            raise ValueError(f"{name} must hold counts with a positive total")
    seen = a + b > 0
    p, q = (a / a.sum())[seen][1:], (b / b.sum())[seen][1:]
    if not len(p):
        return 0.0
    covariance = (np.diag(p) - np.outer(p, p) + np.diag(q) - np.outer(q, q)) / 2
    if np.linalg.matrix_rank(covariance) < len(p):
        raise ValueError("the groups share no level: their distance is infinite")
    return float(sqrt((p - q) @ np.linalg.solve(covariance, p - q)))
