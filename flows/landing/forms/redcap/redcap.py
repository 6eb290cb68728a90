"""REDCap exports, raw or with labels, read with the project's data dictionary.

Every row lands in raw.redcap_records as delivered, its filled cells as JSON; our tables are made from these.
Codes land as the dictionary's choices, a checkbox as its checked choices. Fields are known by our own column
names, or by the columns of a mapping entry.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

import duckdb

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import vault
from flows.landing.checks import hospital_files
from flows.landing.forms.delivery import (
    CheckedFile,
    Received,
    RecognisedDelivery,
    Reject,
    load_ids,
    too_many,
)
from flows.landing.forms.hospital import hospital, mapping
from flows.landing.forms.hospital.cells import NumberedRow, Sheet, csv_sheet
from flows.landing.forms.redcap import dictionary, tables
from flows.landing.forms.redcap.dictionary import DataDictionary, DataField, first_rows
from flows.landing.forms.redcap.export import (
    EVENT,
    INSTANCE,
    INSTRUMENT,
    ExportColumns,
    columns_of_export,
    has_export_header,
    plain,
)
from flows.landing.forms.redcap.tables import ExportReader, Table
from flows.landing.gathering import ReceivedFile
from flows.landing.vault import Content
from flows.landing.vocabulary import Column
from flows.terminal.progress import Progress
from flows.terminal.wording import counted

RECORDS = "redcap_records"
LARGEST_LOOKED_AT = 1 << 24
RECORD_COLUMNS = tuple(
    Column(place, name, name, True)
    for place, name in enumerate(("record_id", "event", "instrument", "instance", "cells"), start=1)
)


def looks_like_export(start: bytes) -> bool:
    """Whether a file's first line is the header of a REDCap export."""
    return any(map(has_export_header, first_rows(start, 1)))


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
        companions = {"dictionary": dictionary_of(each.path, beside)}
        if (match := hospital.entry_for(each.path, mappings)) is not None:
            companions["mapping"] = match.mapping_path
        deliveries.append(RecognisedDelivery("redcap", (each.path,), companions))
    return deliveries


def dictionary_of(export: Path, beside: Sequence[Path]) -> Path:
    """Of several dictionaries in the folder of an export the one that has most of its columns."""
    headers = next(iter(first_rows(vault.peek(export), 1)), [])
    columns = {plain(part) for header in headers for part in (header.split("___")[0], header)}

    def known(path: Path) -> int:
        names = dictionary.names_in(vault.peek(path, LARGEST_LOOKED_AT))
        return len(columns & {plain(name) for name in names})

    return max(beside, key=known) if len(beside) > 1 else beside[0]


def receive(delivery: RecognisedDelivery, home: Home) -> Received:
    """Take in export, data dictionary and mapping; export and each table made from it are loads."""
    companions = {
        name: vault.receive(path, home, encoding=delivery.encoding)
        for name, path in delivery.companions.items()
    }
    entries = mapping.read(companions["mapping"].path).entries if "mapping" in companions else ()
    encoding = next((entry.encoding for entry in entries if entry.encoding), delivery.encoding)
    content = vault.receive(delivery.files[0], home, encoding=encoding)
    said = dictionary.read(companions["dictionary"])
    its_tables = tables_in(content, header_of(csv_sheet(content, None)), said, companions)[1]
    meaning = json.dumps(digest_of(said.fields))
    meanings = [f"{meaning}{digest_of_table(table)}" for table in its_tables]
    ids = [load_ids((content,), each)[0] for each in ("".join([RECORDS, *meanings]), *meanings)]
    return Received(delivery, (content,) * len(ids), companions, tuple(ids))


def tables_in(
    content: Content, headers: Sequence[str], said: DataDictionary, companions: Mapping[str, Content]
) -> tuple[ExportColumns, list[Table]]:
    export = columns_of_export(headers, said, content.name)
    entries = mapping.read(companions["mapping"].path).entries if "mapping" in companions else ()
    return export, tables.tables_of(said, export, entries, content.name)


