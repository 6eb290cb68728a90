"""Everything released before, and what it gives away together with the release now asked for.

What earlier releases told is kept as ranges and sums, never as true counts. A release of the same people
shows each count as it was shown before. A release of other people (a new submission, one patient withdrawn,
a changed rule) is set against the earlier ones: where both show a count, their difference counts people too.
Whether two counts are of the same people is asked of the people (`people`); labels only where none were kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from analytics.disclosure.attacker import Contradiction, Interval, Knowledge, Row, spans
from analytics.disclosure.cells import LARGEST, UNPRINTED, Counts, Shown
from analytics.disclosure.people import People, almost_the_same, mostly_the_same
from analytics.disclosure.suppression import Protection, knowledge_of

COHORT = ("index", "second")


class Differencing(ValueError):
    """Two releases together reveal what neither does alone; `table` says where, never how many."""

    def __init__(self, table: str, release: str, why: str = "would reveal a small count") -> None:
        self.table, self.release = table, release
        super().__init__(f"the table {table} together with the earlier release {release} {why}")


@dataclass(frozen=True, slots=True)
class Told:
    """What one release told the world.

    population   same deliveries and same cancers, same value
    shown        how each count was shown: number, range, rounding
    sums         total and parts, as in cells.Sum
    hidden       counts that must stay unknown
    tables       key to table, for messages
    people       who was counted, as People.record; empty in releases made before that was kept
    """

    release: str
    population: str
    index_label: str
    second_label: str
    threshold: int
    shown: dict[str, tuple[int | None, int, int, int | None]]
    sums: tuple[tuple[str, ...], ...]
    hidden: tuple[str, ...]
    tables: dict[str, str]
    people: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> Told:
        said = json.loads(text)
        said["shown"] = {key: tuple(how) for key, how in said["shown"].items()}
        said["sums"] = tuple(tuple(each) for each in said["sums"])
        said["hidden"] = tuple(said["hidden"])
        return cls(**said)

    def text(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    def knowledge(self) -> Knowledge:
        return Knowledge(
            {key: (how[1], how[2]) for key, how in self.shown.items()},
            tuple(Row({total: -1} | dict.fromkeys(parts, 1), 0, 0) for total, *parts in self.sums),
        )


def population_of(results: dict[str, Any]) -> str:
    """Hash of the deliveries and of what is followed by what: who can have been asked about."""
    study = results["study"]
    about = [study["index_label"], study["second_label"]]
    about += sorted(given["sha256"] for given in results["run"]["inputs"])
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()


def told(
    results: dict[str, Any],
    release: str,
    counts: Counts,
    protection: Protection,
    threshold: int,
    who: People | None,
) -> Told:
    """What this release tells, to be kept for the next."""
    return Told(
        release=release,
        population=population_of(results),
        index_label=results["study"]["index_label"],
        second_label=results["study"]["second_label"],
        threshold=threshold,
        shown={
            key: (how.number, how.lowest, how.highest, how.rounded_to)
            for key, how in protection.shown.items()
        },
        sums=tuple((each.total, *each.parts) for each in counts.sums),
        hidden=tuple(sorted(protection.intervals)),
        tables={key: cell.table for key, cell in counts.cells.items()},
        people={} if who is None else who.record(),
    )


def same_people(
    earlier: Sequence[Told], results: dict[str, Any], counts: Counts, who: People | None
) -> list[Told]:
    """Earlier releases of the same deliveries or people that no count of this one contradicts."""
    population = population_of(results)
    return [
        before
        for before in earlier
        if (before.population == population or _has_the_same(before, who))
        and all(
            how[1] <= counts.cells[key].value <= how[2]
            for key, how in before.shown.items()
            if key in counts.cells
        )
    ]


def _has_the_same(before: Told, who: People | None) -> bool:
    """Whatever the two are called: the same cohort, and the same people with a second primary."""
    then = People.read(before.people)
    return then is not None and who is not None and all(who.same(group, then) for group in COHORT)


def known_from(same: Sequence[Told]) -> tuple[Knowledge, dict[str, Shown]]:
    """What releases of the same people told, together; and how they showed each count."""
    ranges: dict[str, Interval] = {}
    rows: tuple[Row, ...] = ()
    settled: dict[str, Shown] = {}
    for before in same:
        for key, (low, high) in before.knowledge().ranges.items():
            least, most = ranges.get(key, (0, LARGEST))
            ranges[key] = (max(low, least), min(high, most))
        rows += before.knowledge().rows
        printed = {key: Shown(*how) for key, how in before.shown.items()}
        settled = {key: how for key, how in printed.items() if how != UNPRINTED} | settled
    return Knowledge(ranges, rows), settled


def refuse_differencing(now: Told, counts: Counts, protection: Protection, earlier: Sequence[Told]) -> None:
    """Raise Differencing where this release and one of other people bound somebody too narrowly."""
    mine = knowledge_of(counts, protection.shown)
    for before in earlier:
        shared = _comparable(now, before)
        if not shared:
            continue
        theirs = before.knowledge()
        # What was not printed may still be exact by subtraction.
        new, old = (spans(known, shared, enough=now.threshold) for known in (mine, theirs))
        for key in shared:
            least, most = new[key][0] - old[key][1], new[key][1] - old[key][0]
            if least < 0:
                least, most = -most, -least
            if 1 <= least < now.threshold and most - least < now.threshold:
                raise Differencing(now.tables[key], before.release)
        _refuse_tied(mine, theirs, shared, now, before)


def refuse_almost_the_same(now: Told, earlier: Sequence[Told]) -> None:
    """Raise Differencing where a group told now and one told before differ by fewer than the threshold.

    Also if the rest of the two reports would hide the difference: which groups are told may change, people
    who were told do not come back.
    """
    who = People.read(now.people)
    for before in earlier:
        then = People.read(before.people)
        if who is None or then is None:
            continue
        threshold = max(now.threshold, before.threshold)
        group = almost_the_same(who, _numbered(now), then, _numbered(before), threshold)
        if group is not None:
            table = now.tables[group.partition(" + ")[0]]
            raise Differencing(table, before.release, f"would tell fewer than {threshold} people apart")


def _numbered(told: Told) -> set[str]:
    """Counts that are printed, or are sums of such or what is left of one."""
    printed = {key for key, how in told.shown.items() if how[0] is not None}
    unprinted = (set(each) - printed for each in told.sums)
    return printed.union(*(rest for rest in unprinted if len(rest) == 1))


def _comparable(now: Told, before: Told) -> list[str]:
    """Counts of one name that may be of the same people; without those of the second cancers, those alone
    that speak of the cohort they follow. Where a release kept no people, all may be."""
    who, then = People.read(now.people), People.read(before.people)
    is_unknown = who is None or then is None
    if not (is_unknown or now.index_label == before.index_label or mostly_the_same(who, then, "index")):
        return []
    shared = sorted(now.shown.keys() & before.shown.keys())
    if not (is_unknown or now.second_label == before.second_label or mostly_the_same(who, then, "second")):
        shared = [key for key in shared if key.startswith(("index", "hospital|index"))]
    return shared


def _refuse_tied(mine: Knowledge, theirs: Knowledge, shared: list[str], now: Told, before: Told) -> None:
    """The attacker supposes that one release has all people of the other, or the same, if that can be."""
    renamed = Knowledge(
        _renamed(theirs.ranges),
        tuple(Row(_renamed(row.terms), row.lowest, row.highest) for row in theirs.rows),
    )
    for least, most in ((0, LARGEST), (-LARGEST, 0), (0, 0)):
        tied = [key for key in shared if least != most or _overlap(mine.ranges[key], theirs.ranges[key])]
        ties = tuple(Row({key: 1, BEFORE + key: -1}, least, most) for key in tied)
        together = Knowledge(mine.ranges | renamed.ranges, mine.rows + renamed.rows + ties)
        secret = dict.fromkeys(now.hidden, now.threshold)
        secret |= dict.fromkeys((BEFORE + key for key in before.hidden), min(before.threshold, now.threshold))
        try:
            found = spans(together, secret, enough=max(secret.values(), default=0))
        except Contradiction:
            continue
        for key, least_width in secret.items():
            if found[key][1] - found[key][0] < least_width:
                raise Differencing((now.tables | before.tables)[key.removeprefix(BEFORE)], before.release)


BEFORE = "before: "


def _overlap(one: Interval, other: Interval) -> bool:
    return max(one[0], other[0]) <= min(one[1], other[1])


def _renamed(by_key: dict[str, Any]) -> dict[str, Any]:
    return {BEFORE + key: value for key, value in by_key.items()}
