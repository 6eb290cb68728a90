"""Hospital tables (CSV or workbook) through a mapping file: patients, and second cancers.

Text lands exactly as delivered, but for the words that the mapping declares to mean missing: those land as
empty cells, and raw.loads.events counts them. A file may hold both tables, each on sheets of its own.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as Facts
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import vault
from flows.landing.checks import hospital_files
from flows.landing.forms.delivery import (
    CheckedFile,
    Received,
    RecognisedDelivery,
    Reject,
    identifier,
    load_ids,
    too_many,
)
from flows.landing.forms.hospital import mapping as mappings
from flows.landing.forms.hospital.cells import (
    MOST_COLUMNS,
    NumberedRow,
    Sheet,
    first_tables,
    read_sheet,
    too_large,
)
from flows.landing.forms.hospital.mapping import Entry, Mapping, one_line
from flows.landing.forms.hospital.strays import find_strays
from flows.landing.forms.hospital.workbook import reference
from flows.landing.gathering import ReceivedFile
from flows.landing.rejects import RejectFile
from flows.landing.vault import Content
from flows.landing.vocabulary import Column, name_from_outside
from flows.terminal.progress import Progress
from flows.terminal.wording import counted

# As spreadsheet programs write a long number in a narrow column; several patients then share one.
ROUNDED = re.compile(r"\d([.,]\d+)?[eE]\+\d+")
ROUNDED_NUMBER = (
    "A patient number was shortened by a spreadsheet program, so that several patients may share it"
)
ROLES = {"hospital_patients": "patients", "hospital_second_cancers": "second_cancers"}
UNRESOLVED = {
    "formula": "a formula without its result",
    "error": "an error for a value",
    "number": "a text for a number",
}
BATCH_ROWS = 10_000
SHEET = "sheet"
MOST_COMPARED = 500  # of a wider table the first headers are looked at for the nearest

Rows = Callable[[], Iterable[NumberedRow]]


@dataclass(frozen=True, slots=True)
class Match:
    """The entry of a mapping file that fits a delivered table."""

    mapping_path: Path
    entry: Entry


@dataclass(frozen=True, slots=True)
class Part:
    """One table in a file.

    entry    of the mapping, which fits it
    sheets   name of each sheet to read, and the place of the header among its rows
    unread   sheets that it fits as well
    """

    entry: Entry
    sheets: tuple[tuple[str | None, int], ...]
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetRows:
    """The records of one sheet: how many rows of others come before, its columns in the first one's order."""

    sheet: Sheet
    header_place: int
    lines_before: int
    order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sorted:
    """What became of the records of a table; `blanked` counts the words for missing in those that land."""

    n_read: int
    rejects: RejectFile
    blanked: Counter[str]


def entry_for(path: Path, known: Sequence[Mapping]) -> Match | None:
    """The entry whose headers a file has; of several the one that asks for most, in the nearest mapping."""
    start = vault.peek(path)
    fitting: list[tuple[int, int, Match]] = []
    for mapping in known:
        for entry in mapping.entries:
            tables = first_tables(path, start, entry.encoding)
            if any(header_place(entry, rows) is not None for _, rows in tables):
                is_beside = int(mapping.path.parent == path.parent)
                fitting.append((is_beside, len(entry.recognise), Match(mapping.path, entry)))
    if not fitting:
        return None
    return max(fitting, key=lambda each: each[:2])[2]


def header_place(entry: Entry, rows: Sequence[NumberedRow]) -> int | None:
    """The place of the header among the first rows of a table, if it has what the entry asks for."""
    asked = set(entry.recognise)
    return next((at for at, (_, cells) in enumerate(rows) if asked <= set(map(one_line, cells))), None)


def gather(seen: Sequence[ReceivedFile], mappings: Sequence[Mapping]) -> list[RecognisedDelivery]:
    """Each file that a mapping fits, with that mapping."""
    deliveries = []
    for each in seen:
        if each.form == "hospital":
            match = entry_for(each.path, mappings)
            if match is not None:
                deliveries.append(
                    RecognisedDelivery("hospital", (each.path,), {"mapping": match.mapping_path})
                )
    return deliveries


