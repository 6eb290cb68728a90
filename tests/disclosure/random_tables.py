"""Multi-way tables with all their margins, as counts and sums."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np

from analytics.disclosure.cells import Cell, Counts, Sum, gather

ALL = "any"


def with_margins(table: np.ndarray) -> Counts:
    """All cells and margins of an array are printed; a name spells each axis, `any` if summed over."""
    items: list[Cell | Sum] = []
    axes = range(table.ndim)
    for kept in (kept for size in range(table.ndim + 1) for kept in combinations(axes, size)):
        summed = table.sum(axis=tuple(axis for axis in axes if axis not in kept))
        for place in product(*(range(table.shape[axis]) for axis in kept)):
            at = dict(zip(kept, place, strict=True))
            items.append(Cell(name(at, table.ndim), int(summed[place]), "random"))
            for axis in set(axes) - set(kept):
                parts = tuple(name(at | {axis: level}, table.ndim) for level in range(table.shape[axis]))
                items.append(Sum(name(at, table.ndim), parts))
    return gather(items)


def name(at: dict[int, int], n_axes: int) -> str:
    return ",".join(str(at.get(axis, ALL)) for axis in range(n_axes))


def random_table(seed: int) -> np.ndarray:
    """Two or three ways, two to four levels, counts from none to hundreds with many small ones."""
    chance = np.random.default_rng(seed)
    n_ways = int(chance.choice([2, 2, 3]))
    shape = chance.integers(2, 5, 2) if n_ways == 2 else (2, 2, int(chance.integers(2, 4)))
    typical = chance.choice([2, 8, 30, 200], shape)
    return chance.poisson(typical)
