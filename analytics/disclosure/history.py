"""Everything released before, and what it gives away together with the report now asked for.

What earlier reports told is kept as ranges and sums, never as true counts, with the people behind them
(`people`). A group of the very people who were told before is shown as it was then, whatever it is called;
a group that differs from an earlier one by a few people is refused (`apart`); and what is hidden must stay
hidden from a reader of all reports together.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from analytics.disclosure.apart import CountedReport, almost_the_same, nested_bounds, singled_out
from analytics.disclosure.attacker import Interval, Knowledge, Row, spans
from analytics.disclosure.cells import LARGEST, UNPRINTED, Counts, PrintedCount
from analytics.disclosure.people import People, base_of
from analytics.disclosure.suppression import Protection, knowledge_of
from analytics.results.document import Results

NOBODY = (0, 0)


class Differencing(ValueError):
    """Two reports together reveal what neither does alone; `table` says where, never how many."""

    def __init__(self, table: str, release: str, why: str = "would reveal a small count") -> None:
        self.table, self.release = table, release
        super().__init__(f"the table {table} together with the earlier report {release} {why}")


@dataclass(frozen=True, slots=True)
class DisclosureRecord:
    """What one report told the world.

    shown        how each count was shown: number, range, rounding
    sums         total and parts, as in cells.Sum
    hidden       counts that must stay unknown
    tables       key to table, for messages
    people       who was counted, as People.record; reports of earlier versions keep less of them, or nobody
    """

    release: str
    threshold: int
    shown: dict[str, tuple[int | None, int, int, int | None]]
    sums: tuple[tuple[str, ...], ...]
    hidden: tuple[str, ...]
    tables: dict[str, str]
    people: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> DisclosureRecord:
        known = {each.name for each in fields(cls)}
        fields_read = {name: value for name, value in json.loads(text).items() if name in known}
        fields_read["shown"] = {key: tuple(how) for key, how in fields_read["shown"].items()}
        fields_read["sums"] = tuple(tuple(each) for each in fields_read["sums"])
        fields_read["hidden"] = tuple(fields_read["hidden"])
        return cls(**fields_read)

    def text(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    def knowledge(self) -> Knowledge:
        return Knowledge({key: (how[1], how[2]) for key, how in self.shown.items()}, _rows(self.sums))


@dataclass(frozen=True, slots=True)
class EarlierReport:
    """An earlier report that can be compared, with the names that its counts have beside those of this one.

    names  a count has the name of this report's count of the very same people, else one of its own
    """

    told: DisclosureRecord
    release: CountedReport
    names: dict[str, str]


def population_of(results: Results) -> str:
    """Hash of the deliveries and of what is followed by what: who can have been asked about."""
    study = results.study
    about = [study.index_label, study.second_label]
    about += results.run.input_hashes
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()


def record_disclosure(
    release: str, counts: Counts, protection: Protection, threshold: int, who: People | None
) -> DisclosureRecord:
    """What this report tells, to be kept for the next."""
    return DisclosureRecord(
        release=release,
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


def comparable(earlier: Sequence[DisclosureRecord], who: People | None) -> list[EarlierReport]:
    """The earlier reports with the people behind all their numbers.

    Raises Differencing where a record does not keep them: nobody can say then who is in both.
    """
    if not earlier:
        return []
    mine = {} if who is None else who.signatures()
    reports = []
    for before in earlier:
        people = People.read(before.people)
        printed = {key for key, how in before.shown.items() if how[0]}
        if people is None or who is None or not printed <= people.groups.keys():
            missing = printed - (people.groups.keys() if people is not None and who is not None else set())
            raise Differencing(
                before.tables[min(missing, default="index")], before.release,
                "cannot be compared by people: that report was made before they were kept",
            )  # fmt: skip
        reports.append(EarlierReport(before, _counted(before, people), _names(before, people, mine)))
    return reports


def _counted(record: DisclosureRecord, people: People) -> CountedReport:
    printed = {key: how[3] for key, how in record.shown.items() if how[0] is not None}
    exact = frozenset(key for key, rounded_to in printed.items() if rounded_to is None)
    return CountedReport(people, frozenset(printed), exact)


def _names(before: DisclosureRecord, people: People, mine: dict[str, tuple[int, int]]) -> dict[str, str]:
    theirs = people.signatures()
    named = {signature: key for key, signature in sorted(mine.items(), reverse=True) if base_of(key) == key}
    names = {}
    for key in before.shown:
        signature = theirs.get(key, NOBODY)
        same = key if mine.get(key) == signature else named.get(signature)
        names[key] = same or f"{before.release}: {key}"
    return names


def known_from(
    earlier: Sequence[EarlierReport], who: People | None
) -> tuple[Knowledge, dict[str, PrintedCount]]:
    """What earlier reports told, together; and how they showed the counts of the very people counted now."""
    ranges: dict[str, Interval] = {}
    rows: tuple[Row, ...] = ()
    settled: dict[str, PrintedCount] = {}
    for before in earlier:
        for key, how in before.told.shown.items():
            least, most = ranges.get(before.names[key], (0, LARGEST))
            ranges[before.names[key]] = (max(how[1], least), min(how[2], most))
        rows += _rows(before.told.sums, before.names)
        settled = _as_before(before, who) | settled
    return Knowledge(ranges, rows), settled


def _as_before(before: EarlierReport, who: People | None) -> dict[str, PrintedCount]:
    """How an earlier report showed each count of this one that is of the same people: the count of the same
    name as it was; where there was none, a star wins."""
    by_people: dict[tuple[int, int], PrintedCount] = {}
    shown = {
        key: PrintedCount(*how) for key, how in before.told.shown.items() if PrintedCount(*how) != UNPRINTED
    }
    theirs = {key: of for key, of in before.release.people.signatures().items() if key in shown}
    for key, signature in theirs.items():
        if signature not in by_people or shown[key].is_hidden:
            by_people[signature] = shown[key]
    mine = {} if who is None else who.signatures()
    return {
        key: shown[key] if theirs.get(key) == signature else by_people[signature]
        for key, signature in mine.items()
        if signature in by_people
    }


def refuse_differencing(
    now: DisclosureRecord,
    counts: Counts,
    protection: Protection,
    who: People | None,
    earlier: Sequence[EarlierReport],
) -> None:
    """Raise Differencing where this report and earlier ones tell few people apart, or bound a hidden count.

    Few people apart are refused even where the rest of the reports would hide them: which groups are told
    may change, people who were told do not come back.
    """
    if not earlier or who is None:
        return
    mine = _counted(now, who)
    for before in earlier:
        threshold = max(now.threshold, before.told.threshold)
        if (groups := almost_the_same(mine, before.release, threshold)) is not None:
            raise _few_apart(now, groups[0], before, threshold)
    threshold = max(now.threshold, *(before.told.threshold for before in earlier))
    group_and_place = singled_out(mine, [before.release for before in earlier], threshold)
    if group_and_place is not None:
        raise _few_apart(now, group_and_place[0], earlier[group_and_place[1]], threshold)
    _refuse_bounded(now, counts, protection, mine, earlier)


def _few_apart(now: DisclosureRecord, group: str, before: EarlierReport, threshold: int) -> Differencing:
    table = now.tables[base_of(group)]
    return Differencing(table, before.told.release, f"would tell fewer than {threshold} people apart")


def _refuse_bounded(
    now: DisclosureRecord,
    counts: Counts,
    protection: Protection,
    mine: CountedReport,
    earlier: Sequence[EarlierReport],
) -> None:
    """Hidden counts of all reports against all of them; of whom a group is a part bounds it, too."""
    known, _ = known_from(earlier, mine.people)
    together = knowledge_of(counts, protection.shown, known)
    reports = [(now, mine, {key: key for key in now.shown})]
    reports += [(before.told, before.release, before.names) for before in earlier]
    ranges = dict(together.ranges)
    for before in reports[1:]:
        for (one, its, names), (other, others, _) in ((reports[0], before), (before, reports[0])):
            for key, (least, most) in nested_bounds(its, one.hidden, others, other.shown).items():
                low, high = ranges[names[key]]
                ranges[names[key]] = (max(low, least), min(high, most))
    for record, _, names in reports:
        widths = min(now.threshold, record.threshold)
        secret = {names[key]: key for key in record.hidden}
        intervals = spans(Knowledge(ranges, together.rows), secret, enough=widths)
        for name, key in secret.items():
            if intervals[name][1] - intervals[name][0] < widths:
                release = earlier[-1].told.release if record is now else record.release
                raise Differencing(record.tables[key], release)


def _rows(sums: Iterable[tuple[str, ...]], names: dict[str, str] | None = None) -> tuple[Row, ...]:
    """The relations, with other names for the counts; two counts may have one name."""
    rows = []
    for total, *parts in sums:
        terms: Counter[str] = Counter()
        for key, factor in ((total, -1), *((part, 1) for part in parts)):
            terms[key if names is None else names[key]] += factor
        rows.append(Row(dict(terms), 0, 0))
    return tuple(rows)
