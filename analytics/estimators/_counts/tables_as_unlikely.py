"""The probability of a table no likelier than one seen, among all tables with its margins.

No table is listed. Columns are filled one by one; what matters of those filled is how much is left of each
row (in order of size: rows are exchangeable from there on) and how likely the way there was, ways of one
probability being one. Ways after which every table counts, or none does, whatever follows, end there. This
is the network of Mehta & Patel 1983.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import special

# Ways held at once: a few seconds and 300 MB. Beyond it tables are drawn.
MOST_WAYS = 2_000_000
DRAWS = 100_000
# Tables count as equally likely within one part in ten million, R's tolerance.
SAME = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class _Ways:
    """What may be left of the rows, shape (m, r), sorted within; and the ways there, those to one remainder
    from ``starts[i]`` to ``starts[i + 1]``: log-probability of a single way, rising, and the sum of its like.
    """

    left: np.ndarray
    starts: np.ndarray
    logs: np.ndarray
    mass: np.ndarray


class TooManyWays(Exception):
    """The budget does not suffice."""


def exact_p(rows: np.ndarray, columns: np.ndarray, seen: float) -> float:
    """Sum of the probabilities up to exp(seen), margins given. Raises ``TooManyWays`` beyond the budget."""
    if len(rows) > len(columns):
        rows, columns = columns, rows
    rows, columns = np.sort(rows).astype(np.int64), np.sort(columns).astype(np.int64)
    if np.prod(rows + 1.0) > 2.0**62:
        raise TooManyWays
    most, counted = seen + SAME, 0.0
    ways = _Ways(rows[None, :], np.array([0, 1]), np.zeros(1), np.ones(1))
    for at, total in enumerate(columns[:-1], start=1):
        if not len(ways.logs):
            break
        # Steps from remainder to remainder; those alike are taken at once.
        origin, cells = _fillings(ways.left, total)
        before = ways.left[origin]
        step, after = _chance(before, cells), np.sort(before - cells, axis=1)
        place = _places(rows, after)
        first, times = _alike(origin, place, np.round(step, 9))
        origin, step, after, place = origin[first], step[first], after[first], place[first]
        place, where, node = np.unique(place, return_index=True, return_inverse=True)
        after = after[where]
        worst, best = _bounds(after, columns[at:])
        # Of the ways to the origin the first need no more looking at, nor do the last: all count, none does.
        start, end = ways.starts[origin], ways.starts[origin + 1]
        sure = _search(ways.logs, start, end, most - step - best[node])
        lost = _search(ways.logs, sure, end, most - step - worst[node])
        running = _running(ways)
        weight = times * np.exp(step)
        counted += float(weight @ np.where(sure > start, running[sure - 1], 0.0))
        ways = _taken(ways, after, node, sure, lost, step, weight)
    return min(counted, 1.0)


def drawn_p(rows: np.ndarray, columns: np.ndarray, seen: float) -> tuple[float, float]:
    """The same from random tables with these margins, and its standard error.

    The seed is fixed: a table has one answer.
    """
    rng = np.random.default_rng(0)
    left = np.tile(columns.astype(np.int64), (DRAWS, 1))
    logs = np.full(DRAWS, _margins(rows, columns))
    for total in rows[:-1].astype(np.int64):
        need = np.full(DRAWS, total)
        for j in range(len(columns) - 1):
            cell = rng.hypergeometric(left[:, j], left[:, j + 1 :].sum(axis=1), need)
            left[:, j] -= cell
            need -= cell
            logs -= special.gammaln(cell + 1)
        left[:, -1] -= need
        logs -= special.gammaln(need + 1)
    logs -= special.gammaln(left + 1).sum(axis=1)
    p_value = (1 + int((logs <= seen + SAME).sum())) / (1 + DRAWS)
    return p_value, sqrt(p_value * (1 - p_value) / DRAWS)


def log_probability(counts: np.ndarray) -> float:
    """Log-probability of a table given its margins."""
    own = float(special.gammaln(counts + 1).sum())
    return _margins(counts.sum(axis=1), counts.sum(axis=0)) - own


def _margins(rows: np.ndarray, columns: np.ndarray) -> float:
    sides = special.gammaln(rows + 1).sum() + special.gammaln(columns + 1).sum()
    return float(sides - special.gammaln(rows.sum() + 1))


def _chance(urn: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Log-probability of drawing these counts, each shape (m, r)."""

    def ways(n: np.ndarray, k: np.ndarray) -> np.ndarray:
        logs: np.ndarray = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
        return logs

    logs: np.ndarray = ways(urn, drawn).sum(axis=1) - ways(urn.sum(axis=1), drawn.sum(axis=1))
    return logs