def receive(delivery: RecognisedDelivery, home: Home) -> Received:
    """Take in the table and its mapping file; each table in it is a load."""
    companions = {name: vault.receive(path, home) for name, path in delivery.companions.items()}
    content = vault.receive(delivery.files[0], home, encoding=delivery.encoding)
    parts = parts_of(content, companions["mapping"])
    ids = [load_ids((content,), part.entry.digest)[0] for part in parts]
    return Received(delivery, (content,) * len(ids), companions, tuple(ids))


def parts_of(content: Content, mapping: Content) -> list[Part]:
    """The tables of a file: each sheet is of the entry that asks for most among those that fit it."""
    entries = sorted(mappings.read(mapping.path).entries, key=lambda entry: -len(entry.recognise))
    start = vault.peek(content.path)
    places: dict[str | None, tuple[Entry, int]] = {}
    for entry in entries:
        for name, rows in first_tables(content.path, start, entry.encoding):
            place = header_place(entry, rows)
            is_asked_for = name is None or entry.sheet in (None, name)
            if place is not None and is_asked_for and name not in places:
                places[name] = (entry, place)
    parts = []
    for entry in entries:
        fitting = [(name, place) for name, (its, place) in places.items() if its is entry]
        read = fitting if entry.has_all_sheets else fitting[:1]
        unread = tuple(name for name, _ in fitting[len(read) :] if name is not None)
        if read:
            parts.append(Part(entry, tuple(read), unread))
    if not parts:
        raise InputRefused(
            "IN-25",
            "No sheet of the file has the headers that its mapping file asks for",
            file=content.name,
            remedy="Correct the sheet or the recognise list in the mapping file.",
        )
    return parts


def check(received: Received, progress: Progress | None = None) -> list[CheckedFile]:
    """Raises InputRefused: IN-01 to IN-09, IN-16, IN-18, IN-21, IN-25, IN-44, IN-45."""
    content, mapping = received.contents[0], received.companions["mapping"]
    parts = parts_of(content, mapping)
    return [
        check_part(content, mapping, part, load_id)
        for part, load_id in zip(parts, received.load_ids, strict=True)
    ]


def check_part(content: Content, mapping: Content, part: Part, load_id: str) -> CheckedFile:
    entry = part.entry
    sheets = [(read_sheet(content, entry.encoding, name), place) for name, place in part.sheets]
    first, first_place = sheets[0]
    number, cells = header_of(first, first_place)
    headers = [cell.strip() for cell in cells]
    columns = columns_of(headers, entry, content.name)
    read = in_one_order(sheets, headers, content.name)
    unresolved = [event for each in read for event in refuse_unresolved(each, columns, entry, content.name)]
    if entry.has_all_sheets:
        columns = (*columns, Column(len(columns) + 1, "", SHEET, True))

    def rows() -> Iterator[NumberedRow]:
        return rows_of_sheets(read, entry.has_all_sheets)

    strays = find_strays(rows(), columns, entry.recognise, content.name)
    with rejects_of(content, load_id) as rejects:
        result = sorted_out(rows(), columns, content.name, entry.missing_words, strays, rejects)
    events = [*dict.fromkeys(event for sheet, _ in sheets for event in sheet.events), *unresolved]
    if first_place:
        events.append(f"lines_above_header:{first_place if first.name is None else number - 1}")
    events += sheets_left(part.unread, content, entry, sheets[0])
    events += [f"missing_word:{word}:{count}" for word, count in sorted(result.blanked.items())]
    lines_before = {each.sheet.name: each.lines_before for each in read} if len(read) > 1 else {}
    return CheckedFile(
        content=content,
        load_id=load_id,
        kind=entry.table,
        source="institution",
        role=ROLES[entry.table],
        columns=columns,
        rows_read=sum(sheet.n_rows - place - 1 for sheet, place in sheets),
        insert=partial(
            insert, entry.table, load_id, columns, rows, result.rejects, tuple(sorted(result.blanked))
        ),
        rejects=result.rejects,
        dictionary=mapping,
        encoding=first.encoding,
        delimiter=first.delimiter,
        line_ending=first.line_ending,
        header={
            "sheet": first.name,
            "lines_before_sheets": lines_before,
            "missing_words": list(entry.missing_words),
            "looked_for": entry.looked_for or None,
        },
        events=tuple(events),
    )


