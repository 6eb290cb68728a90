"""How narrowly can an outsider bound a count, from everything that is shown and every sum that holds?

The outsider solves two integer programs for each count: the least and the most it can be. Nobody who knows
only this can do better. They do not know which star stands for a small count and which covers for it; whoever
also knows a few patients by name is beyond this and beyond any rule on counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

Interval = tuple[int, int]


class Contradiction(ValueError):
    """No counts at all agree with what is shown: two releases do not speak of the same people."""


@dataclass(frozen=True, slots=True)
class Row:
    """A known relation: lowest <= sum of coefficient x count <= highest."""

    terms: dict[str, int]
    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that an outsider knows: a range for each count, and relations between them."""

    ranges: dict[str, Interval]
    rows: tuple[Row, ...]


def bounds(knowledge: Knowledge, targets: Iterable[str]) -> dict[str, Interval]:
    """The least and most each target can be; raises Contradiction if nothing agrees with the knowledge."""
    targets = list(targets)
    intervals = spans(knowledge, targets)
    return {key: intervals[key] for key in targets}


def spans(
    knowledge: Knowledge,
    targets: Iterable[str],
    *,
    enough: int | None = None,
    seen: Mapping[str, Interval] = MappingProxyType({}),
) -> dict[str, Interval]:
    """Like `bounds`, but content with an interval that is wide enough, whatever its ends.

    seen  what counts were in worlds found before, under knowledge that has not become sharper since
    Returns an interval for every target, and for each other count what it was in the worlds looked at.
    """
    targets, intervals = list(targets), dict(seen)
    narrow = [key for key in targets if not _is_wide(intervals.get(key), enough)]
    for members, rows in _parts(knowledge) if narrow else ():
        wanted = [key for key in narrow if key in members]
        if wanted:
            _look_for(wanted, knowledge, members, rows, enough, intervals)
    return {key: knowledge.ranges[key] for key in targets} | intervals


def _look_for(
    wanted: list[str],
    knowledge: Knowledge,
    members: dict[str, int],
    rows: list[Row],
    enough: int | None,
    intervals: dict[str, Interval],
) -> None:
    """Two programs a target, over the counts that hang together with it; each answer is a world."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    matrix, low, high = _matrix(knowledge, members, rows)
    relations = LinearConstraint(matrix, low, high)
    ranges = Bounds(*np.array([knowledge.ranges[key] for key in members], float).T)
    for key in wanted:
        ends = []
        for direction in (1, -1):
            if _is_wide(intervals.get(key), enough):
                break
            objective = np.zeros(len(members))
            objective[members[key]] = direction
            answer = milp(objective, constraints=relations, bounds=ranges, integrality=np.ones(len(members)))
            if answer.x is None:
                raise Contradiction(f"nothing agrees with what is shown about {key}")
            ends.append(round(direction * answer.fun))
            _learn(intervals, dict(zip(members, np.rint(answer.x).astype(int).tolist(), strict=True)))
        if len(ends) == 2:
            intervals[key] = (ends[0], ends[1])


def _is_wide(interval: Interval | None, enough: int | None) -> bool:
    return interval is not None and enough is not None and interval[1] - interval[0] >= enough


def _learn(intervals: dict[str, Interval], world: dict[str, int]) -> None:
    for key, count in world.items():
        low, high = intervals.get(key, (count, count))
        intervals[key] = (min(low, count), max(high, count))


def _matrix(
    knowledge: Knowledge, members: dict[str, int], rows: list[Row]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The relations over the unsettled counts; settled ones move to the right-hand side."""
    matrix = np.zeros((len(rows), len(members)))
    low, high = np.empty(len(rows)), np.empty(len(rows))
    for at, row in enumerate(rows):
        settled = 0
        for key, coefficient in row.terms.items():
            if key in members:
                matrix[at, members[key]] = coefficient
            else:
                settled += coefficient * knowledge.ranges[key][0]
        low[at], high[at] = row.lowest - settled, row.highest - settled
    return matrix, low, high


def _parts(knowledge: Knowledge) -> list[tuple[dict[str, int], list[Row]]]:
    """Counts that are not settled, in groups that hang together through some relation."""
    group: dict[str, str] = {key: key for key, (low, high) in knowledge.ranges.items() if low != high}

    def root(key: str) -> str:
        while group[key] != key:
            group[key] = group[group[key]]
            key = group[key]
        return key

    loose = [[key for key in row.terms if key in group] for row in knowledge.rows]
    for keys in loose:
        for key in keys[1:]:
            group[root(key)] = root(keys[0])
    members: dict[str, dict[str, int]] = {}
    for key in group:
        of = members.setdefault(root(key), {})
        of[key] = len(of)
    rows: dict[str, list[Row]] = {name: [] for name in members}
    for row, keys in zip(knowledge.rows, loose, strict=True):
        if keys:
            rows[root(keys[0])].append(row)
    return [(members[name], rows[name]) for name in members]
