"""Which groups of several reports are so nearly the same that the few who are apart could be counted.

Two questions are asked of the people themselves, whatever the groups are called. Of any two groups, or sums
of levels: are fewer apart than the threshold? Of groups whose number is exact, also from three reports: is
one group, a sum of two or what two leave over almost another such thing, with all who are apart on one side?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from analytics.disclosure.people import People, base_of

MOST_LEVELS = 8
"""Levels of a variable whose unions are looked at, all of them."""


@dataclass(frozen=True, slots=True)
class CountedReport:
    """Who is behind a report, and which of its counts are printed: exactly, or rounded as well."""

    people: People
    printed: frozenset[str]
    exact: frozenset[str]

    def told(self) -> list[str]:
        """The groups of which something is printed."""
        return [name for name in self.people.groups if base_of(name) in self.printed]

    def measured(self, measure: str) -> list[str]:
        """The groups of which a mean, a sum or a curve of these values may be printed."""
        return [name for name in self.told() if self.people.measures.get(name) == measure]


@dataclass(frozen=True, slots=True)
class Together:
    """Everybody of several reports; people who are alike in all of them are of one kind, `weight` of each.

    kind_of  the kind of each of everybody
    kinds    for each report the kind that its own people have there, or -1 where they are not in it
    """

    reports: Sequence[CountedReport]
    everybody: np.ndarray
    kind_of: np.ndarray
    weight: np.ndarray
    kinds: Sequence[np.ndarray]

    @classmethod
    def of(cls, *reports: CountedReport) -> Together:
        everybody = np.unique(np.concatenate([each.people.pseudonyms for each in reports]))
        kind_of = np.zeros(len(everybody), np.int64)
        theirs = []
        for each in reports:
            kinds = np.full(len(everybody), -1, np.int64)
            kinds[np.searchsorted(everybody, each.people.pseudonyms)] = each.people.kinds
            theirs.append(kinds)
            _, kind_of = np.unique(kind_of * (kinds.max(initial=0) + 2) + kinds + 1, return_inverse=True)
        _, first = np.unique(kind_of, return_index=True)
        weight = np.bincount(kind_of).astype(np.float32)
        return cls(reports, everybody, kind_of, weight, [kinds[first] for kinds in theirs])

    def row(self, at: int, group: str) -> np.ndarray:
        """Which kinds are in a group of a release."""
        kinds, is_in = self.kinds[at], self.reports[at].people.groups[group]
        return (is_in[kinds] & (kinds >= 0)).astype(np.float32)

    def rows(self, at: int, groups: Sequence[tuple[str, ...]]) -> np.ndarray:
        """The same for groups taken together."""
        rows = [np.max([self.row(at, part) for part in parts], axis=0) for parts in groups]
        return np.array(rows, np.float32).reshape(len(rows), len(self.weight))

    def alike(self, measure: str) -> np.ndarray:
        """How many of each kind have the same value in the first two reports."""
        codes = []
        for each in self.reports[:2]:
            code = np.zeros(len(self.everybody), np.uint32)
            code[np.searchsorted(self.everybody, each.people.pseudonyms)] = each.people.values[measure]
            codes.append(code)
        same = codes[0] == codes[1]
        return np.bincount(self.kind_of, weights=same, minlength=len(self.weight)).astype(np.float32)


def almost_the_same(now: CountedReport, before: CountedReport, threshold: int) -> tuple[str, ...] | None:
    """A group, or levels together, of this report that an earlier one misses by fewer than the threshold.

    Levels of one variable add up, so each of their sums is a group as well. Where more than a count is told
    of two groups, whoever adds another value to each is apart too.
    """
    both = Together.of(now, before)
    groups = [list(_sums(each.told())) for each in (now, before)]
    few = _first_few(both, groups, threshold)
    if few is not None:
        return few
    for measure in sorted({*now.people.measures.values()} & {*before.people.measures.values()}):
        groups = [[(name,) for name in each.measured(measure)] for each in (now, before)]
        few = _first_few(both, groups, threshold, both.alike(measure))
        if few is not None:
            return few
    return None


def _first_few(
    both: Together,
    groups: Sequence[Sequence[tuple[str, ...]]],
    threshold: int,
    alike: np.ndarray | None = None,
) -> tuple[str, ...] | None:
    """The first group of the first report with somebody, and fewer than the threshold, apart from one of the
    second; `alike` of each kind are no more apart where they are in both.

    Two groups that one report tells alone, as exactly, are left out: that report protects them by itself.
    """
    new, old = (both.rows(at, each) for at, each in enumerate(groups))
    if not len(new) or not len(old):
        return None
    in_both = 2 * (new * both.weight) @ old.T if alike is None else (new * (both.weight + alike)) @ old.T
    apart = (new @ both.weight)[:, None] + (old @ both.weight)[None, :] - in_both
    exact = [
        np.array([all(base_of(part) in each.exact for part in parts) for parts in of_it])
        for each, of_it in zip(both.reports, groups, strict=True)
    ]
    same = apart == 0
    told_before = np.where(exact[0], (same & exact[1][None, :]).any(axis=1), same.any(axis=1))
    told_again = np.where(exact[1], (same & exact[0][:, None]).any(axis=0), same.any(axis=0))
    pairs = np.argwhere((apart > 0) & (apart < threshold) & ~told_before[:, None] & ~told_again[None, :])
    return groups[0][int(pairs[0][0])] if len(pairs) else None


def _sums(groups: list[str]) -> Iterator[tuple[str, ...]]:
    levels: dict[tuple[str, str], list[str]] = {}
    for group in groups:
        yield (group,)
        variable, is_level, level = group.partition("=")
        if is_level:
            number = level.rpartition(" ")[2] if group != base_of(group) or group.startswith("cox|") else ""
            levels.setdefault((variable, number), []).append(group)
    for alike in levels.values():
        for several in range(2, len(alike)) if len(alike) <= MOST_LEVELS else ():
            yield from combinations(alike, several)


def nested_bounds(
    one: CountedReport,
    hidden: Collection[str],
    other: CountedReport,
    shown: Mapping[str, tuple[int | None, int, int, int | None]],
) -> dict[str, tuple[int, int]]:
    """How small and large a hidden group of one report can be, by the groups of the other that it is a part
    of, or that are a part of it.

    shown  of the other report: number, least, most, rounding
    """
    both = Together.of(one, other)
    secret = [key for key in hidden if key in one.people.groups]
    mine = {*one.people.signatures().values()}
    theirs = other.people.signatures()
    printed = [key for key in other.printed if key in theirs and theirs[key] not in mine]
    if not secret or not printed:
        return {}
    inside, around = both.rows(0, [(key,) for key in secret]), both.rows(1, [(key,) for key in printed])
    shared = (inside * both.weight) @ around.T
    is_part = shared == (inside @ both.weight)[:, None]
    has_part = shared == (around @ both.weight)[None, :]
    low, high = (np.array([shown[key][at] for key in printed]) for at in (1, 2))
    least = np.where(has_part, low[None, :], 0).max(axis=1)
    most = np.where(is_part, high[None, :], np.iinfo(np.int64).max).min(axis=1)
    return {key: (int(least[at]), int(most[at])) for at, key in enumerate(secret)}


@dataclass(frozen=True, slots=True)
class _Sets:
    """Sets of people that exact numbers give: groups, sums of two that share nobody, what one leaves over.

    terms   of each set the groups that it is made of, and 1 or -1 for the second one; -1 for no second one
    hashes  of each set, in each bucket of people
    is_new, is_old  whether this report alone, or earlier ones alone, give the set
    """

    terms: np.ndarray
    sizes: np.ndarray
    hashes: np.ndarray
    is_new: np.ndarray
    is_old: np.ndarray


def singled_out(
    now: CountedReport, earlier: Sequence[CountedReport], threshold: int
) -> tuple[str, int] | None:
    """A group of this report which, with others of it and of any earlier ones, leaves fewer people than the
    threshold over; and the place of an earlier report that is needed for it.

    Exact numbers only: the error of rounded ones adds up. People are thrown into as many buckets as the
    threshold; sets with fewer apart than that are the same in one of them at least.
    """
    together = Together.of(now, *earlier)
    rows, origin, names = _distinct(together)
    if not len(rows):
        return None
    sets = _derived(together, rows, origin, threshold)
    for one, other in _same_in_a_bucket(sets, threshold):
        left = _vector(rows, sets.terms[one]) - _vector(rows, sets.terms[other])
        if left.min() < 0 < left.max():
            continue
        used = _needed(sets.terms[one], sets.terms[other])
        mine = [at for at in used if not origin[at, 1:].any()]
        theirs = [at for at in used if not origin[at, 0]]
        if mine and theirs:
            return names[mine[0]], int(np.flatnonzero(origin[theirs[0], 1:])[0])
    return None


def _needed(one: np.ndarray, other: np.ndarray) -> list[int]:
    """The groups that do not cancel where one set is taken from the other."""
    terms: Counter[int] = Counter()
    for (first, second, factor), sign in ((one, 1), (other, -1)):
        terms[int(first)] += sign
        if second >= 0:
            terms[int(second)] += sign * int(factor)
    return [at for at, times in terms.items() if times]


def _distinct(together: Together) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The distinct groups with exact numbers, in which reports each is, and a name of it."""
    numbers: dict[bytes, int] = {}
    rows: list[np.ndarray] = []
    names: list[str] = []
    origin: list[np.ndarray] = []
    for at, release in enumerate(together.reports):
        for name in sorted(release.exact & release.people.groups.keys()):
            row = together.row(at, name)
            place = numbers.setdefault(row.tobytes(), len(rows))
            if place == len(rows) and row.any():
                rows.append(row)
                names.append(name)
                origin.append(np.zeros(len(together.reports), bool))
            if row.any():
                origin[place][at] = True
    return np.array(rows), np.array(origin), names