def rejects_of(content: Content, load_id: str) -> RejectFile:
    """Where the rejects of one table wait for its rows to land."""
    return RejectFile(content.path.with_name(f"{content.path.name}.{load_id}.rejects"))


def header_of(sheet: Sheet, place: int) -> NumberedRow:
    return next(islice(sheet.rows(), place, None), (0, ()))


def in_one_order(sheets: Sequence[tuple[Sheet, int]], headers: list[str], file: str) -> list[SheetRows]:
    """Sheets with the same columns, to be read one after the other; raises IN-25 for other columns."""
    expected = [one_line(header) for header in headers]
    read: list[SheetRows] = []
    lines_before = 0
    for sheet, place in sheets:
        found = [one_line(cell) for cell in header_of(sheet, place)[1]]
        if read and (other := difference(found, expected)):
            raise InputRefused(
                "IN-25",
                f"Sheets {sheets[0][0].name!r} and {sheet.name!r} have different columns: the second {other}",
                file=file,
                remedy="Give them the same headers, or name one of them with `sheet` in the mapping file.",
            )
        # The first sheet's own columns stay where they are, those without a header too.
        order = tuple(found.index(header) for header in expected) if read else tuple(range(len(found)))
        read.append(SheetRows(sheet, place, lines_before, order))
        lines_before += sheet.last_row
    return read


def rows_of_sheets(read: Sequence[SheetRows], with_name: bool) -> Iterator[NumberedRow]:
    for each in read:
        name = (each.sheet.name or "",) if with_name else ()
        for number, cells in islice(each.sheet.rows(), each.header_place + 1, None):
            if each is read[0]:
                yield number, (*cells, *name)
            else:
                yield number + each.lines_before, (*(cells[at] for at in each.order), *name)


def difference(found: Sequence[str], expected: Sequence[str]) -> str:
    """How the headers of a sheet differ from those of the first that is read; empty where they do not."""
    sides = (("lacks", expected, found), ("has", found, expected))
    said = [
        f"{word} {', '.join(more)}"
        for word, these, others in sides
        if (more := sorted({*these} - {*others, ""}))
    ]
    if not said and "" in (*found, *expected):
        return "has cells beside its columns"
    return " and ".join(said) or ("" if sorted(found) == sorted(expected) else "has a header twice")


def sheets_left(
    names: Sequence[str], content: Content, entry: Entry, first: tuple[Sheet, int]
) -> Iterator[str]:
    """Events of sheets that the entry fits and does not read: whether `sheets: all` would read them."""
    expected = [one_line(cell) for cell in header_of(*first)[1]]
    differences = {
        name: difference([one_line(cell) for cell in rows[place][1]], expected)
        for name, rows in first_tables(content.path, vault.peek(content.path), entry.encoding)
        if name in names and (place := header_place(entry, rows)) is not None
    }
    if any(differences.values()):
        for name, other in differences.items():
            yield f"other_sheets:{name} ({other or 'has the same headers'})"
    elif names:
        yield f"unread_sheets:{', '.join(names)}"


