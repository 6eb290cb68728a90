"""Which counts are printed, rounded or starred, so that no attacker comes close to a hidden one.

Small counts are stars first. For each star that can still be bounded too narrowly, `cover` picks further
counts to hide, until the attacker of `attacker` fails everywhere. A table that would be mostly stars is
rounded instead where that costs fewer of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from analytics.disclosure.attacker import Interval, Knowledge, Row, spans
from analytics.disclosure.cells import (
    HIDDEN,
    UNPRINTED,
    Cell,
    Counts,
    PrintedCount,
    print_exactly,
    print_rounded,
)
from analytics.disclosure.cover import cheapest_cover, drawn
from analytics.disclosure.profiles import Profile

MOSTLY_STARS = 0.3
NOTHING_KNOWN = Knowledge({}, ())


class Unprotectable(ValueError):
    """Even with all hidden that may be, a count of `table` is not protected."""

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(f"no choice of hidden counts protects the table {table}")


@dataclass(frozen=True, slots=True)
class Protection:
    """How each count is shown, and an interval that each hidden one can certainly fill.

    An attacker's interval is this one or a wider one.
    """

    shown: dict[str, PrintedCount]
    primary: frozenset[str]
    complementary: frozenset[str]
    intervals: dict[str, Interval]
    rounded_tables: frozenset[str]

    @property
    def narrowest(self) -> int | None:
        """The narrowest interval around a hidden count is at least this wide; None if nothing is hidden."""
        return min((high - low for low, high in self.intervals.values()), default=None)


@dataclass(frozen=True, slots=True)
class Rule:
    """The profile, what was known before, how counts were shown before, and the draw among equal covers."""

    profile: Profile
    known: Knowledge
    settled: Mapping[str, PrintedCount]
    draw: str


def protect(
    counts: Counts,
    profile: Profile,
    known: Knowledge = NOTHING_KNOWN,
    settled: Mapping[str, PrintedCount] = MappingProxyType({}),
    *,
    draw: str = "",
) -> Protection:
    """Stars and roundings that hold against everything in `known` as well (releases of the same people).

    A count in `settled` is shown as it was then, or hidden; `draw` is something no outsider knows. Raises
    Unprotectable where what is known already reveals a count.
    """
    rule = Rule(profile, known, settled, draw)
    tables = {cell.table for cell in counts.cells.values() if cell.public}
    rounded = frozenset(tables) if profile.always_rounded else frozenset()
    best = _with_rounded(counts, rule, rounded)
    for table in sorted(tables - rounded):
        printed = [cell for cell in counts.of(table) if not cell.coarse]
        stars = sum(best.shown[cell.key].is_hidden for cell in printed)
        if stars > MOSTLY_STARS * len(printed) and stars < len(printed):
            other = _with_rounded(counts, rule, best.rounded_tables | {table})
            if _stars(other) < _stars(best):
                best = other
    return best


def _stars(protection: Protection) -> int:
    return len(protection.primary) + len(protection.complementary)


def _with_rounded(counts: Counts, rule: Rule, rounded: frozenset[str]) -> Protection:
    profile = rule.profile
    primary = frozenset(
        cell.key for cell in counts.cells.values() if cell.public and profile.is_small(cell.value)
    )
    sensitive = {cell.key for cell in counts.cells.values() if profile.is_small(cell.value)}
    hidden = set(primary) | {key for key in counts.cells if rule.settled.get(key, UNPRINTED) == HIDDEN}
    seen: dict[str, Interval] = {}
    while True:
        shown = {
            cell.key: HIDDEN
            if cell.key in hidden
            else rule.settled.get(cell.key) or as_printed(cell, profile, rounded)
            for cell in counts.cells.values()
        }
        knowledge = knowledge_of(counts, shown, rule.known)
        secret = sorted(sensitive | hidden, key=lambda key: (drawn(rule.draw, key), key))
        weak, seen = _first_weak(secret, knowledge, profile.threshold, seen)
        if weak is None:
            intervals = {key: seen[key] for key in secret}
            return Protection(shown, primary, frozenset(hidden - primary), intervals, rounded)
        more = cheapest_cover(weak, counts, shown, knowledge, profile.threshold, rule.known, rule.draw)
        if not more:
            raise Unprotectable(counts.cells[weak].table)
        hidden |= more


def _first_weak(
    secret: list[str], knowledge: Knowledge, threshold: int, seen: dict[str, Interval]
) -> tuple[str | None, dict[str, Interval]]:
    """A count that can be bounded too narrowly, if there is one; and the worlds seen while looking.

    Hiding more only widens what a count can be, so worlds seen once stay worlds.
    """
    for key in secret:
        seen = spans(knowledge, [key], enough=threshold, seen=seen)
        if seen[key][1] - seen[key][0] < threshold:
            return key, seen
    return None, seen


def as_printed(cell: Cell, profile: Profile, rounded: frozenset[str]) -> PrintedCount:
    """A count that is not hidden, as its table prints it."""
    if not cell.public:
        return UNPRINTED
    if cell.coarse:
        return print_rounded(cell.value, profile.curve_base, profile)
    if cell.table in rounded:
        return print_rounded(cell.value, profile.base, profile)
    return print_exactly(cell.value)


def knowledge_of(
    counts: Counts, shown: dict[str, PrintedCount], known: Knowledge = NOTHING_KNOWN
) -> Knowledge:
    """What is shown, the sums that hold, and what was known before."""
    ranges = dict(known.ranges)
    for key, how in shown.items():
        low, high = ranges.get(key, (how.lowest, how.highest))
        ranges[key] = (max(low, how.lowest), min(high, how.highest))
    sums = tuple(Row({each.total: -1} | dict.fromkeys(each.parts, 1), 0, 0) for each in counts.sums)
    return Knowledge(ranges, sums + known.rows)
