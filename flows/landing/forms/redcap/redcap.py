"""REDCap exports, raw or with labels, read with the project's data dictionary.

Every row lands in raw.redcap_records as delivered, its filled cells as JSON; our tables are made from these.
Rows without a repeating instrument are the patient's own; rows of an instrument are its table's, and repeat
the patient's shared fields. Codes land as the dictionary's choices, a checkbox as its checked choices.
Fields are known by our own column names, or by the columns of a mapping entry.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

import duckdb

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import vault
from flows.landing.checks import hospital_files
from flows.landing.forms.delivery import CheckedFile, Received, RecognisedDelivery, Reject, load_ids
from flows.landing.forms.hospital import hospital, mapping
from flows.landing.forms.hospital.cells import Sheet, csv_sheet
from flows.landing.gathering import ReceivedFile
from flows.landing.vault import Content
from flows.landing.vocabulary import Column
from flows.terminal.progress import Progress

INSTRUMENT, INSTANCE = "redcap_repeat_instrument", "redcap_repeat_instance"
EVENT = "redcap_event_name"
RECORDS = "redcap_records"
RECORD_COLUMNS = tuple(
    Column(place, name, name, True)
    for place, name in enumerate(("record_id", "event", "instrument", "instance", "cells"), start=1)
)
NAME, FORM, KIND = "Variable / Field Name", "Form Name", "Field Type"
CHOICES = "Choices, Calculations, OR Slider Labels"
MOST_LISTED = 40
CHECKED = ("1", "checked")

Record = dict[str, str]


@dataclass(frozen=True, slots=True)
class DataField:
    """One field of the project: its form, and its choices (code -> label) if it has any."""

    name: str
    form: str
    is_checkbox: bool
    choices: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """One of our tables in the project: the form its rows belong to, and column -> field."""

    name: str
    form: str
    fields: Mapping[str, str]


def looks_like_export(start: bytes) -> bool:
    """Whether a file's first line is the header of a REDCap export."""
    first = first_cells(start)
    is_redcap = INSTRUMENT in first or EVENT in first or any(cell.endswith("_complete") for cell in first)
    return len(first) > 2 and is_redcap


def looks_like_data_dictionary(start: bytes) -> bool:
    """Whether a file's first line is the header of a REDCap data dictionary."""
    return first_cells(start)[:2] == [NAME, FORM]


def first_cells(start: bytes) -> list[str]:
    first = start.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace")
    try:
        return next(csv.reader([first.rstrip("\r")]), [])
    except csv.Error:
        return []


def gather(seen: Sequence[ReceivedFile], mappings: Sequence[mapping.Mapping]) -> list[RecognisedDelivery]:
    """Each REDCap export with the data dictionary in its folder, and the mapping that fits, if any."""
    deliveries = []
    for each in (each for each in seen if each.form == "redcap"):
        folder = each.path.parent
        beside = [
            other.path for other in seen if other.form == "redcap_dictionary" and other.path.parent == folder
        ]
        if not beside:
            raise InputRefused(
                "IN-12",
                "This is a REDCap export, and the project's data dictionary is missing",
                file=each.path,
                remedy="Download the data dictionary from the project and put it into the same folder.",
            )
        companions = {"dictionary": beside[0]}
        if (match := hospital.entry_for(each.path, mappings)) is not None:
            companions["mapping"] = match.mapping_path
        deliveries.append(RecognisedDelivery("redcap", (each.path,), companions))
    return deliveries


def receive(delivery: RecognisedDelivery, home: Home) -> Received:
    """Take in export, data dictionary and mapping; export and each table made from it are loads."""
    companions = {name: vault.receive(path, home) for name, path in delivery.companions.items()}
    content = vault.receive(delivery.files[0], home)
    fields = fields_of(companions["dictionary"])
    tables = tables_of(fields, header_of(content), companions.get("mapping"))
    meaning = json.dumps(digest_of(fields))
    meanings = [f"{meaning}{table.name}{sorted(table.fields.items())}" for table in tables]
    ids = [load_ids((content,), each)[0] for each in ("".join([RECORDS, *meanings]), *meanings)]
    return Received(delivery, (content,) * len(ids), companions, tuple(ids))


