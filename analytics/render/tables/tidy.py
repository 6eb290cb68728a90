"""A table with one value a column, for programs: the numbers that its cells show, at full precision.

A cell such as "1.76 (1.04 to 2.97)" is three columns here: its value, lower and upper. What a cell shows as
a percentage or of 100,000 people is so here. A cell that has words where its column has numbers, or has place
for them only, says them in the last column, the notes.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from analytics.render.cells import Computed, Number, numbers
from analytics.render.formats import NOTHING
from analytics.render.printed_values import as_printed
from analytics.render.tables.table import MARK, Table

GROUP, NOTE = "section", "note"
LIMITS = {"[0]": "lower", "[1]": "upper"}
WORDS = {
    "cases_given": "given it",
    "cases_no_unknown": "recorded “No/Unknown”",
    "cases_yes": "recorded “Yes”",
    "denominator_with": "known",
    "denominator_without": "known",
    "events": "second primaries",
    "max": "maximum",
    "min": "minimum",
    "n": "people",
    "n_index": "people",
    "n_draws": "draws",
    "n_index_at_risk": "people",
    "n_male": "men",
    "n_possible": "possible draws",
    "n_second": "second primaries",
    "n_second_left_out": "outside the window",
    "n_survival_known": "survival known",
    "n_with": "n",
    "n_without": "n",
    "observed": "second primaries",
    "p10": "10th percentile",
    "p50": "median of simulations",
    "p90": "90th percentile",
    "ppv": "predictive value",
    "sd": "SD",
}
"""Of a field, below a heading that says of whom or of what; a field that is not here is its own word."""
SHOWN = re.compile(r"\d[\d,]*(?:\.(\d+))?")
P_DECIMALS = 3
UNITS = {1: "", 100: "%", 100_000: "per 100,000"}
"""By what a cell multiplies a number of the results before it shows it."""

ABOUT = "~"
"""Before a count that is shown rounded; no number of the column says so."""

Value = str | int | float | None


class Slot(NamedTuple):
    """A place for one number of the cells of a column.

    kind     "value", "lower", "upper" or "P"
    field    of the results in words, where cells of the column show several values; else empty
    place    the first in a cell is 1
    beside   column of the counterpart, of what a paper prints
    """

    column: int
    kind: str
    field: str
    place: int
    beside: int | None = None


Placed = list[tuple[Slot, Number | Computed]]


@dataclass(slots=True)
class Shown:
    """How the cells show the numbers of a slot: with how many decimals, and multiplied by what."""

    decimals: int
    times: set[int]


@dataclass(frozen=True, slots=True)
class TidyTable:
    """Columns with their names, and for each the decimals with which the report shows it; None of words."""

    columns: tuple[str, ...]
    decimals: tuple[int | None, ...]
    rows: tuple[tuple[Value, ...], ...]


def tidy(table: Table) -> TidyTable:
    """The table's rows, each with the heading of its group; rows that are only a heading are none."""
    placed = numbers_in(table)
    slots = _slots(table, placed)
    has_numbers = {slot.column for slot in slots}
    words = [at for at in range(len(table.columns)) if at not in has_numbers]
    rows, notes, group = [], [], ""
    multiplied = shown_times(table.rows, placed)
    for at, row in enumerate(table.rows):
        if at in table.groups:
            group = str(row[0])
            if not any(row[1:]):
                continue
        values = {
            slot: _plain(number, times)
            for (slot, number), times in zip(placed[at], multiplied[at], strict=True)
        }
        in_words = ("" if row[column] == NOTHING else str(row[column]) for column in words)
        rows.append((group, *in_words, *(values.get(slot) for slot in slots)))
        notes.append("; ".join(_noted(table, row, has_numbers)))
    names = [
        GROUP,
        *(table.columns[at] for at in words),
        *(_name(table, slot, slots) for slot in slots),
        NOTE,
    ]
    decimals = [
        *[None] * (1 + len(words)),
        *(shown.decimals for shown in slots.values()),
        None,
    ]
    last = len(names) - 1
    keep = [*([0] if table.groups else []), *range(1, last), *([last] if any(notes) else [])]
    full = [(*row, note) for row, note in zip(rows, notes, strict=True)]
    return TidyTable(
        _distinct([names[at] for at in keep]),
        tuple(decimals[at] for at in keep),
        tuple(tuple(row[at] for at in keep) for row in full),
    )


