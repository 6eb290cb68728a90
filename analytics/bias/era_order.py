"""Which era each row belongs to, as a position in the study's order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def era_positions(eras, order: Sequence[str]) -> np.ndarray:
    """Positions in ``order`` of the era of each row, shape (n,).

    order  two eras or more, from first to last; a row of any other era is a ``ValueError``
    """
    labels = np.asarray(eras).tolist()
    rank = {era: k for k, era in enumerate(order)}
    if len(rank) < 2 or len(rank) < len(order):
        raise ValueError(f"order must name at least two different eras, not {list(order)}")
    strange = sorted({str(label) for label in labels if label not in rank})
    if strange:
        raise ValueError(f"eras holds {strange[0]!r}, which is not among {list(order)}")
    return np.array([rank[label] for label in labels], np.intp)
