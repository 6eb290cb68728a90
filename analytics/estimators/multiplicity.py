"""P-values adjusted for how many were looked at: shapes (m,) in and out, order kept (R's p.adjust).

A missing p-value (NaN or None) is of a test that was not made: it stays NaN and leaves the family.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from analytics.estimators._base.arrays import numbers_or_missing, refuse_where


def holm(p_values: ArrayLike | Sequence[float | None]) -> np.ndarray:
    """Holm 1979: controls the chance of any false finding.

    p_values  between 0 and 1, or missing, shape (m,); ``ValueError`` for another. Returns shape (m,).
    """

    def adjust(p: np.ndarray) -> np.ndarray:
        return np.maximum.accumulate((len(p) - np.arange(len(p))) * p)

    return _adjusted(p_values, adjust)


def benjamini_hochberg(p_values: ArrayLike | Sequence[float | None]) -> np.ndarray:
    """Benjamini & Hochberg 1995: controls the expected share of false findings.

    Argument and result as in ``holm``.
    """

    def adjust(p: np.ndarray) -> np.ndarray:
        steps = len(p) / (np.arange(len(p)) + 1) * p
        return np.minimum.accumulate(steps[::-1])[::-1]

    return _adjusted(p_values, adjust)


def _adjusted(
    p_values: ArrayLike | Sequence[float | None], adjust: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """The family's p-values in rising order are adjusted and put back, at most 1."""
    p = numbers_or_missing(p_values, "p_values")
    refuse_where((p < 0) | (p > 1), "p_values", "does not lie between 0 and 1", p)
    known = np.flatnonzero(~np.isnan(p))
    known = known[np.argsort(p[known], kind="stable")]
    adjusted = np.full_like(p, np.nan)
    adjusted[known] = np.minimum(adjust(p[known]), 1)
    return adjusted
