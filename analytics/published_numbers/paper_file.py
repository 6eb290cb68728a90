"""A paper's printed numbers, read strictly from a CSV file: what cannot be read is refused with its place."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics.published_numbers.expressions import PLACE, NotThere, Recomputed, recompute

COLUMNS = ("id", "where", "what", "printed", "expression", "note")
MUST_BE_FILLED = ("id", "where", "what", "printed")
PRINTED = re.compile(r"[<>]?-?(\d+(\.\d*)?|\.\d+)")
PATH = re.compile(r"\w+(\.\w+|\[(\d+|[^\[\]=,]+=[^\[\],]*(,[^\[\]=,]+=[^\[\],]*)*)\])*")
MOST_BYTES, LONGEST_EXPRESSION = 5_000_000, 1_000


class PaperFileRefused(ValueError):
    """What is wrong, where, and what to do; `line` counts as an editor does."""

    def __init__(
        self,
        what: str,
        remedy: str,
        *,
        line: int | None = None,
        column: str | None = None,
        value: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy
        self.line, self.column, self.value = line, column, value


@dataclass(frozen=True, slots=True)
class Row:
    """One printed number and the line on which it begins."""

    line: int
    cells: dict[str, str]


def read(paper_file: Path) -> tuple[Row, ...]:
    """The rows of the file, each cell stripped; blank lines are skipped. Raises PaperFileRefused."""
    with paper_file.open("rb") as stream:
        content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise PaperFileRefused(
            "This file is too long for the numbers of a paper", "Keep one file for each paper."
        )
    records = _records(_decoded(content))
    header_line, header = next(records, (1, []))
    header = [name.strip() for name in header]
    _check_header(header_line, header)
    rows = tuple(Row(line, _cells(line, header, record)) for line, record in records if any(record))
    if not rows:
        raise PaperFileRefused("The file has a header and no row", "Add a row for each printed number.")
    seen: dict[str, int] = {}
    for row in rows:
        _check(row)
        if (first := seen.setdefault(row.cells["id"], row.line)) != row.line:
            raise PaperFileRefused(
                f"The id stands on line {first} already", "Give each printed number an id of its own.",
                line=row.line, column="id", value=row.cells["id"],
            )  # fmt: skip
    return rows


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise PaperFileRefused(
            "A byte here is not UTF-8", "Save the file as “CSV UTF-8”.",
            line=line, value=repr(content[problem.start : problem.end]),
        ) from None  # fmt: skip
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise PaperFileRefused("This is not a text file", "Save the file as CSV.", line=line)
    return text


def _records(text: str):
    """Each CSV record with the line it begins on; a quoted cell may span lines."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            raise PaperFileRefused(
                f"This is not CSV: {problem}", "Close every quotation mark; double those inside a cell.",
                line=line,
            ) from None  # fmt: skip


def _check_header(line: int, header: list[str]) -> None:
    template = "analytics/published_numbers/template.csv"
    remedy = f"The first line is: {','.join(COLUMNS)}. Begin with a copy of {template}."
    for name in header:
        if name not in COLUMNS or header.count(name) > 1:
            what = (
                "The header names a column twice" if name in COLUMNS else "The header has an unknown column"
            )
            raise PaperFileRefused(what, remedy, line=line, value=name)
    if missing := [name for name in COLUMNS if name not in header]:
        raise PaperFileRefused(f"The header lacks {', '.join(missing)}", remedy, line=line)


def _cells(line: int, header: list[str], record: list[str]) -> dict[str, str]:
    if len(record) != len(header):
        raise PaperFileRefused(
            f"This row has {len(record)} cells under {len(header)} headings",
            "Put cells that hold a comma into double quotation marks; leave an empty cell empty.",
            line=line,
        )
    return dict(zip(header, (cell.strip() for cell in record), strict=True))


def _check(row: Row) -> None:
    for column in MUST_BE_FILLED:
        if not row.cells[column]:
            raise PaperFileRefused(
                "This cell is empty", f"Every printed number has its {', '.join(MUST_BE_FILLED)}.",
                line=row.line, column=column, value="",
            )  # fmt: skip
    printed = row.cells["printed"]
    if not PRINTED.fullmatch(printed):
        raise PaperFileRefused(
            "A printed number is digits with at most one point, and perhaps < or > before it",
            "Leave out thousands separators, units and percent signs (they go into `what`); "
            "write each limit of an interval as a row of its own.",
            line=row.line, column="printed", value=printed,
        )  # fmt: skip
    expression = row.cells["expression"]
    if len(expression) > LONGEST_EXPRESSION:
        raise _not_an_expression(row, f"longer than {LONGEST_EXPRESSION} characters")
    for place in PLACE.findall(expression):
        if not PATH.fullmatch(place):
            raise _not_an_expression(row, f"{place!r} is not a place in the results")
    # A place stands for a number that is not known yet; any will show whether the rest can be read.
    _recomputed(row, PLACE.sub("1.5", expression), {}, with_stand_ins=bool(PLACE.search(expression)))


def recomputed(row: Row, results: dict[str, Any]) -> Recomputed | None:
    """The value of a row's expression; None where it has none, or where the results have no such place.

    Raises PaperFileRefused, with the line, for what cannot be computed.
    """
    return _recomputed(row, row.cells["expression"], results)


def _recomputed(
    row: Row, expression: str, results: dict[str, Any], *, with_stand_ins: bool = False
) -> Recomputed | None:
    if not expression:
        return None
    try:
        return recompute(expression, results)
    except NotThere:
        return None
    except (ValueError, ArithmeticError, RecursionError, MemoryError) as wrong:
        # With stand-ins a division by zero, say, is no fault of the expression; its words are.
        if (
            with_stand_ins
            and not isinstance(wrong.__cause__, SyntaxError)
            and "may not say" not in str(wrong)
        ):
            return None
        raise _not_an_expression(row, str(wrong)) from None


def _not_an_expression(row: Row, why: str) -> PaperFileRefused:
    return PaperFileRefused(
        f"This expression cannot be computed ({why[:200]})",
        "Numbers, lists, + - * /, functions of docs/printed_numbers.md and {places in results} are "
        "understood; "
        "leave the cell empty for a number that cannot be recomputed.",
        line=row.line, column="expression", value=row.cells["expression"],
    )  # fmt: skip
