"""Hospital tables (CSV or workbook) through a mapping file: patients, and second cancers.

Text lands exactly as delivered, but for the words that the mapping declares to mean missing: those land as
empty cells, and raw.loads.events counts them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import vault
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
from flows.landing.forms.hospital.cells import Sheet, first_cells, sheets
from flows.landing.forms.hospital.mapping import Entry, Mapping
from flows.landing.gathering import ReceivedFile
from flows.landing.vault import Content
from flows.landing.vocabulary import Column, name_from_outside
from flows.terminal.progress import Progress

ROLES = {"hospital_patients": "patients", "hospital_second_cancers": "second_cancers"}
LAST_HEADER_ROW = 20


@dataclass(frozen=True, slots=True)
class Match:
    """The entry of a mapping file that fits a delivered table."""

    mapping_path: Path
    entry: Entry


def entry_for(path: Path, known: Sequence[Mapping]) -> Match | None:
    """The entry whose headers a file has; of several the one that asks for most, in the nearest mapping."""
    start = vault.peek(path)
    fitting: list[tuple[int, int, Match]] = []
    for mapping in known:
        for entry in mapping.entries:
            rows = first_cells(path, start, entry.encoding)
            if any(set(entry.recognise) <= set(cells) for cells in rows):
                is_beside = int(mapping.path.parent == path.parent)
                fitting.append((is_beside, len(entry.recognise), Match(mapping.path, entry)))
    if not fitting:
        return None
    return max(fitting, key=lambda each: each[:2])[2]


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
    """Take in the table and its mapping file."""
    companions = {name: vault.receive(path, home) for name, path in delivery.companions.items()}
    content = vault.receive(delivery.files[0], home)
    entry = chosen(content, companions["mapping"])[0]
    return Received(delivery, (content,), companions, load_ids((content,), entry.digest))


def chosen(content: Content, mapping: Content) -> tuple[Entry, Sheet, int]:
    """The entry that fits, the sheet it fits, and the place of the header row in it."""
    entries = sorted(mappings.read(mapping.path).entries, key=lambda entry: -len(entry.recognise))
    for entry in entries:
        for sheet in sheets(content, entry.encoding):
            if entry.sheet not in (None, sheet.name) and sheet.name is not None:
                continue
            for place, (_, cells) in enumerate(sheet.rows[:LAST_HEADER_ROW]):
                if set(entry.recognise) <= {cell.strip() for cell in cells}:
                    return entry, sheet, place
    raise InputRefused(
        "IN-25",
        "No sheet of the file has the headers that its mapping file asks for",
        file=content.name,
        remedy="Correct the sheet or the recognise list in the mapping file.",
    )


def check(received: Received, progress: Progress | None = None) -> list[CheckedFile]:
    """Raises InputRefused: IN-01 to IN-08, IN-16 repeated header, IN-18 ragged rows, IN-21, IN-25."""
    content = received.contents[0]
    entry, sheet, place = chosen(content, received.companions["mapping"])
    headers = [cell.strip() for cell in sheet.rows[place][1]]
    columns = columns_of(headers, entry, content.name)
    records = sheet.rows[place + 1 :]
    kept, rejects = sorted_out(records, columns, headers, content.name)
    kept, blanked = with_missing_words_blank(kept, entry.missing_words)
    events = list(sheet.events)
    if place:
        events.append(f"lines_above_header:{place}")
    events += [f"missing_word:{word}:{count}" for word, count in sorted(blanked.items())]
    return [
        CheckedFile(
            content=content,
            load_id=received.load_ids[0],
            kind=entry.table,
            source="institution",
            role=ROLES[entry.table],
            columns=columns,
            rows_read=len(records),
            insert=partial(insert, entry.table, received.load_ids[0], columns, kept),
            rejects=rejects,
            dictionary=received.companions["mapping"],
            encoding=sheet.encoding,
            delimiter=sheet.delimiter,
            line_ending=sheet.line_ending,
            header={"sheet": sheet.name, "missing_words": list(entry.missing_words)},
            events=tuple(events),
        )
    ]


def inspect(connection: duckdb.DuckDBPyConnection, files: Sequence[CheckedFile]) -> list[tuple[str, Reject]]:
    """Nothing is left to inspect: a hospital's table is small and was checked whole."""
    return []


