"""SEER*Stat case listings: a delimited text file and the dictionary (.dic) exported with it.

Rows are tumours. Text lands exactly as delivered; in numeric exports the dictionary's label is landed in
place of its code, and raw.loads.header keeps the codes.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import rejects, vault
from flows.landing.checks import tumors, values
from flows.landing.forms.delivery import (
    CheckedFile,
    Received,
    RecognisedDelivery,
    Reject,
    identifier,
    load_ids,
)
from flows.landing.forms.hospital import mapping
from flows.landing.forms.seer_ascii import sas_program
from flows.landing.forms.seer_listing import dictionary as dictionaries
from flows.landing.forms.seer_listing import session_text, value_labels
from flows.landing.forms.seer_listing.dictionary import Dictionary
from flows.landing.gathering import ReceivedFile, same_folder, same_stem
from flows.landing.text import delimited, delimited_rows
from flows.landing.text.delivered_text import PATHS, as_utf8
from flows.landing.text.line_count import count_lines
from flows.landing.text.line_pattern import LinePattern
from flows.landing.vault import Content
from flows.landing.vault import receive as receive_bytes
from flows.landing.vocabulary import Column, missing_mandatory, resolve, squeezed, vocabulary
from flows.terminal.progress import Progress
from flows.terminal.wording import counted

TABLE = "seer_listing"
# Open columns, of which SEER*Stat keeps other numbers than their codes, such as 2 for the registry 1502.
KEPT_OTHERWISE = ("registry", "age_group", "site_recode")


def gather(seen: Sequence[ReceivedFile], mappings: Sequence[mapping.Mapping]) -> list[RecognisedDelivery]:
    """Each dictionary with its listing or matrix: of the same stem, else of the name saved under, else the
    only one. The same file packed and unpacked is two deliveries, of which one is loaded already."""
    free = [each.path for each in seen if each.form in ("text", "other")]
    sessions = [each.path for each in seen if each.form == "session"]
    matrices = [each.path for each in seen if each.form == "session_matrix"]
    deliveries: list[RecognisedDelivery] = []
    forms = {each.path: each.form for each in seen}
    described_files = [path for path, form in forms.items() if form == "dictionary"]
    described_by_program = {
        path
        for path, form in forms.items()
        if form == "listing_program" and not has_dictionary(path, described_files)
    }
    described_files += sorted(described_by_program)
    pairs: dict[Path, Path] = {}
    for same in (saved_under_its_stem, same_stem, saved_as, same_folder):
        for described in described_files:
            if described in pairs:
                continue
            left = [path for path in free if path not in pairs.values() and same(path, described)]
            rivals = [other for other in described_files if other not in pairs and other != described]
            if left and (same is not same_folder or (len(left) == 1 and not rivals)):
                pairs[described] = left[0]
    copies = [
        (described, path)
        for described, data in pairs.items()
        for path in free
        if path != data and path.parent == data.parent and unpacked_name(path) == unpacked_name(data)
    ]
    for described, data in [*pairs.items(), *copies]:
        companions = {"program" if described in described_by_program else "dictionary": described}
        session = [path for path in sessions if same_stem(path, data) or len(sessions) == len(pairs) == 1]
        if session:
            companions["session"] = session[0]
        for number, matrix in enumerate(path for path in matrices if same_stem(path, data)):
            companions[f"session_matrix_{number}"] = matrix
        if described in described_by_program:
            is_table = sas_program.says_table(vault.peek(described, sas_program.LARGEST_BYTES))
        else:
            is_table = dictionaries.says_table(vault.peek(described))
        deliveries.append(
            RecognisedDelivery("seer_matrix" if is_table else "seer_listing", (data,), companions)
        )
    return deliveries


def has_dictionary(program: Path, dictionaries: Sequence[Path]) -> bool:
    return any(same_stem(program, each) or len(dictionaries) == 1 for each in dictionaries)


def unpacked_name(path: Path) -> str:
    return path.name.lower().removesuffix(".gz")


def saved_under_its_stem(data: Path, described: Path) -> bool:
    return same_stem(data, described) and saved_as(data, described)


def saved_as(data: Path, described: Path) -> bool:
    start = vault.peek(described).decode("utf-8", "replace")
    lines = [line for line in start.splitlines() if line.startswith("Output filename=")]
    saved = lines[0].replace("/", "\\").rsplit("\\", 1)[-1].strip().lower() if lines else ""
    return data.parent == described.parent and data.name.lower() in (saved, f"{saved}.gz")


def receive(delivery: RecognisedDelivery, home: Home) -> Received:
    """Take in the listing, its dictionary and its session text."""
    companions = {
        name: receive_bytes(path, home, encoding=delivery.encoding)
        for name, path in delivery.companions.items()
    }
    dictionary = described(companions)
    pattern = LinePattern(dictionary.delimiter, len(dictionary.variables), is_quoted=dictionary.has_quotes)
    content = receive_bytes(delivery.files[0], home, pattern.feed, delivery.encoding)
    return Received(delivery, (content,), companions, load_ids((content,), dictionary.digest), pattern)


def check(received: Received, progress: Progress | None = None) -> list[CheckedFile]:
    """Everything that can be checked before its rows are in the database.

    Raises InputRefused: IN-01 to IN-07 (see text.py), IN-12 to IN-18, IN-20, IN-24.
    """
    content = received.contents[0]
    if content.size == 0:
        raise InputRefused("IN-01", "The file is empty", file=content.name)
    dictionary = described(received.companions)
    text = as_utf8(content)
    names = [variable.name for variable in dictionary.variables]
    columns = resolve(names)
    refuse_unusable(columns, dictionary, content.name)
    n_above, events = delimited.lines_above(text, dictionary, names)
    lines = None
    if received.pattern is not None and n_above < 2:
        lines = received.pattern.lines(has_header=n_above == 1)
    if lines is None:
        lines = count_lines(
            text,
            delimiter=dictionary.delimiter.encode(),
            fields=len(names),
            is_quoted=dictionary.has_quotes,
            skip_lines=n_above,
            progress=progress,
        )
    text, lines, cut = delimited.without_trailing_separators(text, lines, dictionary)
    delimited.refuse_ragged(lines, text, dictionary)
    check_session(received, lines.n_lines, dictionary)
    coded = [column.header for column in columns if is_coded(column, dictionary)]
    layout = delimited_rows.Layout(
        load_id=received.load_ids[0],
        text=text,
        columns=columns,
        delimiter=dictionary.delimiter,
        is_quoted=dictionary.has_quotes,
        n_above=n_above,
        formats=dictionary.coded_formats,
        ragged=tuple(sorted(lines.ragged)),
        n_lines=lines.n_lines,
        table=TABLE,
        has_tabs=lines.n_tabs > 0,
    )
    file = CheckedFile(
        content=content,
        load_id=received.load_ids[0],
        kind=TABLE,
        source="seer",
        role="tumors",
        columns=columns,
        rows_read=lines.n_lines,
        insert=partial(insert, layout),
        rejects=delimited.ragged_rejects(text, lines, len(names)),
        dictionary=received.companions.get("dictionary") or received.companions["program"],
        database=dictionary.database,
        is_synthetic=dictionary.is_synthetic,
        encoding=text.encoding,
        delimiter=dictionary.delimiter,
        line_ending=lines.line_ending,
        header={
            "variable_format": dictionary.variable_format,
            "coded": coded,
            "missing_character": dictionary.missing_character,
            "formats": dictionary.formats,
            "bases": {
                item.name: item.base for item in dictionary.variables if item.base not in (None, item.name)
            },
            "session": session_facts(received),
        },
        events=content.events
        + text.events
        + events
        + cut
        + lines.events
        + ((f"two_labels:{'; '.join(contradicted)}",) if (contradicted := two_labels(dictionary)) else ()),
        short_numbers=short_numbers(columns, dictionary),
        path=received.recognised.files[0],
    )
    return [file]


def short_numbers(columns: Sequence[Column], dictionary: Dictionary) -> str:
    """The event of short patient numbers: they were shown unformatted, or saved by a spreadsheet program."""
    column = next(column for column in columns if column.name == "patient_id")
    is_shown_so = dictionary.variables[column.position - 1].is_unformatted
    return "unformatted_patient_numbers" if is_shown_so else "short_patient_numbers"


def inspect(connection: duckdb.DuckDBPyConnection, files: Sequence[CheckedFile]) -> None:
    """What only the rows together can show: see tumors.inspect; IN-20 for histology below its first code."""
    for file in files:
        refuse_second_header(connection, file)
        remove_empty_lines(connection, file)
    for file in files:
        refuse_inner_histology(connection, file)
    tumors.inspect(connection, TABLE, files)


def refuse_second_header(connection: duckdb.DuckDBPyConnection, file: CheckedFile) -> None:
    """A line of names between the records: two exports in one file."""
    names = {squeezed(column.header) for column in file.columns}
    here = f"from raw.{TABLE} where load_id = ?"
    years = connection.execute(f"select distinct year_dx {here}", [file.load_id]).fetchall()
    written = [year for (year,) in years if squeezed(year) in names]
    if not written:
        return
    rows = connection.execute(
        f"select source_line, patient_id {here} and list_contains(?, year_dx) order by 1",
        [file.load_id, written],
    ).fetchall()
    if lines := [line for line, patient in rows if squeezed(patient) in names]:
        raise InputRefused(
            "IN-14",
            "The header stands again between the records, so two exports were joined in one file",
            file=file.content.name,
            line=lines[0],
            remedy="Load the exports as two files, each with its dictionary; or remove this line, if both "
            "have the same columns in the same order.",
        )


def remove_empty_lines(connection: duckdb.DuckDBPyConnection, file: CheckedFile) -> None:
    """Spreadsheet programs write lines of delimiters alone below a table that they save."""
    cells = " and ".join(f"trim({identifier(column.name)}) = ''" for column in file.columns)
    rows = connection.execute(
        f"delete from raw.{TABLE} where load_id = ? and patient_id < '/' and {cells} returning source_line",
        [file.load_id],
    ).fetchall()
    empty = (Reject(line, "empty_line", "no cell of the line holds anything", "") for (line,) in sorted(rows))
    rejects.insert(connection, file.load_id, empty)


def refuse_inner_histology(connection: duckdb.DuckDBPyConnection, file: CheckedFile) -> None:
    """SEER*Stat keeps 9732 as 1732, which is shown where no format of the dictionary makes it a code."""
    header = next((column.header for column in file.columns if column.name == "hist"), None)
    if header is None or header not in file.header.get("coded", ()):
        return
    line = connection.execute(
        f"select min(source_line) from raw.{TABLE} where load_id = ? and try_cast(hist as bigint) < 8000",
        [file.load_id],
    ).fetchall()[0][0]
    if line is not None:
        raise InputRefused(
            "IN-20",
            "The column shows numbers that SEER*Stat keeps for the codes, which begin at 8000",
            file=file.content.name,
            line=line,
            column=header,
        )


def described(companions: Mapping[str, Content]) -> Dictionary:
    """The dictionary, or what the SAS program beside the listing tells in its place."""
    if "dictionary" in companions:
        dictionaries.refuse_larger_than_any(companions["dictionary"].name, companions["dictionary"].size)
        return dictionaries.read(as_utf8(companions["dictionary"], unread=PATHS))
    sas_program.refuse_larger_than_any(companions["program"].name, companions["program"].size)
    return sas_program.read_listing(as_utf8(companions["program"], unread=PATHS))


# ---------------------------------------------------------------- columns and header


def refuse_unusable(columns: Sequence[Column], dictionary: Dictionary, file: str) -> None:
    """Refuse a dictionary that lacks mandatory columns, repeats one, or leaves numeric codes unexplained."""
    seen: dict[str, str] = {}
    for column in columns:
        if column.header.lower() in seen:
            raise InputRefused(
                "IN-16",
                "Two columns have the same name",
                file=dictionary.file_name,
                column=column.header,
                remedy="Export again with each variable once.",
            )
        seen[column.header.lower()] = column.header
    if absent := missing_mandatory(columns):
        raise lacking(absent, columns, file)
    coded = [column for column in columns if column.is_known and is_coded(column, dictionary)]
    unexplained = [
        column.header
        for column in coded
        if column.header not in dictionary.formats
        and (vocabulary().columns[column.name].is_coded or is_open_and_unformatted(column, dictionary))
    ]
    if unexplained:
        form = "numeric" if dictionary.variable_format == "numeric" else "unformatted in some columns"
        raise InputRefused(
            "IN-20",
            f"The export is {form} and its dictionary has no labels for " + "; ".join(unexplained),
            file=dictionary.file_name,
        )
    refuse_two_labels(dictionary, [column.header for column in columns if values.is_read(TABLE, column)])
    unclear = [
        column.header
        for column in coded
        if value_labels.read(dictionary.formats.get(column.header, {})).unclear
    ]
    if unclear:
        raise InputRefused(
            "IN-20",
            "The dictionary gives ranges of codes and of values that are not equally long, for "
            + "; ".join(unclear),
            file=dictionary.file_name,
        )


def refuse_two_labels(dictionary: Dictionary, read: Container[str]) -> None:
    """Refuse a dictionary that gives a code two labels, in a column of codes that a model reads."""
    for header, found in two_labels(dictionary).items():
        if header in read:
            lines = dictionary.lines.get(header, {})
            first, second = sorted(found, key=lambda codes: lines.get(codes, 0))
            raise InputRefused(
                "IN-20",
                f"The dictionary gives a code two labels, by its entries {first} and {second}"
                + (f" (lines {lines[first]:,} and {lines[second]:,})" if lines else ""),
                file=dictionary.file_name,
                line=lines.get(second),
                column=header,
                remedy="Export it with labels, or again with its dictionary; do not edit the .dic file.",
            )


def two_labels(dictionary: Dictionary) -> dict[str, tuple[str, str]]:
    """The columns of codes in which a code has two labels, and the two entries that give them."""
    found = {
        header: value_labels.contradiction(entries) for header, entries in dictionary.coded_formats.items()
    }
    return {header: entries for header, entries in found.items() if entries is not None}


def is_coded(column: Column, dictionary: Dictionary) -> bool:
    """Whether the cells of a column hold codes, whatever the dictionary says of them."""
    variable = dictionary.variables[column.position - 1]
    return variable.is_unformatted or dictionary.variable_format == "numeric"


def is_open_and_unformatted(column: Column, dictionary: Dictionary) -> bool:
    """Whether it is one of the columns whose numbers inside SEER*Stat are others than its codes."""
    return column.name in KEPT_OTHERWISE and dictionary.variables[column.position - 1].is_unformatted


def lacking(absent: Sequence[str], columns: Sequence[Column], file: str) -> InputRefused:
    """The refusal of a listing without mandatory columns; names the headers that look most like them."""
    free = {squeezed(column.header): column for column in columns if not column.is_known}
    near = []
    for item in absent:
        names = [squeezed(name) for name in item.split(" or ")]
        found = [match for name in names for match in get_close_matches(name, free, n=1, cutoff=0.7)]
        if found:
            column = free[found[0]]
            near.append(f"{column.header!r} (column {column.position}) comes nearest to {item!r}")
    listed = "; ".join(absent)
    verb = "is" if len(absent) == 1 else "are"
    return InputRefused(
        "IN-15",
        f"The listing lacks {counted(len(absent), 'column')} that {verb} needed: {listed}"
        + (f"; {', '.join(near)}" if near else ""),
        file=file,
        remedy="Add them to the table of the case listing session and export again.",
    )


# ---------------------------------------------------------------- session text


def session_facts(received: Received) -> dict[str, Any] | None:
    content = received.companions.get("session")
    return None if content is None else session_text.read(as_utf8(content, unread=PATHS))


def check_session(received: Received, rows_read: int, dictionary: Dictionary) -> None:
    """Compare with the row count and database of the session information, if it was delivered."""
    session = session_facts(received)
    if session is None:
        return
    row_count = session.get("row_count")
    if row_count is not None and row_count != rows_read:
        raise InputRefused(
            "IN-24",
            f"The session information says {row_count:,} rows; the file has {rows_read:,}",
            file=received.contents[0].name,
            remedy="The file was cut, or belongs to another session; ask for it again.",
        )
    database = session.get("database")
    if database and dictionary.database and database != dictionary.database.text:
        raise InputRefused(
            "IN-24",
            "The session information names another database than the dictionary",
            file=received.companions["session"].name,
            value=database,
            remedy="Put the session information of this very export beside it.",
        )


def insert(layout: delimited_rows.Layout, connection: duckdb.DuckDBPyConnection) -> None:
    """Land the rows in file order, then number them by their physical line."""
    values = {column.name: delimited_rows.landed_value(column, layout) for column in layout.columns}
    delimited_rows.insert_values(layout, values, connection)