def to_csv(table: Table, *, synthetic: bool) -> str:
    """One value a column. Synthetic rows say so in a last column."""
    made, out = tidy(table), io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*made.columns, "data"] if synthetic else made.columns)
    for row in made.rows:
        cells = [_not_a_formula(cell) if isinstance(cell, str) else cell for cell in row]
        writer.writerow([*cells, "synthetic"] if synthetic else cells)
    return out.getvalue()


def numbers_in(table: Table) -> list[Placed]:
    """Of each row every number that it shows, with its place; a first column that is text names the row."""
    columns = range(0 if 0 in table.numeric else 1, len(table.columns))
    has_several = {at for at in columns for row in table.rows if _n_values(row[at]) > 1}
    return [list(_placed(row, columns, has_several, table.numeric)) for row in table.rows]


def _placed(
    row: tuple[str, ...], columns: range, has_several: set[int], numeric: frozenset[int]
) -> Iterator[tuple[Slot, Number | Computed]]:
    known: dict[int, Slot] = {}
    for column in columns:
        seen: dict[tuple[str, str], int] = {}
        for number in numbers(row[column]):
            if isinstance(number.value, str) and column not in numeric:
                continue
            counterpart = known.get(id(number.beside)) if isinstance(number, Number) else None
            if counterpart:
                yield counterpart._replace(column=column, beside=counterpart.column), number
                continue
            kind = _kind(number)
            key = (kind, _in_words(_field(number)) if kind == "value" and column in has_several else "")
            seen[key] = seen.get(key, 0) + 1
            known[id(number)] = Slot(column, *key, seen[key])
            yield known[id(number)], number


def _n_values(cell: str) -> int:
    return sum(_kind(number) == "value" for number in numbers(cell))


def _field(number: Number | Computed) -> str:
    return number.words if isinstance(number, Computed) else number.path.split(".")[-1]


def _slots(table: Table, placed_in: list[Placed]) -> dict[Slot, Shown]:
    """All places of numbers, in the order of the columns; one of a column for numbers that shows none."""
    found: dict[Slot, Shown] = {}
    for row, placed, multiplied in zip(
        table.rows, placed_in, shown_times(table.rows, placed_in), strict=True
    ):
        for (slot, number), times, text in zip(placed, multiplied, _texts(row, placed), strict=True):
            shown = found.setdefault(slot, Shown(0, set()))
            if slot.kind == "P":
                shown.decimals = P_DECIMALS
            elif text is not None and number.value:
                shown.decimals = max(shown.decimals, len(text.partition(".")[2]))
                shown.times.add(times)
    for column in table.numeric - {slot.column for slot in found}:
        if not any(SHOWN.search(row[column]) for row in table.rows):
            found[Slot(column, "value", "", 1)] = Shown(0, set())
    return dict(sorted(found.items(), key=lambda of: of[0].column))


def shown_times(rows: Sequence[tuple[str, ...]], placed_in: list[Placed]) -> list[list[int]]:
    """By what each number is multiplied before its cell shows it: 1, 100 or 100,000.

    Where the digits of a cell fit none of these or several, as "0.0" does, it is as in the rest of its slot.
    A P is never multiplied.
    """
    fitting = [
        [
            set() if slot.kind == "P" or text is None else _fitting(number.value, text)
            for (slot, number), text in zip(placed, _texts(row, placed), strict=True)
        ]
        for row, placed in zip(rows, placed_in, strict=True)
    ]
    sure: dict[Slot, set[int]] = {}
    for placed, each in zip(placed_in, fitting, strict=True):
        for (slot, _), times in zip(placed, each, strict=True):
            if len(times) == 1:
                sure.setdefault(slot, set()).update(times)
    usual = {slot: min(times) if len(times) == 1 else 1 for slot, times in sure.items()}
    return [
        [
            min(times) if len(times) == 1 else usual.get(slot, 1) if _is_number(number.value) else 1
            for (slot, number), times in zip(placed, each, strict=True)
        ]
        for placed, each in zip(placed_in, fitting, strict=True)
    ]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _fitting(value: float, text: str) -> set[int]:
    half = 0.51 * 10.0 ** -len(text.partition(".")[2])
    shown = float(text.replace(",", ""))
    return {times for times in UNITS if abs(abs(value) * times - shown) <= half}


