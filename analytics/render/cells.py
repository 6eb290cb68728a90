"""Texts that know which numbers of the results they show, from the moment they are made.

    of(with_limits(term.hr, term.hr_ci), term, "hr", "hr_ci")        a cell, of three numbers of one row
    fill("{} of them against {} expected", observed, expected)       a sentence of cells

A cell is a str, so that whoever only wants words need not know of the rest. A number is held as its row and
the path of fields below it; the row's place in results.json is looked up once the whole results are known
(`analytics.places.rows`), so that nobody writes a place by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any

STEP = re.compile(r"(\w+)|\[(\d+)\]")
BLANK = re.compile(r"(?<!;) ")
FIELD = re.compile(r"\{\}")


@dataclass(frozen=True, slots=True)
class Number:
    """One value of the results: the row that holds it, and the fields that lead to it, as in "hr_ci[0]".

    beside  of a number that a paper prints, its counterpart in the same row of the table
    """

    row: Any
    path: str
    beside: Number | None = None

    @property
    def value(self) -> Any:
        return follow(self.row, self.path)


@dataclass(frozen=True, slots=True)
class Computed:
    """A value that the page works out from numbers of the results.

    words   say what it is
    sum     how, in the language of `analytics.published_numbers.expressions`, with {} for each of `of`;
            empty where that cannot say it, as of a number of rows
    """

    value: int | float
    words: str
    sum: str = ""
    of: tuple[Number, ...] = ()


def computed(value: float, words: str, sum: str, row: Any, *paths: str) -> Computed:
    """As in computed(100 * 10 / 18, "Percentage", "100 * {} / {}", row, "n_with", "denominator_with")."""
    return Computed(value, words, sum, tuple(Number(row, path) for path in paths))


class Cell(str):
    """A text and the numbers it shows; `parts` where it is a sentence of cells."""

    numbers: tuple[Number | Computed, ...]
    parts: tuple[str, ...]

    def __new__(
        cls, text: str, numbers: tuple[Number | Computed, ...] = (), parts: tuple[str, ...] = ()
    ) -> Cell:
        cell = super().__new__(cls, text)
        cell.numbers, cell.parts = numbers, parts
        return cell


def of(text: str, row: Any, *paths: str | Computed) -> Cell:
    """A text that shows these fields of a row of the results; a pair of limits counts as two numbers.

    row    a frozen row, or a dictionary of the results; None where there is nothing to show
    paths  fields, and fields of fields: "n", "latency.median", "at_ci.120"
    """
    if row is None:
        return Cell(text)
    return Cell(text, tuple(number for path in paths for number in _numbers(row, path)))


def both(*cells: str, text: str) -> Cell:
    """A text that shows the numbers of several rows at once, those of each cell in order."""
    return Cell(text, tuple(number for cell in cells for number in numbers(cell)))


def fill(pattern: str, *cells: str) -> Cell:
    """The pattern with each {} replaced by a cell, which stays one."""
    between = FIELD.split(pattern)
    parts = [between[0]]
    for cell, text in zip(cells, between[1:], strict=True):
        parts += [cell, text]
    return join(*parts)


def join(*cells: str, between: str = "") -> Cell:
    """Texts and cells one after the other; each cell stays one."""
    parts: list[str] = []
    for cell in cells:
        if parts and between:
            parts.append(between)
        parts += getattr(cell, "parts", ()) or (cell,)
    known = tuple(number for part in parts for number in numbers(part))
    return Cell("".join(parts), known, tuple(part for part in parts if part))


def unbroken(text: str) -> Cell:
    """The text for a page, whose lines break between values, after "; ", and not within one."""
    parts = getattr(text, "parts", ()) or (text,)
    return join(*(Cell(BLANK.sub("\u00a0", part), numbers(part)) for part in parts))


def numbers(text: str) -> tuple[Number | Computed, ...]:
    """The numbers that a text shows, if it is a cell."""
    return text.numbers if isinstance(text, Cell) else ()


def _numbers(row: Any, path: str | Computed) -> tuple[Number | Computed, ...]:
    if isinstance(path, Computed):
        return (path,)
    if isinstance(follow(row, path), tuple):
        return Number(row, f"{path}[0]"), Number(row, f"{path}[1]")
    return (Number(row, path),)


def follow(row: Any, path: str) -> Any:
    """What stands below a row; None where one of the fields on the way is None or not there."""
    here = row
    for match in STEP.finditer(path):
        key, at = match.groups()
        if here is None:
            return None
        if at is not None:
            here = here[int(at)]
        elif is_dataclass(here):
            here = getattr(here, key)
        elif isinstance(here, Mapping):
            here = here.get(key)
    return here