def refuse_unresolved(read: SheetRows, columns: Sequence[Column], entry: Entry, file: str) -> Iterator[str]:
    """Events of cells without a value of their own in columns that we do not read; raises IN-45 for others.

    An error that the entry declares to mean missing is a value.
    """
    header_row = header_of(read.sheet, read.header_place)[0]
    mapped = {read.order[column.position - 1] for column in columns if column.is_known}
    for (kind, column), found in sorted(read.sheet.unresolved.items()):
        below = [row for row in found.rows if row > header_row]
        is_declared = kind != "formula" and found.texts.keys() <= set(entry.missing_words)
        if not below or is_declared or (kind == "error" and column not in mapped):
            continue
        count = found.count - (len(found.rows) - len(below))
        has = counted(count, "cell of this column has", "cells of this column have")
        what = (
            f"{has} {UNRESOLVED[kind]}, the first is {reference(below[0], column)} of sheet "
            f"{read.sheet.name!r}"
        )
        if column not in mapped:
            yield f"unresolved:{what}"
            continue
        # A text for a number is somebody's value, and is shown only to who may see it.
        value = next(iter(found.texts)) if kind == "number" else None
        raise InputRefused("IN-45", what, file=file, line=below[0], value=value)


def inspect(connection: duckdb.DuckDBPyConnection, files: Sequence[CheckedFile]) -> None:
    """What only several files of one table can show; see hospital_files.inspect."""
    hospital_files.inspect(connection, files)


def columns_of(headers: list[str], entry: Entry, file: str) -> tuple[Column, ...]:
    """Columns by the mapping; headers it does not name keep their own text as a name from outside."""
    if len(headers) > MOST_COLUMNS:
        raise too_large(file, counted(len(headers), "column"), f"{MOST_COLUMNS:,}")
    known_as = [one_line(header) for header in headers]
    filled = Counter(filter(None, known_as))
    if repeated := sorted(header for header, count in filled.items() if count > 1):
        raise InputRefused(
            "IN-16", "Two columns have the same name", file=file, value=repeated[0],
            remedy="Rename one of them in the source.",
        )  # fmt: skip
    if absent := sorted(set(entry.columns.values()) - set(known_as)):
        raise InputRefused(
            "IN-25",
            f"The mapping file names {counted(len(absent), 'header')} that the file does not have: "
            + "; ".join(f"{each}{nearest(each, known_as)}" for each in absent),
            file=file,
            remedy="Correct the mapping file, or ask why the columns are gone.",
        )
    canonical = {header: name for name, header in entry.columns.items()}
    names: set[str] = set()
    columns = []
    for position, (header, known) in enumerate(zip(headers, known_as, strict=True), start=1):
        if known in canonical:
            columns.append(Column(position, header, canonical[known], True))
            continue
        name = name_from_outside(header or f"column {position}")
        while name in names:
            name = f"{name}_{position}"
        names.add(name)
        columns.append(Column(position, header, name, False))
    return tuple(columns)


def nearest(asked: str, headers: Sequence[str]) -> str:
    """What is added to a header that is not there: the likest one that is, and its column."""
    by_folded = {header.casefold(): place for place, header in enumerate(headers[:MOST_COMPARED])}
    likest = get_close_matches(asked.casefold(), by_folded, n=1)
    if not likest:
        return ""
    place = by_folded[likest[0]]
    return f" (nearest: {headers[place]!r}, column {place + 1})"


