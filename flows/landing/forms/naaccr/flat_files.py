"""NAACCR flat files of versions 14 to 18, record types I, C, A and M: fixed columns, a record a tumour.

The items of version 18 that second-cancer studies use are known; any other item, and versions 14 to 16, need
the layout beside the file (see naaccr_layout.py). What of a record's incidence part no item of the layout
covers lands together as one text, `other_columns`, so that nothing of that part is lost. The confidential
part and the abstract's free text, which identify patients, stay in the vault.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial

import duckdb

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import vault
from flows.landing.checks import tumors
from flows.landing.forms.delivery import CheckedFile, Received, RecognisedDelivery, Reject, load_ids
from flows.landing.forms.hospital.mapping import Mapping
from flows.landing.forms.naaccr import layout as naaccr_layout
from flows.landing.forms.naaccr.layout import Item
from flows.landing.forms.naaccr.xml_documents import column_of
from flows.landing.forms.seer_listing.database_name import DatabaseName
from flows.landing.gathering import ReceivedFile, by_folder
from flows.landing.text import fixed_width
from flows.landing.text.delivered_text import as_utf8, first_line
from flows.landing.text.fixed_width import Field
from flows.landing.vocabulary import Column, vocabulary
from flows.terminal.progress import Progress

TABLE = "naaccr_tumors"
# Version -> characters of a record by its type; the incidence part, which every type has, comes first.
OLD = {b"I": 3339, b"C": 5564, b"A": 22824, b"M": 22824}
LENGTHS = {"140": OLD, "150": OLD, "160": OLD, "180": {b"I": 4048, b"C": 6154, b"A": 24194, b"M": 24194}}
VERSION_START = 16
SHORTEST = 3000
OTHER_COLUMNS = "other_columns"
ENCODINGS = ("ascii", "cp1252")


def looks_like_naaccr_flat(start: bytes) -> bool:
    """Whether a file's first bytes are a flat record: its type in column 1, its version in 17 to 19."""
    is_text = b"\n" not in start[: VERSION_START + 3]
    return is_text and start[:1] in OLD and version_of(start) in LENGTHS


def version_of(record: bytes) -> str:
    return record[VERSION_START : VERSION_START + 3].decode("ascii", "replace")


def gather(seen: Sequence[ReceivedFile], mappings: Sequence[Mapping]) -> list[RecognisedDelivery]:
    """The files of each folder, with the layout that lies there, if any."""
    return by_folder(seen, form="naaccr_flat", companion="naaccr_layout")


def receive(delivery: RecognisedDelivery, home: Home) -> Received:
    """Take in the files and their layout, if there is one."""
    contents = tuple(vault.receive(path, home, encoding=delivery.encoding) for path in delivery.files)
    companions = {
        name: vault.receive(path, home, encoding=delivery.encoding)
        for name, path in delivery.companions.items()
    }
    items = items_of(companions, version_of(first_line(as_utf8(contents[0], guesses=ENCODINGS))))
    meaning = json.dumps([[item.number, item.start, item.width] for item in items])
    return Received(delivery, contents, companions, load_ids(contents, f"naaccr_flat{meaning}"))


def items_of(companions: dict[str, vault.Content], version: str) -> tuple[Item, ...]:
    if "layout" in companions:
        text = as_utf8(companions["layout"])
        items = naaccr_layout.read(text, version)
        refuse_twins(items, text.name)
        return items
    return naaccr_layout.version_18()


def refuse_twins(items: Sequence[Item], file: str) -> None:
    """Raise IN-32 for items that would land in one column, by their number or their identifier."""
    taken = {OTHER_COLUMNS: "the rest of the record"}
    for item in items:
        column = column_name(item)
        if column in taken:
            raise naaccr_layout.refused(file, f"{item.item} and {taken[column]} have one column, {column}")
        taken[column] = item.item


def check(received: Received, progress: Progress | None = None) -> list[CheckedFile]:
    """Raises InputRefused: IN-01, IN-03 to IN-05, IN-07, IN-12, IN-18 records of another length, IN-32."""
    files = []
    for content, load_id in zip(received.contents, received.load_ids, strict=True):
        text = as_utf8(content, guesses=ENCODINGS)
        first = first_line(text)
        version, kind = version_of(first), first[:1]
        require_layout(received, content.name, version)
        length, incidence = LENGTHS[version][kind], LENGTHS[version][b"I"]
        items = [item for item in items_of(dict(received.companions), version) if item.stop <= incidence]
        pieces = uncovered(items, incidence)
        fields, columns = landed(items, pieces)
        records = fixed_width.count_records(text, length=length, shortest=SHORTEST, progress=progress)
        files.append(
            CheckedFile(
                content=content,
                load_id=load_id,
                kind=TABLE,
                source="seer",
                role="tumors",
                columns=columns,
                rows_read=records.n_records,
                insert=partial(
                    fixed_width.insert,
                    table=TABLE,
                    text=text,
                    records=records,
                    fields=fields,
                    length=length,
                    load_id=load_id,
                ),
                rejects=records.rejects,
                dictionary=received.companions.get("layout"),
                database=DatabaseName(
                    text=f"NAACCR flat file, version {version[:2]}", product=f"record type {kind.decode()}"
                ),
                encoding=text.encoding,
                line_ending=records.line_ending,
                header={
                    "record_length": length,
                    "other_columns": [list(piece) for piece in pieces],
                    "left_in_vault": [[incidence + 1, length - incidence]] if length > incidence else [],
                },
                events=content.events + text.events,
            )
        )
    return files


def require_layout(received: Received, file: str, version: str) -> None:
    if version != "180" and "layout" not in received.companions:
        raise InputRefused(
            "IN-12",
            f"These are NAACCR records of version {version[:2]}, and their layout is missing",
            file=file,
            remedy=f"Put naaccr-dictionary-{version}.xml, which NAACCR publishes, into the same folder.",
        )


def uncovered(items: Sequence[Item], incidence: int) -> tuple[tuple[int, int], ...]:
    """(start, width) of the incidence part's columns between and after the items."""
    pieces, place = [], 1
    for item in sorted(items, key=lambda item: item.start):
        if item.start > place:
            pieces.append((place, item.start - place))
        place = item.stop + 1
    if place <= incidence:
        pieces.append((place, incidence - place + 1))
    return tuple(pieces)


def column_name(item: Item) -> str:
    return column_of({"naaccrNum": str(item.number), "naaccrId": item.item}) or item.item


def landed(
    items: Sequence[Item], pieces: tuple[tuple[int, int], ...]
) -> tuple[list[Field], tuple[Column, ...]]:
    """Fields and columns of a layout's items, and at the end of all that they leave uncovered."""
    names = [column_name(item) for item in items]
    headers = [item.item for item in items]
    fields = [Field(name, item.start, item.width) for name, item in zip(names, items, strict=True)]
    if pieces:
        headers.append(OTHER_COLUMNS)
        fields.append(Field(OTHER_COLUMNS, 1, sum(width for _, width in pieces), pieces))
    columns = tuple(
        Column(position, header, field.name, field.name in vocabulary().columns)
        for position, (header, field) in enumerate(zip(headers, fields, strict=True), start=1)
    )
    return fields, columns


def inspect(connection: duckdb.DuckDBPyConnection, files: Sequence[CheckedFile]) -> list[tuple[str, Reject]]:
    """What only the rows together can show; see tumors.inspect."""
    return tumors.inspect(connection, TABLE, files, form="codes")
