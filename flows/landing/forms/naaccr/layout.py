"""Where the items of NAACCR flat files stand: the standard's own, and those of dictionaries delivered beside.

Two forms are known, both published with the standard for versions 14 to 18: the dictionary in XML
(<NaaccrDictionary>, whose ItemDefs have startColumn and length), and the list of items as CSV (NAACCR XML ID,
NAACCR Number, Start Column, Length). A base dictionary repeats the standard, and must agree with it; a user
dictionary adds the items of one registry.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from xml.parsers import expat

from flows.errors import InputRefused
from flows.landing import vault
from flows.landing.forms.naaccr.items import contradiction, standard_items
from flows.landing.text.delivered_text import Text
from flows.landing.vocabulary import squeezed

PATIENT_ID_NUMBER = 20
BASE, USER = "layout", "user_layout"
LARGEST_BYTES = 16 << 20
IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
HEADERS = {
    "item": ("naaccrxmlid", "naaccrid", "xmlnaaccrid", "item"),
    "number": ("naaccrnumber", "naaccrnum", "itemnumber", "dataitemnumber", "number"),
    "start": ("startcolumn", "columnstart", "start"),
    "width": ("length", "fieldlength", "width"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One item: its identifier and number, its 1-based first character and its width."""

    item: str
    number: int
    start: int
    width: int

    @property
    def stop(self) -> int:
        """The 1-based last character."""
        return self.start + self.width - 1


def looks_like_layout(start: bytes) -> bool:
    """Whether a file's first bytes are those of a NAACCR dictionary, or of its list of items as CSV."""
    if b"<NaaccrDictionary" in start:
        return True
    first = start.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace")
    return len(places_of(first.split(","))) == len(HEADERS)


def kind_of(path: Path) -> tuple[str, str]:
    """Whether a layout is a base or a user dictionary, and its version; "" where it does not say."""
    content = vault.peek(path, LARGEST_BYTES)
    told = re.search(rb"<NaaccrDictionary\b[^>]*?\bnaaccrVersion\s*=\s*[\"'](\w*)", content)
    version = told[1].decode("ascii", "replace") if told else ""
    return (BASE if b"patientIdNumber" in content else USER), version


@cache
def standard(version: str) -> tuple[Item, ...]:
    """The standard's items in flat files of a version ("140" to "180"), in the order of their columns."""
    found = [
        Item(item.identifier, item.number, *item.places[version])
        for item in standard_items()
        if version in item.places
    ]
    return tuple(sorted(found, key=lambda item: item.start))


def with_layouts(version: str, layouts: Sequence[tuple[str, Sequence[Item]]]) -> tuple[Item, ...]:
    """The standard's items and those that layouts, each with its file's name, add to them.

    Raises InputRefused IN-32 where a layout contradicts the standard, or two items have one place.
    """
    items = {item.number: item for item in standard(version)}
    for file, added in layouts:
        for item in added:
            if against := contradiction(item.item, item.number):
                raise refused(file, against)
            known = items.setdefault(item.number, item)
            if (known.start, known.width) != (item.start, item.width):
                raise refused(
                    file,
                    f"in version {version[:2]} {known.item} stands at {known.start}, {known.width} wide, and "
                    f"here at {item.start}, {item.width} wide",
                )
        ordered = sorted(items.values(), key=lambda item: item.start)
        for before, after in pairwise(ordered):
            if after.start <= before.stop:
                raise refused(file, f"the items {before.item} and {after.item} overlap")
    return tuple(sorted(items.values(), key=lambda item: item.start))


def read(text: Text, version: str) -> tuple[Item, ...]:
    """A delivered layout's items in the order of their columns.

    Raises InputRefused IN-32 when it cannot be read, has no item, is a base dictionary without the patient's
    number, or is not that of the `version` ("180", ...).
    """
    content = text.path.read_bytes()
    rows = (
        xml_rows(content, text.name, version) if b"<NaaccrDictionary" in content[:4096] else csv_rows(content)
    )
    items = sorted((item for row in rows if (item := item_of(row, text.name))), key=lambda item: item.start)
    if not items:
        raise refused(text.name, "it has no item with a start column and a length")
    if b"patientIdNumber" in content and PATIENT_ID_NUMBER not in {item.number for item in items}:
        raise refused(text.name, f"it has no patientIdNumber (item {PATIENT_ID_NUMBER})")
    numbers = [item.number for item in items]
    if repeated := sorted({number for number in numbers if numbers.count(number) > 1}):
        raise refused(text.name, f"it has the item {repeated[0]} twice")
    return tuple(items)


def csv_rows(content: bytes) -> list[dict[str, str]]:
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    places = places_of(header)
    return [
        {name: row[place].strip() for name, place in places.items()}
        for row in rows
        if len(row) == len(header)
    ]


def places_of(header: Sequence[str]) -> dict[str, int]:
    """The place of each of our columns among a header's cells."""
    cells = [squeezed(cell) for cell in header]
    columns = {
        name: next((cells.index(known) for known in spellings if known in cells), None)
        for name, spellings in HEADERS.items()
    }
    return {name: place for name, place in columns.items() if place is not None}


def xml_rows(content: bytes, file: str, version: str) -> list[dict[str, str]]:
    """The ItemDefs of a dictionary; a document type is refused before it can do anything."""
    rows: list[dict[str, str]] = []
    texts: list[str] = []

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        local = tag.rsplit(" ", 1)[-1]
        if local == "NaaccrDictionary":
            texts.append(attributes.get("naaccrVersion", ""))
        elif local == "ItemDef":
            rows.append(
                {
                    "item": attributes.get("naaccrId", ""),
                    "number": attributes.get("naaccrNum", ""),
                    "start": attributes.get("startColumn", ""),
                    "width": attributes.get("length", ""),
                }
            )

    def refuse_doctype(*declared: object) -> None:
        raise refused(file, "it declares a document type, which may hold entities")

    parser = expat.ParserCreate("utf-8", namespace_separator=" ")  # whatever it declares
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise refused(file, f"it is not well-formed, line {error.lineno}") from None
    if texts and texts[0] not in ("", version):
        raise refused(file, f"it is of version {texts[0]} and the records are of version {version}")
    return rows


def item_of(row: Mapping[str, str], file: str) -> Item | None:
    """None for items that flat files do not have."""
    if not row["start"]:
        return None
    numbers = [row[name] for name in ("number", "start", "width")]
    if not IDENTIFIER.fullmatch(row["item"]):
        what = f"the item {row['number']} is called {row['item']!r}, and an identifier has letters and digits"
        raise refused(file, what)
    if not all(number.isascii() and number.isdigit() for number in numbers):
        raise refused(file, f"the item {row['item']} has no whole number for a place")
    number, start, width = map(int, numbers)
    if start < 1 or width < 1:
        raise refused(file, f"the item {row['item']} stands nowhere")
    return Item(row["item"], number, start, width)


def refused(file: str, what: str) -> InputRefused:
    return InputRefused(
        "IN-32",
        f"The NAACCR layout cannot be used: {what}",
        file=file,
    )