def check(received: Received, progress: Progress | None = None) -> list[CheckedFile]:
    """Raises InputRefused: IN-01, IN-14 a field or IN-19 a choice that the dictionary lacks, IN-18, IN-21."""
    content, dictionary = received.contents[0], received.companions["dictionary"]
    fields = fields_of(dictionary)
    sheet = csv_sheet(content, None)
    headers = list(next(sheet.rows())[1])
    tables = tables_of(fields, headers, received.companions.get("mapping"))
    refuse_foreign(headers, fields, content.name)
    records, ragged = records_of(sheet, headers, fields, content.name)
    if not records:
        raise InputRefused("IN-01", "The export has no records", file=content.name)
    key = headers[0]
    own = {record[key]: record for _, record in records if not record.get(INSTRUMENT)}
    whole = partial(
        CheckedFile,
        content=content,
        source="institution",
        dictionary=dictionary,
        encoding=sheet.encoding,
        delimiter=sheet.delimiter,
        line_ending=sheet.line_ending,
    )
    delivered = as_delivered(sheet, headers)
    files = [
        whole(
            load_id=received.load_ids[0],
            kind=RECORDS,
            role="export",
            columns=RECORD_COLUMNS,
            rows_read=sheet.n_rows - 1,
            insert=partial(
                hospital.insert, RECORDS, received.load_ids[0], RECORD_COLUMNS, lambda: delivered, (), ()
            ),
            rejects=ragged,
            events=sheet.events,
        )
    ]
    for table, load_id in zip(tables, received.load_ids[1:], strict=True):
        rows = rows_of(table, records, own, key, fields)
        if not rows:
            continue
        columns = tuple(
            Column(place, field, column, True)
            for place, (column, field) in enumerate(table.fields.items(), 1)
        )
        rejects = hospital.sorted_out(rows, columns, content.name).rejects
        files.append(
            whole(
                load_id=load_id,
                kind=table.name,
                role=hospital.ROLES[table.name],
                columns=columns,
                rows_read=len(rows),
                insert=partial(
                    hospital.insert, table.name, load_id, columns, partial(list, rows), rejects, ()
                ),
                rejects=rejects,
                header={"form": table.form, "made_from": received.load_ids[0]},
            )
        )
    return files


def inspect(connection: duckdb.DuckDBPyConnection, files: Sequence[CheckedFile]) -> list[tuple[str, Reject]]:
    """What only several files of one table can show; see hospital_files.inspect."""
    return hospital_files.inspect(connection, files)


# ---------------------------------------------------------------- what the project says


def fields_of(dictionary: Content) -> dict[str, DataField]:
    """Field name -> field, from the data dictionary."""
    rows = csv_sheet(dictionary, None).rows()
    header = next(rows)[1]
    fields = {}
    for line, cells in rows:
        row = dict(zip(header, cells, strict=False))
        name = row.get(NAME, "").strip()
        if not name or name in fields:
            raise InputRefused(
                "IN-13",
                "The data dictionary cannot be read: a field has no name, or one that another has",
                file=dictionary.name,
                line=line,
                value=name or None,
                remedy="Download the data dictionary from the project again.",
            )
        kind = row.get(KIND, "").strip()
        choices = choices_of(row.get(CHOICES, "")) if kind in ("radio", "dropdown", "checkbox") else {}
        fields[name] = DataField(name, row.get(FORM, "").strip(), kind == "checkbox", choices)
    return fields


def choices_of(text: str) -> dict[str, str]:
    """`1, Yes | 0, No` as code -> label."""
    pairs = (choice.split(",", 1) for choice in text.split("|") if "," in choice)
    return {code.strip(): label.strip() for code, label in pairs}


def digest_of(fields: Mapping[str, DataField]) -> list[list[object]]:
    return [
        [field.name, field.form, field.is_checkbox, sorted(field.choices.items())]
        for field in fields.values()
    ]


def header_of(content: Content) -> list[str]:
    return list(next(csv_sheet(content, None).rows())[1])


def tables_of(
    fields: Mapping[str, DataField], headers: Sequence[str], told: Content | None
) -> tuple[Table, ...]:
    """Our tables in the project: by the mapping, else by fields that have our columns' names."""
    entries = mapping.read(told.path).entries if told is not None else ()
    mapped = [(entry.table, dict(entry.columns)) for entry in entries]
    own = [
        (name, {"patient_key": headers[0]} | {column: column for column in columns if column in fields})
        for name, columns in mapping.TABLES.items()
    ]
    tables = []
    for name, columns in mapped or own:
        forms = [
            fields[field].form
            for column, field in columns.items()
            if field in fields and is_only_in(name, column)
        ]
        if forms:
            tables.append(Table(name, max(set(forms), key=forms.count), columns))
    if not tables:
        raise InputRefused(
            "IN-25",
            "The REDCap export has no field that has one of our columns' names",
            remedy="Put a mapping file beside it that says which field is which column.",
        )
    return tuple(tables)


def is_only_in(table: str, column: str) -> bool:
    return all(column not in columns for name, columns in mapping.TABLES.items() if name != table)


