"""P-values adjusted for how many were looked at: shapes (m,) in and out, order kept (R's p.adjust)."""

from __future__ import annotations

import numpy as np

from analytics.estimators.arrays import numbers


def holm(p_values) -> np.ndarray:
    """Holm 1979: controls the chance of any false finding."""
    p, order = _sorted(p_values)
    steps = np.maximum.accumulate((len(p) - np.arange(len(p))) * p[order])
    return _unsort(np.minimum(steps, 1), order)


def benjamini_hochberg(p_values) -> np.ndarray:
    """Benjamini & Hochberg 1995: controls the expected share of false findings."""
    p, order = _sorted(p_values)
    steps = len(p) / (np.arange(len(p)) + 1) * p[order]
    return _unsort(np.minimum.accumulate(steps[::-1])[::-1], order)


def _sorted(p_values) -> tuple[np.ndarray, np.ndarray]:
    p = numbers(p_values, "p_values")
    bad = (p < 0) | (p > 1)
    if bad.any():
        raise ValueError(f"p_values[{int(np.argmax(bad))}] does not lie between 0 and 1")
    return p, np.argsort(p)


def _unsort(values: np.ndarray, order: np.ndarray) -> np.ndarray:
    back = np.empty_like(values)
    back[order] = values
    return back
