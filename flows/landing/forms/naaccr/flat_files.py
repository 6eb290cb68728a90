"""NAACCR flat files of versions 14 to 18, record types I, C, A and M: fixed columns, a record a tumour.

The items of the standard are known; those of a registry's own need its user dictionary beside the file (see
layout.py). What of a record's incidence part no item covers lands together as one text, `other_columns`, so
that nothing of that part is lost. The confidential part and the abstract's free text, which tell who a
patient is, stay in the vault.
"""

from __future__ import annotations

import json
from collections.abc import Mapping as Companions
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import duckdb

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import vault
from flows.landing.forms.delivery import CheckedFile, Received, RecognisedDelivery, load_ids
from flows.landing.forms.hospital.mapping import Mapping
from flows.landing.forms.naaccr import layout as naaccr_layout
from flows.landing.forms.naaccr import records as naaccr_records
from flows.landing.forms.naaccr.items import column_of, identifies, second_choices
from flows.landing.forms.naaccr.layout import Item
from flows.landing.forms.naaccr.records import NEEDED, TABLE
from flows.landing.forms.seer_listing.database_name import DatabaseName
from flows.landing.gathering import ReceivedFile
from flows.landing.text import fixed_width
from flows.landing.text.delivered_text import Text, as_utf8, first_line
from flows.landing.text.fixed_width import Field
from flows.landing.vocabulary import Column, vocabulary
from flows.terminal.progress import Progress

# Version -> characters of a record by its type; the incidence part, which every type has, comes first.
OLD = {b"I": 3339, b"C": 5564, b"A": 22824, b"M": 22824}
LENGTHS = {"140": OLD, "150": OLD, "160": OLD, "180": {b"I": 4048, b"C": 6154, b"A": 24194, b"M": 24194}}
VERSION_START = 16
SHORTEST_START = VERSION_START + 3
OTHER_COLUMNS = "other_columns"
ENCODINGS = ("utf-8", "cp1252")
# The items of which the first release knew the places. A load is named by them where no base dictionary came
# with it, and by none that were learnt later: the same file has the same name in every home.
NAMING = frozenset([
    20, 21, 40, 60, 150, 160, 190, 191, 192, 220, 230, 240, 380, 390, 400, 420, 430, 490, 500, 522,
    523, 560, 610, 1260, 1360, 1390, 1400, 1410, 1420, 1750, 1760, 1762, 1770, 1775, 1782, 1783,
    1784, 1785, 1786, 1787, 1788, 1860, 1880, 1910, 1914, 1915, 1920, 3230, 3250, 3857, 3869, 3926,
    3930, 3931,
])  # fmt: skip


def looks_like_naaccr_flat(start: bytes) -> bool:
    """Whether a file's first bytes are a flat record: its type in column 1, its version in 17 to 19."""
    is_text = b"\n" not in start[: VERSION_START + 3]
    return is_text and start[:1] in OLD and version_of(start) in LENGTHS


def version_of(record: bytes) -> str:
    """The three characters that say it; a letter with an accent before them is one character."""
    return record[:64].decode("utf-8", "replace")[VERSION_START : VERSION_START + 3]


def version_and_type_of(text: Text) -> tuple[str, bytes]:
    """Of the first record, and so of all; raises InputRefused IN-18 where it does not say them."""
    first = first_line(text)
    version, kind = version_of(first), first[:1]
    if kind not in LENGTHS.get(version, {}):
        raise InputRefused(
            "IN-18",
            "The first record does not say its type in character 1 and its version in 17 to 19",
            file=text.name,
            line=1,
        )
    return version, kind


def gather(seen: Sequence[ReceivedFile], mappings: Sequence[Mapping]) -> list[RecognisedDelivery]:
    """The files of one version in each folder, with the dictionaries that lie there.

    Raises InputRefused IN-32 for two dictionaries of a kind and version, or one of another version.
    """
    files: dict[tuple[Path, str], list[Path]] = {}
    for each in seen:
        if each.form == "naaccr_flat":
            version = version_of(vault.peek(each.path, SHORTEST_START))
            files.setdefault((each.path.parent, version), []).append(each.path)
    layouts = [
        (each.path, *naaccr_layout.kind_of(each.path)) for each in seen if each.form == "naaccr_layout"
    ]
    for path, _, version in layouts:
        of_folder = {theirs for folder, theirs in files if folder == path.parent}
        if of_folder and version and version not in of_folder:
            theirs = " and ".join(sorted(of_folder))
            raise naaccr_layout.refused(
                path.name, f"it is of version {version} and the records are of version {theirs}"
            )
    deliveries = []
    for (folder, version), paths in files.items():
        companions: dict[str, Path] = {}
        for path, kind, theirs in layouts:
            if path.parent == folder and theirs in ("", version):
                if kind in companions:
                    words = "base" if kind == naaccr_layout.BASE else "user"
                    raise naaccr_layout.refused(
                        path.name, f"{companions[kind].name} is a {words} dictionary of this version, too"
                    )
                companions[kind] = path
        deliveries.append(RecognisedDelivery("naaccr_flat", tuple(paths), companions))
    return deliveries