def _bounds(left: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log-probabilities between which every way of using these remainders up lies.

    At best every cell is the most likely count of a Poisson variable with the expected mean, to which the
    probability is proportional. At worst every row fills the columns from the largest on, others or not.
    """
    if len(columns) == 1:
        return np.zeros(len(left)), np.zeros(len(left))
    n = left.sum(axis=1)
    margins = special.gammaln(left + 1).sum(axis=1) + special.gammaln(columns + 1).sum()
    margins = margins - special.gammaln(n + 1)
    best, worst = margins + special.xlogy(n, n) - special.xlogy(columns, columns).sum(), margins
    rest = left
    best = best - special.xlogy(left, left).sum(axis=1)
    for total in columns[::-1]:
        mean = left * (total / np.maximum(n, 1))[:, None]
        mode = np.floor(mean)
        best = best + (special.xlogy(mode, mean) - special.gammaln(mode + 1)).sum(axis=1)
        cell = np.minimum(rest, total)
        worst = worst - special.gammaln(cell + 1).sum(axis=1)
        rest = rest - cell
    return worst - 1e-9, best + 1e-9


def _fillings(room: np.ndarray, total: int) -> tuple[np.ndarray, np.ndarray]:
    """Every column of this total that fits into each room, shape (m, r): whose it is, and its cells."""
    parent, need = np.arange(len(room)), np.full(len(room), total)
    cells = np.zeros((len(room), 0), np.int64)
    for i in range(room.shape[1]):
        here, below = room[parent, i], room[parent, i + 1 :].sum(axis=1)
        low, high = np.maximum(need - below, 0), np.minimum(here, need)
        choices = np.maximum(high - low + 1, 0)
        if choices.sum() > MOST_WAYS:
            raise TooManyWays
        again = np.repeat(np.arange(len(parent)), choices)
        cell = low[again] + np.arange(len(again)) - np.repeat(np.cumsum(choices) - choices, choices)
        parent, need, cells = parent[again], need[again] - cell, np.column_stack([cells[again], cell])
    return parent, cells


def _places(rows: np.ndarray, left: np.ndarray) -> np.ndarray:
    """A number for each remainder; sorted, it lies below the sorted rows in every place."""
    places: np.ndarray = left @ np.concatenate([[1], np.cumprod(rows[:-1] + 1)])
    return places


def _alike(*keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One position for each distinct combination, and how often it occurs; in the order of the keys."""
    order = np.lexsort(keys[::-1])
    new = np.append(True, np.any([np.diff(key[order]) != 0 for key in keys], axis=0))
    first = np.flatnonzero(new)
    return order[first], np.diff(np.append(first, len(order)))


def _search(values: np.ndarray, low: np.ndarray, high: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Where, from low to high, rising values pass ``most``: bisection of all stretches at once."""
    low, high = low.copy(), high.copy()
    while (low < high).any():
        middle = (low + high) // 2
        below = (low < high) & (values[np.minimum(middle, len(values) - 1)] <= most)
        low, high = np.where(below, middle + 1, low), np.where(below, high, np.minimum(middle, high))
    return low


def _running(ways: _Ways) -> np.ndarray:
    """Sums of the mass, begun anew for every remainder so that small ones stay exact."""
    running = np.empty_like(ways.mass)
    for a, b in zip(ways.starts[:-1], ways.starts[1:], strict=True):
        np.cumsum(ways.mass[a:b], out=running[a:b])
    return running


def _taken(
    ways: _Ways,
    after: np.ndarray,
    node: np.ndarray,
    first: np.ndarray,
    last: np.ndarray,
    step: np.ndarray,
    weight: np.ndarray,
) -> _Ways:
    """The ways from first to last of each step, taken."""
    number = last - first
    if number.sum() > MOST_WAYS:
        raise TooManyWays
    taken = np.repeat(np.arange(len(step)), number)
    way = first[taken] + np.arange(len(taken)) - np.repeat(np.cumsum(number) - number, number)
    logs, mass, at = ways.logs[way] + step[taken], ways.mass[way] * weight[taken], node[taken]
    near = np.round(logs, 9)
    order = np.lexsort((near, at))
    new = np.append(True, (np.diff(at[order]) != 0) | (np.diff(near[order]) != 0))
    start = np.flatnonzero(new[: len(order)])
    kept, at = order[start], at[order[start]]
    mass = np.add.reduceat(mass[order], start) if len(start) else mass
    nodes, starts = np.unique(at, return_index=True)
    return _Ways(after[nodes], np.append(starts, len(at)), logs[kept], mass)