def _texts(row: tuple[str, ...], placed: Placed) -> list[str | None]:
    """The digits that show each number of a row; None of one in words, added up, or below what is shown."""
    shown: list[str | None] = []
    for column in dict.fromkeys(slot.column for slot, _ in placed):
        cell = row[column]
        values = [number.value for slot, number in placed if slot.column == column]
        texts = [None if cell[: match.start()].endswith("<") else match[0] for match in SHOWN.finditer(cell)]
        known = [_is_number(value) for value in values]
        each = iter(texts if len(texts) == sum(known) else ())
        shown += [next(each, None) if is_known else None for is_known in known]
    return shown


def _kind(number: Number | Computed) -> str:
    if isinstance(number, Computed):
        return number.words if number.words in LIMITS.values() else "value"
    if number.path[-3:] in LIMITS:
        return LIMITS[number.path[-3:]]
    return "P" if "p_value" in number.path.split(".")[-1] else "value"


def _name(table: Table, slot: Slot, slots: dict[Slot, Shown]) -> str:
    """The column's heading alone, or with what this number of its cells is."""
    heading = table.columns[slot.column]
    if slot.beside is not None:
        return f"{heading}: {_name(table, slot._replace(column=slot.beside, beside=None), slots)}"
    if table.columns.count(heading) > 1:
        heading = f"{table.columns[slot.column - 1]}: {heading}"
    of_column = [each for each in slots if each.column == slot.column]
    details = [slot.kind] if slot.kind != "value" and len(of_column) > 1 else []
    if slot.field and sum(each.kind == "value" for each in of_column) > 1:
        details.insert(0, slot.field)
    alike = [each for each in of_column if each[1:3] == slot[1:3]]
    if len(alike) == 2:
        details.insert(0, "least" if slot == alike[0] else "most")
    if len(slots[slot].times) == 1 and (unit := UNITS[min(slots[slot].times)]) not in heading.lower():
        details.append(unit)
    return f"{heading}: {', '.join(details)}" if details else heading


def _in_words(field: str) -> str:
    words = WORDS.get(field, field.replace("_", " "))
    return words if words[1:2].isupper() else f"{words[0].lower()}{words[1:]}"


def _noted(table: Table, row: tuple[str, ...], has_numbers: set[int]) -> Iterator[str]:
    for column in sorted(has_numbers):
        cell = row[column]
        if MARK in cell:
            yield f"{table.columns[column]}: too few events"
        if cell.startswith(ABOUT) or (cell not in ("", NOTHING) and not numbers(cell)):
            yield f"{table.columns[column]}: {cell}"


def _plain(number: Number | Computed, times: int) -> Value:
    value: Any = number.value
    if isinstance(number, Number) and number.beside is not None:
        return as_printed(number.row)
    return str(value) if isinstance(value, bool) else value * times if times != 1 else value


def _distinct(names: list[str]) -> tuple[str, ...]:
    """Names that stay apart where case does not count, as in SQL."""
    seen: dict[str, int] = {}
    made = []
    for name in names:
        same = name.casefold()
        seen[same] = seen.get(same, 0) + 1
        made.append(name if seen[same] == 1 else f"{name} {seen[same]}")
    return tuple(made)


def _not_a_formula(cell: str) -> str:
    """A spreadsheet runs what begins with these; data never should."""
    risky = cell[:1] in ("=", "@", "\t", "\r") or (
        cell[:1] in "+-" and len(cell) > 1 and not cell[1].isdigit()
    )
    return "'" + cell if risky else cell