def columns_of(headers: list[str], entry: Entry, file: str) -> tuple[Column, ...]:
    """Columns by the mapping; headers it does not name keep their own text as a name from outside."""
    filled = [header for header in headers if header]
    if repeated := sorted({header for header in filled if filled.count(header) > 1}):
        raise InputRefused(
            "IN-16", "Two columns have the same name", file=file, value=repeated[0],
            remedy="Rename one of them in the source.",
        )  # fmt: skip
    if absent := sorted(set(entry.columns.values()) - set(headers)):
        raise InputRefused(
            "IN-25",
            f"The mapping file names {len(absent)} headers that the file does not have: " + "; ".join(absent),
            file=file,
            remedy="Correct the mapping file, or ask why the columns are gone.",
        )
    canonical = {header: name for name, header in entry.columns.items()}
    names: set[str] = set()
    columns = []
    for position, header in enumerate(headers, start=1):
        if header in canonical:
            columns.append(Column(position, header, canonical[header], True))
            continue
        name = name_from_outside(header or f"column {position}")
        while name in names:
            name = f"{name}_{position}"
        names.add(name)
        columns.append(Column(position, header, name, False))
    return tuple(columns)


def sorted_out(
    records: Sequence[tuple[int, tuple[str, ...]]], columns: Sequence[Column], headers: list[str], file: str
) -> tuple[list[tuple[int, tuple[str, ...]]], tuple[Reject, ...]]:
    """Records to land, and rejects: blank, ragged and doubled rows; two rows in conflict are refused."""
    if not records:
        raise InputRefused("IN-01", "The file has a header and no records", file=file)
    key_place = next(column.position - 1 for column in columns if column.name == "patient_key")
    is_one_row_a_patient = any(column.name == "mm_dx_date" for column in columns)
    first_of: dict[tuple[str, ...], int] = {}
    first_of_patient: dict[str, int] = {}
    kept: list[tuple[int, tuple[str, ...]]] = []
    rejects: list[Reject] = []
    for line, cells in records:
        text = ",".join(cells)
        if not any(cell.strip() for cell in cells):
            rejects.append(Reject(line, "field_count", "the row is blank", text))
        elif len(cells) != len(headers):
            rejects.append(
                Reject(line, "field_count", f"{len(cells)} fields instead of {len(headers)}", text)
            )
        elif not cells[key_place].strip():
            rejects.append(Reject(line, "no_patient", "the patient key is empty", text, "patient_key"))
        elif cells in first_of:
            rejects.append(
                Reject(line, "exact_duplicate", f"exact duplicate of line {first_of[cells]:,}", text)
            )
        elif is_one_row_a_patient and cells[key_place].strip() in first_of_patient:
            raise InputRefused(
                "IN-21",
                "Two rows of one patient have different contents (the other one: line "
                f"{first_of_patient[cells[key_place].strip()]:,})",
                file=file,
                line=line,
                column=headers[key_place],
                value=cells[key_place],
                remedy="Correct it in the source: this table has one row a patient.",
            )
        else:
            first_of[cells] = first_of_patient[cells[key_place].strip()] = line
            kept.append((line, cells))
    ragged = [reject for reject in rejects if reject.reason_code == "field_count"]
    if too_many(len(ragged), len(records)):
        raise InputRefused(
            "IN-18",
            f"{len(ragged):,} of {len(records):,} rows do not have the {len(headers)} fields of the header",
            file=file,
            line=ragged[0].source_line,
            remedy="Export the table again; fields that hold the separator must be in quotes.",
        )
    return kept, tuple(rejects)


def with_missing_words_blank(
    records: list[tuple[int, tuple[str, ...]]], words: Sequence[str]
) -> tuple[list[tuple[int, tuple[str, ...]]], Counter[str]]:
    declared = {word for word in words if word}
    blanked: Counter[str] = Counter()
    if not declared:
        return records, blanked
    for _, cells in records:
        blanked.update(cell.strip() for cell in cells if cell.strip() in declared)
    return [
        (line, tuple("" if cell.strip() in declared else cell for cell in cells)) for line, cells in records
    ], blanked


def insert(
    table: str,
    load_id: str,
    columns: Sequence[Column],
    records: Sequence[tuple[int, tuple[str, ...]]],
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Land rows that are small enough to be in memory."""
    data = {
        "load_id": pa.array([load_id] * len(records), pa.string()),
        "source_line": pa.array([line for line, _ in records], pa.int64()),
    }
    for column in columns:
        data[column.name] = pa.array([cells[column.position - 1] for _, cells in records], pa.string())
    connection.register("incoming", pa.table(data))
    names = ", ".join(identifier(name) for name in data)
    connection.execute(f"insert into raw.{table} by name select {names} from incoming")
    connection.unregister("incoming")