def _derived(together: Together, rows: np.ndarray, origin: np.ndarray, threshold: int) -> _Sets:
    """Every distinct set that one group gives, or two."""
    n = len(rows)
    sizes = rows @ together.weight
    shared = (rows * together.weight) @ rows.T
    first, second = np.nonzero(np.triu(shared == 0, 1))
    larger, smaller = np.nonzero((shared == sizes[None, :]) & (sizes[:, None] > sizes[None, :]))
    alone = np.full(n, -1)
    terms = np.concatenate(
        [
            np.stack([np.arange(n), alone, alone * 0], axis=1),
            np.stack([first, second, np.ones(len(first), int)], axis=1),
            np.stack([larger, smaller, -np.ones(len(larger), int)], axis=1),
        ]
    )
    hashes = _combined(_hashes(together, rows, threshold), terms)
    sets_sizes = _combined(sizes.astype(np.int64)[None, :], terms)[0]
    in_now, in_earlier = origin[:, 0], np.any(origin[:, 1:], axis=1)
    has_one = terms[:, 1] < 0
    flags = [each[terms[:, 0]] & (has_one | each[terms[:, 1]]) for each in (in_now, in_earlier)]
    _, kept, place = np.unique(hashes.sum(axis=0, dtype=np.uint64), return_index=True, return_inverse=True)
    either = [np.zeros(len(kept), bool) for _ in flags]
    for each, flag in zip(either, flags, strict=True):
        np.logical_or.at(each, place, flag)
    return _Sets(terms[kept], sets_sizes[kept], hashes[:, kept], *either)


