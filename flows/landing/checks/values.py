"""Are the values of a delivery known? Labels by vocabulary and dictionary, numbers by their form.

Only the distinct values of a column are looked at, so the cost does not grow with the rows.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from datetime import date

import duckdb

from flows.errors import InputRefused
from flows.landing.forms.delivery import CheckedFile, identifier, literal
from flows.landing.forms.seer_listing import value_labels
from flows.landing.vocabulary import BLANK_LABEL, Column, normalised, vocabulary
from flows.terminal.wording import counted

MOST_LISTED = 40
# NAACCR dates that times are computed from: YYYY, YYYYMM or YYYYMMDD, with 0s or 9s for what is unknown.
DATES = frozenset(["date_of_birth", "date_of_diagnosis", "date_of_last_contact"])
FIRST_YEAR, LAST_YEAR = 1800, 2100

NEAR = 0.6  # how alike a label and a known one must be for the known one to be named


@dataclass(frozen=True, slots=True)
class Finding:
    """A value of a column that does not fit: its first line, and in how many lines it is."""

    file: CheckedFile
    column: Column
    value: str
    line: int
    count: int


def refuse_foreign_labels(
    connection: duckdb.DuckDBPyConnection, table: str, files: Sequence[CheckedFile]
) -> None:
    """Labels must be among those that the export's own dictionary lists, where it lists any (IN-14)."""
    found = [
        finding
        for file in files
        for column in file.columns
        if is_read(table, column)
        for finding in foreign_labels(connection, table, file, column)
    ]
    if found:
        first = found[0]
        lines = counted(sum(finding.count for finding in found), "line")
        columns = sorted({finding.column.header for finding in found})
        what = "has no such value in this column"
        if len(found) > 1:
            where = f"{counted(len(columns), 'column')}: {'; '.join(columns)}"
            what = f"does not have {len(found):,} values of {where}"
        raise InputRefused(
            "IN-14",
            f"The dictionary {what} ({lines})",
            file=first.file.content.name,
            line=first.line,
            place=first.file.place,
            column=first.column.header,
            value=first.value,
        )


def foreign_labels(
    connection: duckdb.DuckDBPyConnection, table: str, file: CheckedFile, column: Column
) -> list[Finding]:
    """Values of a column that the export's own dictionary does not list, if it lists any."""
    labels = file.header.get("formats", {}).get(column.header)
    if not labels:
        return []
    explained, blank = value_labels.read(labels), blanks(file)
    number = number_pattern(column) if explained.are_words else None

    def fits(value: str) -> bool:
        stands_for_itself = number is not None and number.fullmatch(value.strip()) is not None
        return normalised(value) in blank or explained.hold(value) or stands_for_itself

    return unfit(connection, table, file, column, fits)


def refuse_unknown(
    connection: duckdb.DuckDBPyConnection, table: str, files: Sequence[CheckedFile], form: str
) -> None:
    """Every label must be in the vocabulary (IN-19), every number a number (IN-26); all others are listed.

    `form` says whether coded columns hold "labels" or "codes". Only columns that a model reads are looked at.
    """
    found: dict[tuple[str, str], list[Finding]] = {}
    for file in files:
        for column in file.columns:
            if is_read(table, column):
                for finding in unknown_values(connection, table, file, column, form):
                    found.setdefault((column.header, finding.value), []).append(finding)
    if not found:
        return
    # Labels first: a mistyped number is one cell, and an unknown label may be a new release.
    unknown = sorted(found.values(), key=lambda same: not is_coded(same[0].column))
    more = f"; and {len(unknown) - MOST_LISTED} more" if len(unknown) > MOST_LISTED else ""
    n_coded = sum(is_coded(same[0].column) for same in unknown)
    kinds = ["not known to the vocabulary"] if n_coded else []
    if n_coded < len(unknown):
        kinds.append("no number or date that the column can hold")
    kind = ", or ".join(kinds)

    def what(with_value: bool) -> str:
        listed = "; ".join(
            describe_findings(connection, same, len(files) > 1, with_value, form)
            for same in unknown[:MOST_LISTED]
        )
        return f"{counted(len(unknown), 'value is', 'values are')} {kind}: {listed}{more}"

    earliest = unknown[0][0].file
    first = min((same[0] for same in unknown if same[0].file is earliest), key=lambda finding: finding.line)
    raise InputRefused(
        "IN-19" if is_coded(unknown[0][0].column) else "IN-26",
        what(with_value=False),
        what_by_hand=what(with_value=True),
        file=first.file.content.name,
        line=first.line,
        place=first.file.place,
        column=first.column.header,
        value=first.value,
    )


def unknown_values(
    connection: duckdb.DuckDBPyConnection, table: str, file: CheckedFile, column: Column, form: str
) -> list[Finding]:
    """Values of a column that the vocabulary does not have, or that are no number where one belongs."""
    fits = test_of(connection, column, blanks(file), form)
    return [] if fits is None else unfit(connection, table, file, column, fits)


