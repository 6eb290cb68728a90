"""NAACCR XML, versions 14 to 26: patients with their tumours, any item set, streamed; a row is a tumour.

Items are known by number first and identifier second, and land under the canonical name or, if we have none,
under their identifier in snake case. Items of the file and of the patient are repeated on each tumour's row.
A document type or entity is refused before it can do anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any
from xml.parsers import expat

import duckdb
import pyarrow as pa

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import vault
from flows.landing.checks import tumors
from flows.landing.forms.delivery import (
    CheckedFile,
    Received,
    RecognisedDelivery,
    Reject,
    identifier,
    load_ids,
)
from flows.landing.forms.hospital.mapping import Mapping
from flows.landing.forms.seer_listing.database_name import DatabaseName
from flows.landing.gathering import ReceivedFile, by_folder
from flows.landing.vault import Content
from flows.landing.vocabulary import OUR_OWN, Column, vocabulary
from flows.terminal.progress import Progress

TABLE = "naaccr_tumors"
# Items that staging reads, made even where no delivery has had them yet; others are added as they come.
NAACCR_ITEMS = (
    "date_of_birth",
    "date_of_diagnosis",
    "date_of_last_contact",
    "ihs_link",
    "sequence_number_hospital",
    "vital_status",
)
TABLES = {TABLE: (*vocabulary().columns, *NAACCR_ITEMS)}
NEEDED = ("patient_id", "date_of_diagnosis", "sex", "hist", "behavior")
BATCH_ROWS = 20_000
READ_BYTES = 1 << 20
LONGEST_VALUE = 100_000
# What tells who a patient is, and no study needs: names, numbers, streets, contacts, an abstract's free text.
IDENTIFYING_NUMBERS = (*range(2230, 2401), *range(2520, 2691))
IDENTIFYING = re.compile(
    r"name[A-Z]\w*|addr(AtDx|Current)(NoStreet|Supplementl)|followUpContact\w*|text[A-Z]\w*|telephone|latitude|"
    r"longitude|medicalRecordNumber|militaryRecordNoSuffix|socialSecurityNumber|medicareBeneficiaryIdentifier|"
    r"dcStateFileNumber"
)

Row = dict[str, str]


@dataclass(slots=True)
class Summary:
    """What one pass over a file saw.

    items      column name -> the item's identifier
    left_out   identifiers of items that are not landed because they tell who a patient is
    """

    n_tumors: int = 0
    n_patients_without_tumor: int = 0
    items: dict[str, str] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    root: dict[str, str] = field(default_factory=dict)
    is_synthetic: bool = False


def looks_like_naaccr_xml(start: bytes) -> bool:
    """Whether a file's first bytes are those of a NAACCR XML file."""
    return bool(re.search(rb"<(?:\w+:)?NaaccrData[\s>]", start))


def gather(seen: Sequence[ReceivedFile], mappings: Sequence[Mapping]) -> list[RecognisedDelivery]:
    """The documents of each folder."""
    return by_folder(seen, form="naaccr_xml")


def receive(delivery: RecognisedDelivery, home: Home) -> Received:
    """Take in the file."""
    contents = tuple(vault.receive(path, home, encoding=delivery.encoding) for path in delivery.files)
    return Received(delivery, contents, {}, load_ids(contents, "naaccr_xml"))


def check(received: Received, progress: Progress | None = None) -> list[CheckedFile]:
    """Raises InputRefused: IN-01 no tumour, IN-15 items missing, IN-28 not well-formed, or entities."""
    files = []
    for content, load_id in zip(received.contents, received.load_ids, strict=True):
        summary = Summary()
        for _ in rows(content, summary, progress):
            pass
        if not summary.n_tumors:
            raise InputRefused("IN-01", "The file has no tumours", file=content.name)
        if absent := [name for name in NEEDED if name not in summary.items]:
            raise InputRefused(
                "IN-15",
                "No record has the items that are needed: " + ", ".join(absent),
                file=content.name,
                remedy="Export it again with these items.",
            )
        columns = tuple(
            Column(position, item, name, name in vocabulary().columns)
            for position, (name, item) in enumerate(sorted(summary.items.items()), start=1)
        )
        files.append(
            CheckedFile(
                content=content,
                load_id=load_id,
                kind=TABLE,
                source="seer",
                role="tumors",
                columns=columns,
                rows_read=summary.n_tumors,
                insert=partial(insert, content, load_id, columns),
                database=DatabaseName(
                    text=summary.root.get("baseDictionaryUri", "NAACCR XML"),
                    kind="NAACCR XML",
                    product=f"record type {summary.root.get('recordType', '?')}",
                ),
                is_synthetic=summary.is_synthetic,
                encoding="xml",
                header={
                    "root": summary.root,
                    "patients_without_tumor": summary.n_patients_without_tumor,
                    "left_in_vault": sorted(summary.left_out),
                },
                events=content.events,
            )
        )
    return files


def inspect(connection: duckdb.DuckDBPyConnection, files: Sequence[CheckedFile]) -> list[tuple[str, Reject]]:
    """What only the rows together can show; see tumors.inspect."""
    return tumors.inspect(connection, TABLE, files, form="codes")


