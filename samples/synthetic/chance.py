"""Chance that repeats: named random streams, exact multisets, counts that add up."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import ArrayLike


def stream(seed: int, name: str) -> np.random.Generator:
    """A generator of its own for each purpose.

    The stream depends on the seed and the purpose's name alone, so that drawing more
    in one place never moves the draws in another.
    """
    return np.random.Generator(np.random.PCG64([seed, zlib.crc32(name.encode())]))


def shares(weights: ArrayLike, total: int) -> np.ndarray:
    """Whole counts in proportion to the weights that add up to total (largest remainder).

    weights  shape (n,), not negative, some positive
    Returns  shape (n,), int64. Ties go to the earlier position.
    """
    exact = np.asarray(weights, float) / np.sum(weights) * total
    counts = np.floor(exact).astype(np.int64)
    largest_remainders = np.argsort(-(exact - counts), kind="stable")[: total - int(counts.sum())]
    counts[largest_remainders] += 1
    return counts


def repeats(size: int, scale: float) -> np.ndarray:
    """How often each of so many rows is taken for a total of size x scale, evenly over their order.

    Returns  shape (size,), int64
    """
    total = round(size * scale)
    taken = (np.arange(total) + 0.5) * size / max(total, 1)
    return np.bincount(taken.astype(np.int64), minlength=size)


def shuffled(rng: np.random.Generator, values: ArrayLike, counts: np.ndarray) -> np.ndarray:
    """A multiset in random order: each value as often as its count says, exactly."""
    return rng.permutation(np.repeat(np.asarray(values), counts))


def one_of(rng: np.random.Generator, weights: ArrayLike, size: int) -> np.ndarray:
    """Positions drawn with the given weights, shape (size,)."""
    edges = np.cumsum(np.asarray(weights, float))
    return np.searchsorted(edges, rng.random(size) * edges[-1], side="right")
