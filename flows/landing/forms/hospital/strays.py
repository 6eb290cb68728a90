"""Rows among a hospital's patients that are none: totals below a table, the header once more."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from flows.errors import InputRefused
from flows.landing.forms.hospital.cells import NumberedRow
from flows.landing.forms.hospital.mapping import one_line
from flows.landing.vocabulary import Column

HEADER = ("repeated_header", "the header of the table once more")
TOTAL = ("total_row", "a total: the word for one stands in the place of the patient number")
# Nothing else may stand beside the word but a count: SUM-006 and Sum Lee are patients.
WORD_FOR_TOTAL = re.compile(
    r"(?i)\W*(?:(?:grand |sub)?totals?|sum|summe|gesamt|insgesamt|somme|totaal|mean|average|mittelwert|median"
    r"|合计|总计|小计|总数|平均)\W*(?:[:=(]\W*\d[\d.,]*\W*)?"
)


def find_strays(
    rows: Iterable[NumberedRow], columns: Sequence[Column], asked: Collection[str], file: str
) -> Mapping[int, tuple[str, str]]:
    """Line of each such row -> code and reason of its reject.

    asked  the headers by which the table is recognised

    Whatever else stands in place of a patient number may be one, and lands.
    Raises InputRefused IN-25 for another header within the table: the rows below it have other columns.
    """
    headers = [column.header for column in columns]
    told_by = {header for header in headers if one_line(header) in asked}
    key = next(column.position - 1 for column in columns if column.name == "patient_key")
    strays: dict[int, tuple[str, str]] = {}
    for line, cells in rows:
        if len(cells) != len(columns):
            continue
        if told_by and told_by.issubset(cells) and is_header(cells, headers):
            if any(cells[place].strip() != header for place, header in enumerate(headers) if header):
                raise other_header(line, file)
            strays[line] = HEADER
        elif WORD_FOR_TOTAL.fullmatch(cells[key]):
            strays[line] = TOTAL
    return strays


def is_header(cells: Sequence[str], headers: Collection[str]) -> bool:
    """Whether most of the cells that are filled in are headers."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return 2 * sum(cell in headers for cell in filled) > len(filled)


def other_header(line: int, file: str) -> InputRefused:
    return InputRefused(
        "IN-25",
        "The table has a second header here, with its columns in another order or with others",
        file=file,
        line=line,
        remedy="Two tables were joined: save what stands below this line, with its header, as a file of its "
        "own, and load both.",
    )
