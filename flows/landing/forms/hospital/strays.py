"""Rows among a hospital's patients that are none: totals and notes below a table, the header once more."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from flows.errors import InputRefused
from flows.landing.forms.hospital.cells import NumberedRow
from flows.landing.forms.hospital.mapping import one_line
from flows.landing.vocabulary import Column

HEADER = ("repeated_header", "the header of the table once more")
NO_PATIENT = ("not_a_patient", "no date, and a number unlike those of patients: a total or a note")
FEWEST_DIGITS = 4  # of a date; a count in its place has fewer
MOST_ALIKE = 20  # more rows with one kind of number are patients
MOST_KINDS = 10_000  # of numbers, in a table in which no number is like another
# Where patients have names or initials for numbers, the word alone tells.
TOTAL = re.compile(
    r"(?i)\W*(?:(?:grand |sub)?totals?|sum|summe|gesamt|insgesamt|somme|totaal|mean|average|mittelwert"
    r"|合计|总计|小计|总数|平均)(?:[\W\d].*)?"
)


def find_strays(
    rows: Iterable[NumberedRow], columns: Sequence[Column], asked: Collection[str], file: str
) -> Mapping[int, tuple[str, str]]:
    """Line of each such row -> code and reason of its reject.

    asked  the headers by which the table is recognised

    A row is no patient's where none of its dates is filled in, and its number is made otherwise than that of
    any patient with a date. A word in another cell still speaks for a patient, if the number has a digit or
    other patients' numbers have none. Where no date is delivered at all, only the word for a total tells.
    Raises InputRefused IN-25 for another header within the table: the rows below it have other columns.
    """
    headers = [column.header for column in columns]
    told_by = {header for header in headers if one_line(header) in asked}
    key = next(column.position - 1 for column in columns if column.name == "patient_key")
    dates = [column.position - 1 for column in columns if column.is_known and column.name.endswith("_date")]
    others = [place for place, column in enumerate(columns) if column.header and place != key]
    strays: dict[int, tuple[str, str]] = {}
    kinds: set[str] = set()
    dateless: dict[str, list[tuple[int, bool]]] = {}
    for line, cells in rows:
        if len(cells) != len(columns):
            continue
        if told_by and told_by.issubset(cells) and is_header(cells, headers):
            if any(cells[place].strip() != header for place, header in enumerate(headers) if header):
                raise other_header(line, file)
            strays[line] = HEADER
        elif not (number := cells[key].strip()):
            continue
        elif any(sum(map(str.isdigit, cells[place])) >= FEWEST_DIGITS for place in dates):
            if len(kinds) < MOST_KINDS:
                kinds.add(kind_of(number))
        elif TOTAL.fullmatch(number):
            strays[line] = NO_PATIENT
        elif len(rows_alike := dateless.setdefault(kind_of(number), [])) <= MOST_ALIKE:
            has_word = any(any(map(str.isalpha, cells[place])) for place in others)
            rows_alike.append((line, has_word))
    if kinds and len(kinds) < MOST_KINDS:
        have_digits = all("9" in kind for kind in kinds)
        for kind, rows_alike in dateless.items():
            if kind not in kinds and len(rows_alike) <= MOST_ALIKE:
                is_unlike = have_digits and "9" not in kind
                strays |= {line: NO_PATIENT for line, has_word in rows_alike if is_unlike or not has_word}
    return strays


def kind_of(number: str) -> str:
    """How a patient's number is made: HM-017 and AB-3 as A-9."""
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "A", number))


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
