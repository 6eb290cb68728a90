"""Are the values of a delivery known? Labels by vocabulary and dictionary, numbers by their form.

Only the distinct values of a column are looked at, so the cost does not grow with the rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

import duckdb

from flows.errors import InputRefused
from flows.landing.forms.delivery import CheckedFile, identifier, literal
from flows.landing.forms.seer_listing import value_labels
from flows.landing.forms.seer_listing.value_labels import ValueLabels
from flows.landing.vocabulary import BLANK_LABEL, Column, normalised, vocabulary
from flows.terminal.wording import counted

MOST_LISTED = 40
# NAACCR dates that times are computed from: YYYY, YYYYMM or YYYYMMDD, with 0s or 9s for what is unknown.
DATES = frozenset(["date_of_birth", "date_of_diagnosis", "date_of_last_contact"])

Found = tuple[str, int, int]  # value, first line, how often


def refuse_foreign_labels(connection: duckdb.DuckDBPyConnection, table: str, file: CheckedFile) -> None:
    """Labels must be among those that the export's own dictionary lists, where it lists any (IN-14)."""
    for column in file.columns:
        labels = file.header.get("formats", {}).get(column.header)
        if not labels:
            continue
        explained, blank = value_labels.read(labels), blanks(file)

        def fits(value: str, explained: ValueLabels = explained, blank: set[str] = blank) -> bool:
            return normalised(value) in blank or explained.hold(value)

        for value, line, count in unfit(connection, table, file, column, fits):
            raise InputRefused(
                "IN-14",
                f"The dictionary has no such value in this column ({counted(count, 'line')})",
                file=file.content.name,
                line=line,
                column=column.header,
                value=value,
            )


def refuse_unknown(
    connection: duckdb.DuckDBPyConnection, table: str, files: Sequence[CheckedFile], form: str
) -> None:
    """Every label must be in the vocabulary (IN-19), every number a number (IN-26); all others are listed.

    `form` says whether coded columns hold "labels" or "codes".
    """
    unknown = [
        (file, column, finding)
        for file in files
        for column in file.columns
        if (fits := test_of(connection, column, blanks(file), form)) is not None
        for finding in unfit(connection, table, file, column, fits)
    ]
    if not unknown:
        return
    is_label = [is_coded(column) for _, column, _ in unknown]
    # Labels first: a mistyped number is one cell, and an unknown label may be a new release.
    unknown.sort(key=lambda each: not is_coded(each[1]))
    told_file = len({file.content.name for file, _, _ in unknown}) > 1
    more = f"; and {len(unknown) - MOST_LISTED} more" if len(unknown) > MOST_LISTED else ""

    def what(with_value: bool) -> str:
        listed = "; ".join(describe_finding(*each, told_file, with_value) for each in unknown[:MOST_LISTED])
        return (
            f"{counted(len(unknown), 'value is', 'values are')} not known to the vocabulary: {listed}{more}"
        )

    first = unknown[0][0]
    file, column, (value, line, _) = min(
        (each for each in unknown if each[0] is first), key=lambda each: each[2][1]
    )
    raise InputRefused(
        "IN-19" if any(is_label) else "IN-26",
        what(with_value=False),
        what_by_hand=what(with_value=True),
        file=file.content.name,
        line=line,
        column=column.header,
        value=value,
    )


def is_coded(column: Column) -> bool:
    meaning = vocabulary().columns.get(column.name) if column.is_known else None
    return meaning is not None and meaning.is_coded


def test_of(
    connection: duckdb.DuckDBPyConnection, column: Column, blank: set[str], form: str
) -> Callable[[str], bool] | None:
    """What a value of the column must pass; None for open and unknown columns."""
    if column.name in DATES:
        return is_date
    meaning = vocabulary().columns.get(column.name) if column.is_known else None
    if meaning is None:
        return None
    if meaning.is_coded:
        return is_among(words(connection, meaning.name, form) | blank)
    if meaning.pattern is None:
        return None
    pattern = re.compile(meaning.pattern, re.IGNORECASE | re.ASCII)
    return lambda text: normalised(text) in blank or pattern.fullmatch(text.strip()) is not None


def is_date(text: str) -> bool:
    """Whether a NAACCR date is blank, unknown, partial or in the calendar."""
    digits = text.strip()
    if not digits or set(digits) <= {"0"} or set(digits) <= {"9"}:
        return True
    if not re.fullmatch(r"\d{4}(\d\d){0,2}", digits, re.ASCII):
        return False
    year, month, day = digits[:4], digits[4:6].replace("99", ""), digits[6:].replace("99", "")
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return False
    return bool(month) or not day


def is_among(known: set[str]) -> Callable[[str], bool]:
    """The test of being, normalised, one of the known words."""
    return lambda text: normalised(text) in known


def words(connection: duckdb.DuckDBPyConnection, column: str, form: str) -> set[str]:
    """The vocabulary's labels or codes of a column, those of overlays with them."""
    is_form = "like '% codes'" if form == "codes" else "not like '% codes'"
    rows = connection.execute(
        f"select label from raw.vocabulary where column_name = ? and vocabulary_version {is_form}", [column]
    ).fetchall()
    return {label for (label,) in rows}


def blanks(file: CheckedFile) -> set[str]:
    """What stands for nothing at all in this file."""
    return {"", BLANK_LABEL, normalised(file.header.get("missing_character", ""))}


def unfit(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    file: CheckedFile,
    column: Column,
    fits: Callable[[str], bool],
) -> list[Found]:
    """The column's values that do not pass, in the order of their first line."""
    cell = identifier(column.name)
    here = f"from raw.{table} where load_id = {literal(file.load_id)} and {cell} is not null"
    distinct = connection.execute(f"select distinct {cell} {here}").fetchall()
    bad = [value for (value,) in distinct if not fits(value)]
    return first_lines(connection, cell, here, bad) if bad else []


def first_lines(
    connection: duckdb.DuckDBPyConnection, cell: str, here: str, bad: Sequence[str]
) -> list[Found]:
    return connection.execute(
        f"select {cell}, min(source_line), count(*) {here} and list_contains(?, {cell}) "
        "group by 1 order by 2",
        [list(bad)],
    ).fetchall()


def describe_finding(
    file: CheckedFile, column: Column, finding: Found, with_file: bool, with_value: bool
) -> str:
    value, line, count = finding
    shown = f"{value if len(value) <= 60 else value[:57] + '...'!r} in " if with_value else "one in "
    where = f" of {file.content.name}" if with_file else ""
    # What an overlay calls the column.
    ours = f", column_name {column.name}" if is_coded(column) else ""
    return f"{shown}{column.header!r}{ours} (first on line {line:,}{where}, {counted(count, 'time')})"
