"""NAACCR XML, versions 14 to 26: patients with their tumours, any item set, streamed; a row is a tumour.

A document is read twice: xml_structure.py checks and counts it, then its rows are made here, and what was
made must be what was counted. Items of the file and of the patient are repeated on each tumour's row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Companions
from dataclasses import replace
from functools import partial
from xml.parsers import expat

import duckdb
import pyarrow as pa

from flows.errors import AuditRefused, InputRefused
from flows.home import Home
from flows.landing import vault
from flows.landing.forms.delivery import (
    CheckedFile,
    Received,
    RecognisedDelivery,
    identifier,
    load_ids,
)
from flows.landing.forms.hospital import mapping as mappings
from flows.landing.forms.hospital.mapping import Mapping
from flows.landing.forms.naaccr import records
from flows.landing.forms.naaccr.items import second_choices
from flows.landing.forms.naaccr.records import NEEDED, TABLE, refuse_without_items
from flows.landing.forms.naaccr.xml_structure import INSIDE, READ_BYTES, Structure, examine
from flows.landing.forms.seer_listing.database_name import DatabaseName
from flows.landing.gathering import ReceivedFile, by_folder
from flows.landing.text.delivered_text import as_document
from flows.landing.vault import Content
from flows.landing.vocabulary import Column, vocabulary
from flows.terminal.progress import Progress
from flows.terminal.wording import counted

inspect = records.inspect
ROOT = re.compile(rb"<(?:\w+:)?NaaccrData[\s>]")
BATCH_CELLS = 1_000_000
LINE_ENDS = ("\n", "\r", "\t")

Row = dict[str, str]


def looks_like_naaccr_xml(start: bytes) -> bool:
    """Whether a file's first bytes are those of a NAACCR XML file."""
    return not start.startswith(b"PK") and bool(ROOT.search(start))


def gather(seen: Sequence[ReceivedFile], mapped: Sequence[Mapping]) -> list[RecognisedDelivery]:
    """The documents of each folder, with the mapping there or above it that names their patients, if any."""
    found = []
    for delivery in by_folder(seen, form="naaccr_xml"):
        folder = delivery.files[0].parent
        naming = [
            mapping.path
            for mapping in mapped
            if mapping.naaccr_patient is not None and mapping.path.parent in (folder, *folder.parents)
        ]
        companions = {"mapping": max(naming, key=lambda path: len(path.parts))} if naming else {}
        found.append(replace(delivery, companions=companions))
    return found


def receive(delivery: RecognisedDelivery, home: Home) -> Received:
    """Take in the files, and the mapping that names their patients."""
    contents = tuple(vault.receive(path, home, encoding=delivery.encoding) for path in delivery.files)
    companions = {name: vault.receive(path, home) for name, path in delivery.companions.items()}
    return Received(
        delivery, contents, companions, load_ids(contents, f"naaccr_xml{patient_item(companions) or ''}")
    )


def patient_item(companions: Companions[str, Content]) -> str | None:
    """The item that stands for the patient's number, as the mapping says."""
    return mappings.read(companions["mapping"].path).naaccr_patient if "mapping" in companions else None


def check(received: Received, progress: Progress | None = None) -> list[CheckedFile]:
    """Raises InputRefused: IN-01 no tumour, IN-15 items missing, IN-28 what cannot be read or counted."""
    named_by = patient_item(received.companions)
    files = []
    for path, content, load_id in zip(
        received.recognised.files, received.contents, received.load_ids, strict=True
    ):
        text = as_document(content)
        read = replace(content, path=text.path)
        structure = examine(read, progress, patient_item=named_by)
        if not structure.n_tumors:
            raise InputRefused("IN-01", "The file has no tumours", file=content.name)
        names = dict(structure.items)
        for own, column in second_choices().items():
            if own in names and column not in names:
                names[column] = names.pop(own)
        refuse_without_items([name for name in NEEDED if name not in names], content.name)
        if structure.misplaced is not None:
            raise structure.misplaced
        columns = tuple(
            Column(position, item, name, name in vocabulary().columns)
            for position, (name, item) in enumerate(sorted(names.items()), start=1)
        )
        files.append(
            CheckedFile(
                content=content,
                load_id=load_id,
                kind=TABLE,
                source="seer",
                role="tumors",
                columns=columns,
                rows_read=structure.n_tumors,
                insert=partial(insert, read, load_id, columns, structure),
                database=DatabaseName(
                    text="NAACCR XML",
                    kind="NAACCR XML",
                    product=f"version {structure.version[:2]}, "
                    f"record type {structure.root.get('recordType', '?')}",
                ),
                is_synthetic=structure.is_synthetic,
                encoding=text.encoding,
                header={
                    "root": structure.root,
                    "patients_without_tumor": structure.n_patients_without_tumor,
                    "items": {"read": structure.n_items, "left_in_vault": structure.n_left_out},
                    "other_elements": structure.n_foreign,
                    "left_in_vault": sorted(structure.left_out),
                },
                events=content.events + text.events + events_of(structure),
                short_numbers="" if named_by else "short_patient_numbers",
                place="tumour" if structure.shares_lines else "line",
                path=path,
            )
        )
    return files