def receive(delivery: RecognisedDelivery, home: Home) -> Received:
    """Take in the files and their layouts, if there are any."""
    contents = tuple(vault.receive(path, home, encoding=delivery.encoding) for path in delivery.files)
    companions = {
        name: vault.receive(path, home, encoding=delivery.encoding)
        for name, path in delivery.companions.items()
    }
    version, _ = version_and_type_of(as_utf8(contents[0], guesses=ENCODINGS))
    layouts = dict(layouts_of(companions, version))
    base = layouts.pop(naaccr_layout.BASE, None) or [
        item for item in naaccr_layout.standard(version) if item.number in NAMING
    ]
    naming = [*base, *(item for added in layouts.values() for item in added)]
    meaning = json.dumps([[item.number, item.start, item.width] for item in naming])
    return Received(delivery, contents, companions, load_ids(contents, f"naaccr_flat{meaning}"))


def layouts_of(
    companions: Companions[str, vault.Content], version: str
) -> list[tuple[str, tuple[Item, ...]]]:
    """The layouts delivered with a file, the base dictionary first: kind and items."""
    return [
        (kind, naaccr_layout.read(as_utf8(companions[kind]), version))
        for kind in (naaccr_layout.BASE, naaccr_layout.USER)
        if kind in companions
    ]


def items_of(companions: Companions[str, vault.Content], version: str) -> tuple[Item, ...]:
    """The standard's items and those of the layouts beside the file, in the order of their columns."""
    layouts = [(companions[kind].name, items) for kind, items in layouts_of(companions, version)]
    return naaccr_layout.with_layouts(version, layouts)


def check(received: Received, progress: Progress | None = None) -> list[CheckedFile]:
    """Raises InputRefused: IN-01, IN-03 to IN-05, IN-07, IN-18 records of another length, IN-32."""
    files = []
    for path, content, load_id in zip(
        received.recognised.files, received.contents, received.load_ids, strict=True
    ):
        text = as_utf8(content, guesses=ENCODINGS)
        version, kind = version_and_type_of(text)
        length, incidence = LENGTHS[version][kind], LENGTHS[version][b"I"]
        items = [item for item in items_of(received.companions, version) if item.stop <= incidence]
        pieces = uncovered(items, incidence)
        left = [item for item in items if identifies(item.item, item.number)]
        fields, columns = landed([item for item in items if item not in left], pieces)
        shortest = max(item.stop for item in items if column_name(item) in NEEDED)
        found = fixed_width.count_records(text, length=length, shortest=shortest, progress=progress)
        in_vault = [[item.start, item.width] for item in left]
        files.append(
            CheckedFile(
                content=content,
                load_id=load_id,
                kind=TABLE,
                source="seer",
                role="tumors",
                columns=columns,
                rows_read=found.n_records,
                insert=partial(
                    fixed_width.insert,
                    table=TABLE,
                    text=text,
                    records=found,
                    fields=fields,
                    length=length,
                    load_id=load_id,
                ),
                rejects=found.rejects,
                dictionary=received.companions.get(naaccr_layout.BASE)
                or received.companions.get(naaccr_layout.USER),
                database=DatabaseName(
                    text="NAACCR flat files",
                    product=f"version {version[:2]}, record type {kind.decode()}",
                ),
                encoding=text.encoding,
                line_ending=found.line_ending,
                header={
                    "record_length": length,
                    "other_columns": [list(piece) for piece in pieces],
                    "left_in_vault": [
                        *in_vault,
                        *([[incidence + 1, length - incidence]] if length > incidence else []),
                    ],
                },
                events=content.events + text.events + found.events,
                short_numbers="short_patient_numbers",
                path=path,
            )
        )
    return files


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
    """No flat file has the item that another is second choice to: version 18 was the last."""
    column = column_of(item.item, item.number)
    return second_choices().get(column, column)


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


def inspect(connection: duckdb.DuckDBPyConnection, files: Sequence[CheckedFile]) -> None:
    """What only the rows together can show: other kinds of records, and what records.inspect looks for."""
    for file in files:
        for name, item in (("record_type", "recordType"), ("naaccr_record_version", "naaccrRecordVersion")):
            other = connection.execute(
                f"select min(source_line) from raw.{TABLE} where load_id = ? and delivered_{name} <> "
                f"(select arg_min(delivered_{name}, source_line) from raw.{TABLE} where load_id = ?)",
                [file.load_id, file.load_id],
            ).fetchall()[0][0]
            if other is not None:
                raise InputRefused(
                    "IN-18",
                    "The records of this file are of several versions or types, each with its own layout",
                    file=file.content.name,
                    line=other,
                    column=item,
                    remedy="Split the file: one for each version and record type.",
                )
    naaccr_records.inspect(connection, files)