def describe_unread(connection: duckdb.DuckDBPyConnection, table: str, file: CheckedFile) -> str:
    """The columns that no model reads and that hold unknown values, and how many: "'Grade' (2 values)"."""
    listed = []
    for column in file.columns:
        if not is_read(table, column):
            found = foreign_labels(connection, table, file, column)
            found += unknown_values(connection, table, file, column, "any")
            if n_values := len({finding.value for finding in found}):
                listed.append(f"{column.header!r} ({counted(n_values, 'value')})")
    return ", ".join(listed)


def is_read(table: str, column: Column) -> bool:
    """Whether a dbt model reads a column of a raw table."""
    return column.name in DATES or (column.is_known and column.name not in vocabulary().unread_in(table))


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
        return is_among(words(connection, meaning.name, form).keys() | blank)
    pattern = number_pattern(column)
    if pattern is None:
        return None
    return lambda text: normalised(text) in blank or pattern.fullmatch(text.strip()) is not None


def number_pattern(column: Column) -> re.Pattern[str] | None:
    """What the numbers of a column look like; None where it has codes, or whatever is delivered."""
    meaning = vocabulary().columns.get(column.name) if column.is_known else None
    if meaning is None or meaning.pattern is None:
        return None
    return re.compile(meaning.pattern, re.IGNORECASE | re.ASCII)


def is_date(text: str) -> bool:
    """Whether a NAACCR date is blank, unknown, partial or in the calendar of three centuries."""
    digits = text.strip()
    if not digits or set(digits) <= {"0"} or set(digits) <= {"9"}:
        return True
    if not re.fullmatch(r"\d{4}(\d\d){0,2}", digits, re.ASCII):
        return False
    year, *parts = digits[:4], digits[4:6], digits[6:]
    month, day = ("" if part in ("00", "99") else part for part in parts)
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return False
    return FIRST_YEAR <= int(year) <= LAST_YEAR and (bool(month) or not day)


def is_among(known: Set[str]) -> Callable[[str], bool]:
    """The test of being, normalised, one of the known words."""
    return lambda text: normalised(text) in known


def words(connection: duckdb.DuckDBPyConnection, column: str, form: str) -> dict[str, str]:
    """The vocabulary's labels or codes of a column -> their code, those of overlays with them."""
    forms = {
        "labels": "not like '% codes'",
        "codes": "similar to '.* codes|overlay .*'",
        "any": "is not null",
    }
    rows = connection.execute(
        f"select label, code from raw.vocabulary where column_name = ? and vocabulary_version {forms[form]}",
        [column],
    ).fetchall()
    return dict(rows)


def blanks(file: CheckedFile) -> set[str]:
    """What stands for nothing at all in this file."""
    return {"", BLANK_LABEL, normalised(file.header.get("missing_character", ""))}


def unfit(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    file: CheckedFile,
    column: Column,
    fits: Callable[[str], bool],
) -> list[Finding]:
    """The column's values that do not pass, in the order of their first line."""
    cell = identifier(column.name)
    here = f"from raw.{table} where load_id = {literal(file.load_id)} and {cell} is not null"
    distinct = connection.execute(f"select distinct {cell} {here}").fetchall()
    bad = [value for (value,) in distinct if not fits(value)]
    if not bad:
        return []
    rows = connection.execute(
        f"select {cell}, min(source_line), count(*) {here} and list_contains(?, {cell}) "
        "group by 1 order by 2",
        [bad],
    ).fetchall()
    return [Finding(file, column, value, line, count) for value, line, count in rows]


def describe_findings(
    connection: duckdb.DuckDBPyConnection,
    same: Sequence[Finding],
    with_file: bool,
    with_value: bool,
    form: str,
) -> str:
    """One value of one column, in whatever files it is; for a person at a terminal, what is like it."""
    first = same[0]
    value, header = first.value, first.column.header
    shown = f"{value if len(value) <= 60 else value[:57] + '...'!r} in " if with_value else "one in "
    where = f" of {first.file.content.name}" if with_file else ""
    others = f" and in {counted(len(same) - 1, 'other file')}" if len(same) > 1 else ""
    times = counted(sum(finding.count for finding in same), "time")
    if not is_coded(first.column):
        return f"{shown}{header!r} (first {first.file.at(first.line)}{where}{others}, {times})"
    known = words(connection, first.column.name, form)
    near = difflib.get_close_matches(normalised(value), known, n=1, cutoff=NEAR) if with_value else []
    like = f", much like {near[0]!r}, which is code {known[near[0]]}" if near else ""
    # What an overlay calls the column.
    ours = f", column_name {first.column.name}"
    return f"{shown}{header!r}{ours} (first {first.file.at(first.line)}{where}{others}, {times}){like}"