def insert(
    content: Content, load_id: str, columns: Sequence[Column], connection: duckdb.DuckDBPyConnection
) -> None:
    """Land every tumour, in batches, so that memory does not grow with the file."""
    names = [column.name for column in columns]
    schema = pa.schema(
        [("load_id", pa.string()), ("source_line", pa.int64()), *((name, pa.string()) for name in names)]
    )

    def batches() -> Iterator[pa.RecordBatch]:
        waiting: list[tuple[int, Row]] = []
        for found in rows(content, Summary()):
            waiting.append(found)
            if len(waiting) == BATCH_ROWS:
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


def rows(content: Content, summary: Summary, progress: Progress | None = None) -> Iterator[tuple[int, Row]]:
    """(line of the <Tumor> element, items by column name) of every tumour, in the file's order."""
    reader = _Reader(content.name, summary)
    done = 0
    with content.path.open("rb") as file:
        while block := file.read(READ_BYTES):
            reader.feed(block)
            yield from reader.taken()
            done += len(block)
            if progress is not None:
                progress(done / content.size, f"reading {content.name}")
        reader.feed(b"", is_last=True)
        yield from reader.taken()


class _Reader:
    """Expat's events turned into rows: what is open, and the items of file, patient and tumour."""

    def __init__(self, name: str, summary: Summary) -> None:
        self.name, self.summary = name, summary
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.parser.CommentHandler = self.comment
        self.parser.StartDoctypeDeclHandler = self.refuse_doctype
        self.open: list[str] = []
        self.of_file: Row = {}
        self.of_patient: Row = {}
        self.tumors: list[tuple[int, Row]] = []
        self.item: str | None = None
        self.value: list[str] = []
        self.ready: list[tuple[int, Row]] = []

    def feed(self, block: bytes, is_last: bool = False) -> None:
        try:
            self.parser.Parse(block, is_last)
        except expat.ExpatError as error:
            raise self.refused(f"it is not well-formed ({expat.ErrorString(error.code)})") from None

    def taken(self) -> list[tuple[int, Row]]:
        ready, self.ready = self.ready, []
        return ready

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        local = tag.rsplit(" ", 1)[-1]
        if local == "NaaccrData" and not self.open:
            self.summary.root = dict(attributes)
        elif local == "Patient":
            self.of_patient, self.tumors = {}, []
        elif local == "Tumor":
            self.tumors.append((self.parser.CurrentLineNumber, {}))
        elif local == "Item" and self.open[-1] in ("NaaccrData", "Patient", "Tumor"):
            self.item, self.value = column_of(attributes), []
            if self.item is None:
                raise self.refused("an Item has neither naaccrId nor naaccrNum")
            item_name = attributes.get("naaccrId") or attributes["naaccrNum"]
            if identifies(attributes):
                self.item = None
                self.summary.left_out.add(item_name)
            else:
                self.summary.items.setdefault(self.item, item_name)
        self.open.append(local)

    def text(self, text: str) -> None:
        if self.item is not None:
            self.value.append(text)

    def end(self, tag: str) -> None:
        local = self.open.pop()
        if local == "Item" and self.item is not None:
            value = "".join(self.value)
            if len(value) > LONGEST_VALUE:
                raise self.refused("an item is longer than any item can be")
            parent = self.open[-1]
            owner = (
                self.tumors[-1][1]
                if parent == "Tumor"
                else self.of_patient
                if parent == "Patient"
                else self.of_file
            )
            owner[self.item] = value
            self.item = None
        elif local == "Patient":
            self.ready += [(line, self.of_file | self.of_patient | items) for line, items in self.tumors]
            self.summary.n_tumors += len(self.tumors)
            self.summary.n_patients_without_tumor += not self.tumors

    def comment(self, text: str) -> None:
        self.summary.is_synthetic |= "synthetic" in text.lower()

    def refuse_doctype(self, *declared: Any) -> None:
        raise self.refused("it declares a document type, which may hold entities")

    def refused(self, what: str) -> InputRefused:
        return InputRefused(
            "IN-28",
            f"The XML cannot be read: {what}",
            file=self.name,
            line=self.parser.CurrentLineNumber,
        )


def identifies(attributes: dict[str, str]) -> bool:
    """Whether an item tells who the patient is."""
    number = attributes.get("naaccrNum", "")
    is_numbered = number.isdigit() and int(number) in IDENTIFYING_NUMBERS
    return is_numbered or IDENTIFYING.fullmatch(attributes.get("naaccrId", "")) is not None


def column_of(attributes: dict[str, str]) -> str | None:
    """The column of an item by its number, else its identifier, else the identifier in snake case."""
    number, name = attributes.get("naaccrNum"), attributes.get("naaccrId")
    by_number, by_name = known_items()
    if number is not None and number.isdigit() and int(number) in by_number:
        return by_number[int(number)]
    if name is not None:
        own = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
        is_ours = own in OUR_OWN or own in vocabulary().columns
        return by_name.get(name) or (f"delivered_{own}" if is_ours else own)
    return f"item_{number}" if number is not None else None


@cache
def known_items() -> tuple[dict[int, str], dict[str, str]]:
    columns = vocabulary().columns.values()
    return (
        {number: column.name for column in columns for number in column.naaccr_numbers},
        {name: column.name for column in columns for name in column.naaccr},
    )
