"""Who is at risk at each death time, in a form that lets a partial likelihood be summed in one pass.

A row is at risk at the death times first <= k < last of its stratum. Every quantity of a Cox model is
either a sum over risk sets (``sums``: rows to death times) or the reverse (``spread``: death times to
rows), and both are a count and a running total. So one evaluation costs n rows times p covariates whatever
the number of ties; no risk set is ever formed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analytics.estimators._base.arrays import FollowUp
from analytics.estimators._base.distinct import distinct_times


@dataclass(frozen=True, slots=True, eq=False)
class RiskSets:
    """n rows that are at risk at least once, k death times ordered by stratum and then time.

    kept      positions of the n rows among those given
    first, last   shapes (n,): at risk at death times first <= k < last
    event     positions of the events among the n rows, shape (e,); place: their death times, shape (e,)
    weight    shape (n,)
    times     shape (k,); deaths: number of events at each; dead_weight: their total weight
    blocks    shape (strata + 1,): where each stratum's death times begin and end
    lingering, decay   for Fine-Gray: rows of lingering group g, shape (n,), have their risk multiplied by
                       decay[g, k] at death time k; those of group -1 have not
    careful   add up without running totals: slower, and right however much the terms differ in size
    """

    kept: np.ndarray
    first: np.ndarray
    last: np.ndarray
    event: np.ndarray
    place: np.ndarray
    weight: np.ndarray
    times: np.ndarray
    deaths: np.ndarray
    dead_weight: np.ndarray
    blocks: np.ndarray
    lingering: np.ndarray | None = None
    decay: np.ndarray | None = None
    careful: bool = False

    @property
    def subtracts(self) -> bool:
        """Whether running totals are subtracted from each other, where large terms can drown small ones."""
        return not self.careful and (len(self.blocks) > 2 or self.enters_late)

    @property
    def enters_late(self) -> bool:
        return bool((self.first > self.block_start).any())

    @property
    def block_start(self) -> np.ndarray:
        """Where each row's stratum begins among the death times, shape (n,)."""
        return self.blocks[np.searchsorted(self.blocks, self.last - 1, side="right") - 1]

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sum of values over each risk set: shape (n,) to (k,), or (n, q) to (k, q)."""
        if values.ndim == 2:
            return np.column_stack([self.sums(column) for column in values.T])
        if self.decay is None or self.lingering is None:
            return self._tail(values)
        total = self._tail(values * (self.lingering < 0))
        for group, decay in enumerate(self.decay):
            total = total + decay * self._tail(values * (self.lingering == group))
        return total

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Sum over the death times at which each row is at risk: shape (k,) to (n,), or (k, q) to (n, q)."""
        if values.ndim == 2:
            return np.column_stack([self.spread(column) for column in values.T])
        total = self._between(values)
        if self.decay is None or self.lingering is None:
            return total
        for group, decay in enumerate(self.decay):
            total = np.where(self.lingering == group, self._between(values * decay), total)
        return total

    def event_sums(self, values: np.ndarray) -> np.ndarray:
        """Sum of the events' values at each death time: shape (e,) to (k,), or (e, q) to (k, q)."""
        if values.ndim == 2:
            return np.column_stack([self.event_sums(column) for column in values.T])
        return np.bincount(self.place, values, len(self.times))

    def _between(self, values: np.ndarray) -> np.ndarray:
        if self.careful:
            return self._between_carefully(values)
        running = np.concatenate([[0.0], np.cumsum(values)])
        sums: np.ndarray = running[self.last] - running[self.first]
        return sums

    def _tail(self, values: np.ndarray) -> np.ndarray:
        k = len(self.times)
        if self.careful:
            return self.gather(values, np.add, 0.0)
        change = np.bincount(self.last - 1, values, k)
        late = self.first > 0
        if late.any():
            # Rows of later strata end where their stratum begins; only true late entry is subtracted inside.
            change = change - np.bincount(self.first[late] - 1, values[late], k) * self.inside
        return self.accumulate(change)

    def _between_carefully(self, values: np.ndarray) -> np.ndarray:
        size = self._leaves
        nodes, total = np.zeros(2 * size), np.zeros(len(self.last))
        nodes[size : size + len(values)] = values
        for power in range(size.bit_length() - 2, -1, -1):
            begin = 1 << power
            nodes[begin : 2 * begin] = nodes[2 * begin : 4 * begin].reshape(-1, 2).sum(axis=1)
        for row, node in self._cover(self.last):
            total[row] += nodes[node]
        return total

    def gather(
        self, values: np.ndarray, join: np.ufunc, nothing: float, last: np.ndarray | None = None
    ) -> np.ndarray:
        """Values of those at risk at each death time, joined by a ufunc such as ``np.maximum``, shape (k,).

        nothing  the answer where nobody is at risk; last: where the rows end, if not where they do
        """
        size = self._leaves
        nodes = np.full(2 * size, nothing)
        for row, node in self._cover(self.last if last is None else last):
            join.at(nodes, node, values[row])
        begin = 1
        while begin < size:
            below = slice(2 * begin, 4 * begin)
            nodes[below] = join(nodes[below], np.repeat(nodes[begin : 2 * begin], 2))
            begin *= 2
        return nodes[size : size + len(self.times)]

    @property
    def _leaves(self) -> int:
        return 1 << (len(self.times) - 1).bit_length()

    def _cover(self, last: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Rows, and a node of a binary tree over the death times: a row's nodes make up first to last."""
        low, high = self.first + self._leaves, last + self._leaves
        while (low < high).any():
            row = np.flatnonzero((low & 1 == 1) & (low < high))
            yield row, low[row]
            low[row] += 1
            row = np.flatnonzero((high & 1 == 1) & (low < high))
            high[row] -= 1
            yield row, high[row]
            low, high = low >> 1, high >> 1

    def accumulate(self, change: np.ndarray) -> np.ndarray:
        """Sums from the end of each stratum back, shape (k, ...): changes become what is at risk."""
        for start, stop in zip(self.blocks[:-1], self.blocks[1:], strict=True):
            change[start:stop] = np.cumsum(change[start:stop][::-1], axis=0)[::-1]
        return change

    @property
    def inside(self) -> np.ndarray:
        """0 where a stratum ends and the next one's rows would seem to enter, else 1; shape (k,)."""
        inside = np.ones(len(self.times))
        inside[self.blocks[1:-1] - 1] = 0.0
        return inside


def risk_sets(rows: FollowUp, stratum: np.ndarray | None = None) -> RiskSets:
    """Risk sets of checked follow-up; stratum holds codes 0, 1, ..., shape (n,)."""
    n = len(rows)
    weight = np.ones(n) if rows.weight is None else rows.weight
    event = rows.event if rows.weight is None else rows.event & (weight > 0)
    first, last = np.zeros(n, np.intp), np.empty(n, np.intp)
    times, blocks = [], [0]
    for s in range(1 if stratum is None else int(stratum.max()) + 1):
        here = slice(None) if stratum is None else np.flatnonzero(stratum == s)
        seen, place = distinct_times(rows.exit[here])
        died = np.zeros(len(seen), bool)
        died[place[event[here]]] = True
        death_times = seen[died]
        last[here] = (blocks[-1] + np.cumsum(died))[place]
        first[here] = blocks[-1]
        if rows.entry is not None:
            first[here] += np.searchsorted(death_times, rows.entry[here], side="right")
        times.append(death_times)
        blocks.append(blocks[-1] + len(death_times))
    at_risk = (last > first) & (weight > 0)
    kept = np.flatnonzero(at_risk)
    if len(kept) < n:
        first, last, weight, event = first[kept], last[kept], weight[kept], event[kept]
    event = np.flatnonzero(event)
    place, k = last[event] - 1, blocks[-1]
    return RiskSets(
        kept, first, last, event, place, weight, np.concatenate(times), np.bincount(place, minlength=k),
        np.bincount(place, weight[event], k), np.array(sorted(set(blocks))),
    )  # fmt: skip


def divided(risk: RiskSets, level: np.ndarray) -> tuple[RiskSets, np.ndarray]:
    """The risk sets with each stratum divided by level (codes 0, 1, ..., shape (n,)).

    Rows that then meet no death drop out; also returns which remain.
    """
    k = len(risk.times)
    block = np.searchsorted(risk.blocks, risk.last - 1, side="right") - 1
    group = np.unique(block * (level.max(initial=0) + 1) + level, return_inverse=True)[1] * k
    key = np.unique(group[risk.event] + risk.place)
    first, last = np.searchsorted(key, group + risk.first), np.searchsorted(key, group + risk.last)
    rows = np.flatnonzero(last > first)
    dies = np.zeros(len(level), bool)
    dies[risk.event] = True
    first, last, weight, event = first[rows], last[rows], risk.weight[rows], np.flatnonzero(dies[rows])
    place = last[event] - 1
    return RiskSets(
        risk.kept[rows], first, last, event, place, weight, risk.times[key % k], np.bincount(place),
        np.bincount(place, weight[event]), np.append(np.unique(key // k, return_index=True)[1], len(key)),
        None if risk.lingering is None else risk.lingering[rows],
        None if risk.decay is None else risk.decay[:, key % k],
    ), rows  # fmt: skip
