"""Rules for definitions written as keys and values: small functions that say what is wrong, and where.

A rule is given a place and what stands there, and yields a problem for each thing that is wrong.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

Place = tuple[str | int, ...]

# A name may become that of a folder; `../releases` would be another folder.
SLUG = re.compile(r"[a-z][a-z0-9_-]{0,59}")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LONGEST_TEXT = 300


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: at which key, in words that follow the key's name, and the value."""

    place: Place
    why: str
    value: str | None = None

    def __str__(self) -> str:
        return f"{format_place(self.place)} {self.why}"


Rule = Callable[[Place, Any], Iterator[Problem]]


def format_place(place: Place) -> str:
    """A place as a reader writes it: study.eras[1].first_year."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def wrong(place: Place, value: Any, expected: str) -> Problem:
    """What stands there, and what should."""
    return Problem(place, f"is {describe(value)}, not {expected}", describe_value(value))


def describe(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a mapping of keys to values"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def describe_value(value: Any) -> str | None:
    return None if value is None or isinstance(value, Mapping | list | tuple) else str(value)


def keys(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None) -> Rule:
    """A mapping with every required key and no unknown one, each with its own rule."""
    known = {**required, **(optional or {})}

    def check(place: Place, value: Any) -> Iterator[Problem]:
        if not isinstance(value, Mapping):
            yield wrong(place, value, "a mapping of keys to values")
            return
        misspelt = set()
        for key in value:
            if key not in known:
                near = get_close_matches(str(key), known.keys() - value.keys(), 1)
                misspelt.update(near)
                meant = f"; do you mean '{near[0]}'?" if near else "; known are " + ", ".join(known)
                yield Problem((*place, str(key)), f"is an unknown key{meant}")
        for key in required:
            if value.get(key) is None and key not in misspelt:
                yield Problem((*place, key), "is empty" if key in value else "is missing")
        for key, rule in known.items():
            if value.get(key) is not None:
                yield from rule((*place, key), value[key])
            elif key in value and key not in required:
                yield Problem((*place, key), "is empty; leave the key out, or give it a value")

    return check


def list_of(rule: Rule, *, at_least: int = 0, of: str = "values") -> Rule:
    def check(place: Place, value: Any) -> Iterator[Problem]:
        if not isinstance(value, list | tuple):
            yield wrong(place, value, f"a list of {of}, in square brackets or a line each")
        elif len(value) < at_least:
            yield Problem(place, f"is an empty list; it needs at least one of its {of}")
        else:
            for number, each in enumerate(value):
                yield from rule((*place, number), each)

    return check


def text(longest: int = LONGEST_TEXT, *, lines: bool = False) -> Rule:
    def check(place: Place, value: Any) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield wrong(place, value, "a text; put it in quotes")
        elif not value.strip():
            yield Problem(place, "is an empty text")
        elif len(value) > longest:
            yield Problem(place, f"is {len(value):,} characters long; at most {longest:,} are accepted")
        elif not (value.replace("\n", "") if lines else value).isprintable():
            yield wrong(place, value, "a text of printable characters")

    return check


def slug(place: Place, value: Any) -> Iterator[Problem]:
    if not (isinstance(value, str) and SLUG.fullmatch(value)):
        yield wrong(place, value, "a name of at most 60 lower-case letters, digits, _ and -, a letter first")


def must_be_one_of(*choices: str) -> Rule:
    def check(place: Place, value: Any) -> Iterator[Problem]:
        if value not in choices:
            yield wrong(place, value, " or ".join(choices))

    return check


def must_be_whole(lowest: int, highest: int) -> Rule:
    def check(place: Place, value: Any) -> Iterator[Problem]:
        # To Python, true is a whole number.
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            yield wrong(place, value, f"a whole number from {lowest} to {highest}")

    return check


def yes_or_no(place: Place, value: Any) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield wrong(place, value, "true or false")


def calendar_date(place: Place, value: Any) -> Iterator[Problem]:
    try:
        if not DATE.fullmatch(str(value)):
            raise ValueError
        date.fromisoformat(str(value))
    except ValueError:
        yield wrong(place, value, "a date of the calendar such as 2018-12-31")


def code_range(pattern: re.Pattern[str], kind: str) -> Rule:
    """One code or a range of codes, the lower first."""

    def check(place: Place, value: Any) -> Iterator[Problem]:
        ends = None if isinstance(value, bool) else pattern.fullmatch(str(value))
        if ends is None:
            yield wrong(place, value, kind)
        elif ends[2] and ends[2] < ends[1]:
            yield Problem(
                place,
                f"is the reversed range {value!r}: no code lies in it; write {ends[2]}-{ends[1]}",
                str(value),
            )

    return check


def in_order(rule: Rule) -> Rule:
    """The same mapping, and its first year not after its last."""

    def check(place: Place, value: Any) -> Iterator[Problem]:
        found = list(rule(place, value))
        yield from found
        if found or not {"first_year", "last_year"} <= value.keys():
            return
        first, last = value["first_year"], value["last_year"]
        if last < first:
            yield Problem((*place, "last_year"), f"is {last}, before first_year {first}", str(last))

    return check


def rising(place: Place, values: list[int]) -> Iterator[Problem]:
    for number, (before, value) in enumerate(itertools.pairwise(values), start=1):
        if value <= before:
            yield Problem((*place, number), f"is {value}, which does not rise from {before}", str(value))


def once(place: Place, values: list[Any]) -> Iterator[Problem]:
    for number, value in enumerate(values):
        if value in values[:number]:
            yield Problem((*place, number), f"is {value}, which stands there twice", str(value))