def refuse_foreign(headers: Sequence[str], fields: Mapping[str, DataField], file: str) -> None:
    forms = {f"{field.form}_complete" for field in fields.values()}
    strange = [
        header
        for header in headers
        if header.split("___")[0] not in fields and header not in forms and not header.startswith("redcap_")
    ]
    if strange:
        raise InputRefused(
            "IN-14",
            f"The data dictionary does not have {len(strange)} fields of the export: "
            + "; ".join(strange[:10]),
            file=file,
            column=strange[0],
            remedy="Put the data dictionary of this very project beside it.",
        )


# ---------------------------------------------------------------- rows


def as_delivered(sheet: Sheet, headers: Sequence[str]) -> list[tuple[int, tuple[str, ...]]]:
    """(line, cells of RECORD_COLUMNS) of every row of the right width."""
    rows = []
    for line, cells in islice(sheet.rows(), 1, None):
        if len(cells) == len(headers):
            filled = {header: cell for header, cell in zip(headers, cells, strict=True) if cell}
            what = (filled.get(name, "") for name in (headers[0], EVENT, INSTRUMENT, INSTANCE))
            rows.append((line, (*what, json.dumps(filled, ensure_ascii=False))))
    return rows


def records_of(
    sheet: Sheet, headers: Sequence[str], fields: Mapping[str, DataField], file: str
) -> tuple[list[tuple[int, Record]], tuple[Reject, ...]]:
    """(line, field -> label) of every row, and rejects for rows of another width."""
    records, ragged, unknown = [], [], []
    for line, cells in islice(sheet.rows(), 1, None):
        if len(cells) != len(headers):
            reason = f"{len(cells)} fields instead of {len(headers)}"
            ragged.append(Reject(line, "field_count", reason, ",".join(cells)))
            continue
        record, strange = labelled(dict(zip(headers, cells, strict=True)), fields)
        records.append((line, record))
        unknown += [(line, header, cell) for header, cell in strange]
    if unknown:
        raise unknown_choices(unknown, file)
    return records, tuple(ragged)


def unknown_choices(unknown: Sequence[tuple[int, str, str]], file: str) -> InputRefused:
    first_lines: dict[tuple[str, str], int] = {}
    for line, header, cell in unknown:
        first_lines.setdefault((header, cell), line)
    more = f"; and {len(first_lines) - MOST_LISTED} more" if len(first_lines) > MOST_LISTED else ""

    def what(with_value: bool) -> str:
        listed = [
            f"{repr(cell) if with_value else 'one'} in {header!r} (first on line {line:,})"
            for (header, cell), line in first_lines.items()
        ]
        return f"The data dictionary has no such choices: {'; '.join(listed[:MOST_LISTED])}{more}"

    line, header, cell = unknown[0]
    return InputRefused(
        "IN-19",
        what(with_value=False),
        what_by_hand=what(with_value=True),
        file=file,
        line=line,
        column=header,
        value=cell,
        remedy="Put the data dictionary of this very project beside it.",
    )


def labelled(
    cells: Mapping[str, str], fields: Mapping[str, DataField]
) -> tuple[Record, list[tuple[str, str]]]:
    """Codes as labels, the columns of a checkbox as one text of its checked choices; and unknown choices."""
    strange: list[tuple[str, str]] = []
    record: Record = {}
    for header, cell in cells.items():
        name, _, code = header.partition("___")
        field = fields.get(name)
        if field is not None and field.is_checkbox:
            label = next((text for key, text in field.choices.items() if key.lower() == code.lower()), code)
            chosen = [record[name]] if record.get(name) else []
            record[name] = "; ".join([*chosen, label] if cell.strip().lower() in CHECKED else chosen)
        elif field is not None and field.choices and cell.strip():
            known = field.choices.get(cell.strip())
            if known is None and cell.strip() not in field.choices.values():
                strange.append((header, cell))
            record[name] = known if known is not None else cell
        else:
            record[header] = cell
    return record, strange


def rows_of(
    table: Table,
    records: Sequence[tuple[int, Record]],
    own: Mapping[str, Record],
    key: str,
    fields: Mapping[str, DataField],
) -> list[tuple[int, tuple[str, ...]]]:
    """The rows of one table: of its form, with what the patient's own row shares with it."""
    here = {name for name, field in fields.items() if field.form == table.form}
    instruments = {record.get(INSTRUMENT, "") for _, record in records} - {""}
    repeats = {name for name in instruments if squeezed(name) == squeezed(table.form)}
    rows = []
    for line, record in records:
        instrument = record.get(INSTRUMENT, "")
        is_filled = any(record.get(name, "").strip() for name in here if name != key)
        if (instrument in repeats) if repeats else (not instrument and is_filled):
            patient = own.get(record[key], {})
            rows.append(
                (line, tuple(record.get(field) or patient.get(field, "") for field in table.fields.values()))
            )
    return rows


def squeezed(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