def _combined(values: np.ndarray, terms: np.ndarray) -> np.ndarray:
    """Of each set the value, where that of one or two groups adds up."""
    second = np.maximum(terms[:, 1], 0)
    factor = np.where(terms[:, 1] < 0, 0, terms[:, 2]).astype(np.int64).astype(values.dtype)
    return values[:, terms[:, 0]] + factor[None, :] * values[:, second]


def _hashes(together: Together, rows: np.ndarray, buckets: int) -> np.ndarray:
    """Of each group, in each bucket, the sum of its pseudonyms, which are random."""
    bucket = (together.everybody % np.uint64(buckets)).astype(np.int64)
    of_kinds = np.zeros((buckets, len(together.weight)), np.uint64)
    np.add.at(of_kinds, (bucket, together.kind_of), together.everybody)
    return of_kinds @ rows.T.astype(np.uint64)


def _same_in_a_bucket(sets: _Sets, threshold: int) -> Iterator[tuple[int, int]]:
    """Pairs of sets of almost one size that neither this report nor earlier ones alone compare."""
    for hashes in sets.hashes:
        order = np.lexsort((sets.sizes, hashes))
        for step in range(1, len(order)):
            one, other = order[:-step], order[step:]
            near = (hashes[one] == hashes[other]) & (sets.sizes[other] - sets.sizes[one] < threshold)
            if not near.any():
                break
            is_news = ~(sets.is_new[one] & sets.is_new[other]) & ~(sets.is_old[one] & sets.is_old[other])
            for at in np.flatnonzero(near & is_news & (sets.sizes[other] > sets.sizes[one])):
                yield int(other[at]), int(one[at])


def _vector(rows: np.ndarray, terms: np.ndarray) -> np.ndarray:
    first, second, factor = terms
    return rows[first] if second < 0 else rows[first] + factor * rows[second]