def check(received: Received, progress: Progress | None = None) -> list[CheckedFile]:
    """Raises InputRefused: IN-01, IN-14, IN-16, IN-18, IN-19 an unknown choice, IN-21, IN-25."""
    content, companions = received.contents[0], received.companions
    said = dictionary.read(companions["dictionary"])
    sheet = csv_sheet(content, None)
    headers = header_of(sheet)
    export, its_tables = tables_in(content, headers, said, companions)
    ragged = ragged_rows(sheet, headers, content.name)
    whole = partial(
        CheckedFile,
        content=content,
        source="institution",
        dictionary=companions["dictionary"],
        encoding=sheet.encoding,
        delimiter=sheet.delimiter,
        line_ending=sheet.line_ending,
    )
    reader = ExportReader(export, said)
    made: list[tuple[Table, str, list[NumberedRow]]] = []
    used: set[int] = set()
    empty: set[int] = set()
    left_out: list[str] = []
    for table, load_id in zip(its_tables, received.load_ids[1:], strict=True):
        found = tables.rows_of(table, records_of(sheet), reader, content.name)
        used |= found.used
        empty |= found.empty
        made += [(table, load_id, found.rows)] if found.rows else []
        left_out += [
            f"{table.fields[each]} (in {', '.join(events)})" for each, events in found.outside.items()
        ]
    empty -= used
    noted = [f"outside_event:{', '.join(left_out)}"] if left_out else []
    noted += [f"empty_repetitions:{counted(len(empty), 'row')}"] if empty else []
    tables.refuse_unknown_choices(reader, content.name)
    n_left = sheet.n_rows - 1 - len(ragged) - len(used | empty)
    left = (f"rows_of_no_table:{counted(n_left, 'row')}",) if n_left else ()
    files = [
        whole(
            load_id=received.load_ids[0],
            kind=RECORDS,
            role="export",
            columns=RECORD_COLUMNS,
            rows_read=sheet.n_rows - 1,
            insert=partial(
                hospital.insert,
                RECORDS,
                received.load_ids[0],
                RECORD_COLUMNS,
                partial(as_delivered, sheet, headers, export),
                (),
                (),
            ),
            rejects=ragged,
            header={"looked_for": looked_for(companions.get("mapping"))},
            events=(*sheet.events, *said.events, *noted, *left),
        )
    ]
    for table, load_id, rows in made:
        columns = tuple(
            Column(place, field, column, True)
            for place, (column, field) in enumerate(table.fields.items(), 1)
        )
        with hospital.rejects_of(content, load_id) as rejects:
            result = hospital.sorted_out(rows, columns, content.name, table.missing, {}, rejects)
        files.append(
            whole(
                load_id=load_id,
                kind=table.name,
                role=hospital.ROLES[table.name],
                columns=columns,
                rows_read=len(rows),
                insert=partial(
                    hospital.insert,
                    table.name,
                    load_id,
                    columns,
                    partial(iter, rows),
                    result.rejects,
                    table.missing,
                ),
                rejects=result.rejects,
                header={"form": table.form, "made_from": received.load_ids[0]},
                events=tuple(
                    f"missing_word:{word}:{count}" for word, count in sorted(result.blanked.items())
                ),
            )
        )
    return files


def looked_for(mapping_file: Content | None) -> str | None:
    """The second cancers that the project covers, if its mapping says so."""
    entries = mapping.read(mapping_file.path).entries if mapping_file is not None else ()
    return max((entry.looked_for for entry in entries), default="") or None


def inspect(connection: duckdb.DuckDBPyConnection, files: Sequence[CheckedFile]) -> None:
    """What only several files of one table can show; see hospital_files.inspect."""
    hospital_files.inspect(connection, files)


# ---------------------------------------------------------------- what the project says


def digest_of(fields: Mapping[str, DataField]) -> list[list[object]]:
    return [
        [field.name, field.form, field.is_checkbox, sorted(field.choices.items())]
        for field in fields.values()
    ]


def digest_of_table(table: Table) -> str:
    """Of what is asked for; what the mapping does not say counts for nothing."""
    asked = [*(["missing", *table.missing] if table.missing else []), *([table.event] if table.event else [])]
    return f"{table.name}{sorted(table.fields.items())}{json.dumps(asked, sort_keys=True) if asked else ''}"


def header_of(sheet: Sheet) -> list[str]:
    return [cell.strip() for cell in next(sheet.rows())[1]]


# ---------------------------------------------------------------- rows


def records_of(sheet: Sheet) -> Iterator[NumberedRow]:
    return islice(sheet.rows(), 1, None)


def ragged_rows(sheet: Sheet, headers: Sequence[str], file: str) -> tuple[Reject, ...]:
    """Rejects for rows of another width; raises IN-01 without any record, IN-18 for too many of them."""
    ragged = tuple(
        Reject(line, "field_count", f"{len(cells)} fields instead of {len(headers)}", ",".join(cells))
        for line, cells in records_of(sheet)
        if len(cells) != len(headers)
    )
    if sheet.n_rows < 2:
        raise InputRefused("IN-01", "The export has no records", file=file)
    # Before its headers are taken for choices that no field has.
    if again := next((n for n, cells in records_of(sheet) if [*map(str.strip, cells)] == [*headers]), None):
        raise InputRefused(
            "IN-18",
            "The header stands here once more: two exports were joined",
            file=file,
            line=again,
            remedy="Take this line out, or export all records of the project at once.",
        )
    if too_many(len(ragged), sheet.n_rows - 1):
        raise InputRefused(
            "IN-18",
            f"{len(ragged):,} of {sheet.n_rows - 1:,} rows do not have the fields of the header",
            file=file,
            line=ragged[0].source_line,
            remedy="Export the data again from the project.",
        )
    return ragged


def as_delivered(sheet: Sheet, headers: Sequence[str], export: ExportColumns) -> Iterator[NumberedRow]:
    """(line, cells of RECORD_COLUMNS) of every row of the right width."""
    own = {column.name: place for place, column in enumerate(export.columns) if column.name}
    places = [0, *(own.get(name) for name in (EVENT, INSTRUMENT, INSTANCE))]
    # Headers of labels repeat themselves.
    names = Counter(headers)
    keys = [f"{header} ({place})" if names[header] > 1 else header for place, header in enumerate(headers, 1)]
    for line, cells in records_of(sheet):
        if len(cells) == len(headers):
            filled = {key: cell for key, cell in zip(keys, cells, strict=True) if cell}
            what = (cells[place] if place is not None else "" for place in places)
            yield line, (*what, json.dumps(filled, ensure_ascii=False))