def events_of(structure: Structure) -> tuple[str, ...]:
    """What the person who loads the document should know."""
    events = []
    if structure.shares_lines:
        events.append("tumors_counted")
    if structure.n_foreign:
        events.append(f"other_elements:{counted(structure.n_foreign, 'element')}")
    return tuple(events)


def insert(
    content: Content,
    load_id: str,
    columns: Sequence[Column],
    structure: Structure,
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Land every tumour, in batches, so that memory does not grow with the file.

    Raises AuditRefused LAND-03 where other items came into rows than were counted.
    """
    names = [column.name for column in columns]
    schema = pa.schema(
        [("load_id", pa.string()), ("source_line", pa.int64()), *((name, pa.string()) for name in names)]
    )
    at_once = max(1, BATCH_CELLS // len(names))
    maker = _RowMaker(structure)

    def batches() -> Iterator[pa.RecordBatch]:
        waiting: list[tuple[int, Row]] = []
        for found in maker.rows(content):
            waiting.append(found)
            if len(waiting) == at_once:
                yield batch(waiting)
                waiting.clear()
        if waiting:
            yield batch(waiting)

    def batch(found: list[tuple[int, Row]]) -> pa.RecordBatch:
        arrays = [
            pa.array([load_id] * len(found), pa.string()),
            pa.array([line for line, _ in found], pa.int64()),
            *(pa.array([row.get(name, "") for _, row in found], pa.string()) for name in names),
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=schema)

    connection.register("incoming", pa.RecordBatchReader.from_batches(schema, batches()))
    listed = ", ".join(identifier(name) for name in schema.names)
    connection.execute(f"insert into raw.{TABLE} by name select {listed} from incoming")
    connection.unregister("incoming")
    if maker.n_items != structure.n_items:
        raise AuditRefused(
            "LAND-03",
            f"Counting found {counted(structure.n_items, 'item')}, and {maker.n_items:,} came into rows",
            file=content.name,
            unchanged="Nothing of this load was kept.",
        )


class _RowMaker:
    """Expat's events turned into rows: the items of file, patient and tumour; `n_items` are those it put."""

    def __init__(self, structure: Structure) -> None:
        self.columns, self.n_items, self.n_tumors = structure.columns, 0, 0
        self.shares_lines = structure.shares_lines
        self.names = {f"{structure.own} {each}".strip(): each for each in INSIDE if each}
        self.parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.foreign = 0
        self.of_file: Row = {}
        self.of_patient: Row = {}
        self.tumors: list[tuple[int, Row]] = []
        self.owner = self.of_file
        self.column: str | None = None
        self.value: list[str] = []
        self.ready: list[tuple[int, Row]] = []

    def rows(self, content: Content) -> Iterator[tuple[int, Row]]:
        """(place, items by column name) of every tumour, in the file's order.

        The place is the line of the <Tumor> element. In a document where two share a line it is which tumour
        of the document this is, from 1: every row needs a place of its own.
        """
        with content.path.open("rb") as file:
            while block := file.read(READ_BYTES):
                self.parser.Parse(block, False)
                yield from self.ready
                self.ready.clear()
        self.parser.Parse(b"", True)
        yield from self.ready

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = None if self.foreign else self.names.get(tag)
        if name is None:
            self.foreign += 1
        elif name == "Item":
            self.column = self.columns[attributes.get("naaccrId"), attributes.get("naaccrNum")]
        elif name == "Tumor":
            self.owner = {}
            self.n_tumors += 1
            place = self.n_tumors if self.shares_lines else self.parser.CurrentLineNumber
            self.tumors.append((place, self.owner))
        elif name == "Patient":
            self.owner = self.of_patient = {}
            self.tumors = []

    def text(self, text: str) -> None:
        if self.column is not None and not self.foreign:
            self.value.append(text)

    def end(self, tag: str) -> None:
        if self.foreign:
            self.foreign -= 1
            return
        name = self.names[tag]
        if name == "Item":
            if self.column is not None:
                value = "".join(self.value)
                # A writer that puts a value on lines of its own indents it: no blanks of the item.
                has_own_lines = value[:1] in LINE_ENDS or value[-1:] in LINE_ENDS
                self.owner[self.column] = value.strip() if value and has_own_lines else value
                self.value.clear()
                self.column = None
        elif name == "Tumor":
            self.n_items += len(self.owner)
            self.owner = self.of_patient
        elif name == "Patient":
            self.n_items += len(self.of_patient)
            self.ready += [(line, whole(self.of_file | self.of_patient | row)) for line, row in self.tumors]
            self.owner = self.of_file
        else:
            self.n_items += len(self.of_file)


def whole(row: Row) -> Row:
    """A row in whose canonical columns the second choice stands where there is no first."""
    for own, column in second_choices().items():
        if own in row and not row.get(column, "").strip():
            row[column] = row.pop(own)
    return row
