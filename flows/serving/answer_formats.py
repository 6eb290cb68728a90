"""The rows of an answer as text, a piece at a time: however long it is, only a piece is in memory."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from flows.errors import UsageError

ROWS_ON_SCREEN = 200
WIDEST_CELL = 60
ENCODE = json.JSONEncoder(ensure_ascii=False, default=str, allow_nan=False).encode

Rows = Sequence[tuple[Any, ...]]


def as_table(columns: Sequence[str], batches: Iterator[Rows]) -> Iterator[str]:
    """Aligned columns, numbers to the right; says when there is more."""
    rows = chain.from_iterable(batches)
    shown = list(islice(rows, ROWS_ON_SCREEN))
    texts = [[cell(value) for value in row] for row in shown]
    names = [cell(name) for name in columns]
    widths = [max([len(name), *(len(row[i]) for row in texts)]) for i, name in enumerate(names)]
    is_number = [any(isinstance(row[i], int | float) for row in shown) for i in range(len(columns))]

    def line(values: Sequence[str]) -> str:
        aligned = zip(values, widths, is_number, strict=True)
        return "  ".join(
            text.rjust(width) if right else text.ljust(width) for text, width, right in aligned
        ).rstrip()

    lines = [line(names), "  ".join("-" * width for width in widths), *map(line, texts)]
    if next(rows, None) is not None:
        lines.append(f"(the first {ROWS_ON_SCREEN} rows; --format csv gives all)")
    else:
        lines.append(f"({len(shown)} {'row' if len(shown) == 1 else 'rows'})")
    yield "\n".join(lines) + "\n"


def cell(value: Any) -> str:
    """One value on a screen: what would move the cursor is shown as an escape."""
    if value is None:
        return "NULL"
    # Cut first: a value may be a gigabyte long.
    begins = (value if isinstance(value, str) else str(value))[: WIDEST_CELL + 1]
    text = "".join(
        letter if letter.isprintable() or letter == "\u00a0" else repr(letter)[1:-1] for letter in begins
    )
    return text if len(text) <= WIDEST_CELL else text[: WIDEST_CELL - 1] + "…"


def as_csv(columns: Sequence[str], batches: Iterator[Rows]) -> Iterator[str]:
    """Comma-separated with a header; NULL is an empty cell."""
    first = next(batches, ())
    for rows in chain([[tuple(columns)], first], batches):
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        yield text.getvalue()


def as_json(columns: Sequence[str], batches: Iterator[Rows]) -> Iterator[str]:
    """A list of objects, one a row; dates and decimals as texts."""
    before = "["
    for rows in batches:
        for row in rows:
            yield before + "\n " + as_object(columns, row)
            before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def as_object(columns: Sequence[str], row: tuple[Any, ...]) -> str:
    named = dict(zip(columns, row, strict=True))
    try:
        cells = [f"  {ENCODE(name)}: {ENCODE(value)}" for name, value in named.items()]
    except ValueError:
        raise UsageError(
            "SQL-07",
            "A value is infinite or not a number, and JSON has no word for either",
            unchanged="",
        ) from None
    return "{\n" + ",\n".join(cells) + "\n }"


FORMATS: dict[str, Callable[[Sequence[str], Iterator[Rows]], Iterator[str]]] = {
    "table": as_table,
    "csv": as_csv,
    "json": as_json,
}
