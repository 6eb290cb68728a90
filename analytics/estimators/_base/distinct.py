"""Distinct times and each row's place among them, without sorting where that is possible."""

from __future__ import annotations

import numpy as np

# Registry months are whole or half numbers below a few thousand; a table of this size is cheaper than a sort.
LARGEST_TABLE = 1_000_000


def distinct_times(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct values in order, and each value's index among them (as ``np.unique`` with its inverse).

    Whole and half numbers are counted into a table, which for a million rows takes a tenth of a sort.
    """
    doubled = values * 2
    if doubled.max(initial=0) < LARGEST_TABLE and len(values) > 1000:
        code = doubled.astype(np.int64)
        if (code == doubled).all() and code.min() >= 0:
            seen = np.bincount(code) > 0
            place = np.cumsum(seen) - 1
            return np.flatnonzero(seen) / 2, place[code]
    return np.unique(values, return_inverse=True)