def sorted_out(
    records: Iterable[NumberedRow],
    columns: Sequence[Column],
    file: str,
    missing_words: Sequence[str],
    strays: Facts[int, tuple[str, str]],
    rejects: RejectFile,
) -> Sorted:
    """Rejects: blank, ragged and doubled rows, and strays; two rows in conflict are refused."""
    key_place, key_header = next(
        (column.position - 1, column.header) for column in columns if column.name == "patient_key"
    )
    is_one_row_a_patient = any(column.name == "mm_dx_date" for column in columns)
    declared = set(filter(None, missing_words))
    first_of: dict[bytes, int] = {}
    first_of_patient: dict[str, int] = {}
    n_read = n_ragged = first_ragged = 0
    blanked: Counter[str] = Counter()

    def reject(line: int, code: str, reason: str, cells: Sequence[str], column: str | None = None) -> None:
        rejects.add(Reject(line, code, reason, ",".join(cells), column))

    for n_read, (line, cells) in enumerate(records, start=1):  # noqa: B007
        content = hashlib.blake2b("\x1f".join(cells).encode(), digest_size=16).digest()
        if not any(map(str.strip, cells)):
            reject(line, "empty_line", "the row is blank", cells)
        elif len(cells) != len(columns):
            reject(line, "field_count", f"{len(cells)} fields instead of {len(columns)}", cells)
            n_ragged += 1
            first_ragged = first_ragged or line
        elif not (key := cells[key_place].strip()):
            reject(line, "no_patient", "the patient key is empty", cells, "patient_key")
        elif line in strays:
            reject(line, *strays[line], cells)
        elif ROUNDED.fullmatch(key):
            raise InputRefused("IN-26", ROUNDED_NUMBER, file=file, line=line, column=key_header, value=key)
        elif content in first_of:
            reject(line, "exact_duplicate", f"exact duplicate of line {first_of[content]:,}", cells)
        elif is_one_row_a_patient and key in first_of_patient:
            raise InputRefused(
                "IN-21",
                "Two rows of one patient have different contents (the other one: line "
                f"{first_of_patient[key]:,})",
                file=file,
                line=line,
                column=key_header,
                value=cells[key_place],
                remedy="Correct it in the source: this table has one row a patient.",
            )
        else:
            first_of[content] = line
            if is_one_row_a_patient:
                first_of_patient[key] = line
            if declared and not declared.isdisjoint(map(str.strip, cells)):
                blanked.update(cell.strip() for cell in cells if cell.strip() in declared)
    if not n_read:
        raise InputRefused("IN-01", "The file has a header and no records", file=file)
    if too_many(n_ragged, n_read):
        raise InputRefused(
            "IN-18",
            f"{n_ragged:,} of {n_read:,} rows do not have the {counted(len(columns), 'field')} of the header",
            file=file,
            line=first_ragged,
            remedy="Export the table again; fields that hold the separator must be in quotes.",
        )
    return Sorted(n_read, rejects, blanked)


def insert(
    table: str,
    load_id: str,
    columns: Sequence[Column],
    rows: Rows,
    rejects: Iterable[Reject],
    missing_words: Sequence[str],
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Land the rows that are not among the rejects, which are in the same order; some thousands at a time."""
    names = ["load_id", "source_line", *(column.name for column in columns)]
    schema = pa.schema([(name, pa.int64() if name == "source_line" else pa.string()) for name in names])
    declared = set(filter(None, missing_words))

    def batches() -> Iterator[pa.RecordBatch]:
        landing = without(rows(), rejects)
        while batch := list(islice(landing, BATCH_ROWS)):
            columns_of_batch = zip(*(cells for _, cells in batch), strict=True)
            yield pa.record_batch(
                [
                    pa.array([load_id] * len(batch), pa.string()),
                    pa.array([line for line, _ in batch], pa.int64()),
                    *(pa.array(without_words(cells, declared), pa.string()) for cells in columns_of_batch),
                ],
                schema=schema,
            )

    connection.register("incoming", pa.RecordBatchReader.from_batches(schema, batches()))
    landed = ", ".join(map(identifier, names))
    connection.execute(f"insert into raw.{table} by name select {landed} from incoming")
    connection.unregister("incoming")


def without(rows: Iterable[NumberedRow], rejects: Iterable[Reject]) -> Iterator[NumberedRow]:
    left = iter(rejects)
    rejected = next(left, None)
    for line, cells in rows:
        if rejected is not None and rejected.source_line == line:
            rejected = next(left, None)
        else:
            yield line, cells


def without_words(cells: Sequence[str], declared: set[str]) -> Sequence[str]:
    if declared.isdisjoint(map(str.strip, cells)):
        return cells
    return ["" if cell.strip() in declared else cell for cell in cells]
