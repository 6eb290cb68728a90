"""Where the items of NAACCR flat files stand: our table of version 18, or the layout delivered with the file.

Two forms are known, both published with the standard for versions 14 to 18: the default dictionary in XML
(<NaaccrDictionary>, whose ItemDefs have startColumn and length), and the list of items as CSV (NAACCR XML ID,
NAACCR Number, Start Column, Length).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from xml.parsers import expat

from flows.errors import InputRefused
from flows.landing.text.delivered_text import Text
from flows.landing.vocabulary import HERE, squeezed

PATIENT_ID_NUMBER = 20
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


@cache
def version_18() -> tuple[Item, ...]:
    """The items of version 18 that second-cancer studies use."""
    with (HERE / "naaccr18.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Item(row["item"], int(row["number"]), int(row["start"]), int(row["width"]))
            for row in csv.DictReader(file)
        )


def read(text: Text, version: str) -> tuple[Item, ...]:
    """A delivered layout's items in the order of their columns.

    Raises InputRefused IN-32 when it cannot be read, overlaps, lacks the patient's number, or is not
    that of the `version` ("180", ...).
    """
    content = text.path.read_bytes()
    rows = (
        xml_rows(content, text.name, version) if b"<NaaccrDictionary" in content[:4096] else csv_rows(content)
    )
    items = sorted((item for row in rows if (item := item_of(row, text.name))), key=lambda item: item.start)
    if not items:
        raise refused(text.name, "it has no item with a start column and a length")
    if PATIENT_ID_NUMBER not in {item.number for item in items}:
        raise refused(text.name, f"it has no patientIdNumber (item {PATIENT_ID_NUMBER})")
    for before, after in pairwise(items):
        if after.start <= before.stop:
            raise refused(text.name, f"the items {before.item} and {after.item} overlap")
    if version == "180":
        by_number = {item.number: item for item in items}
        for known in version_18():
            other = by_number.get(known.number)
            if other is not None and (other.start, other.width) != (known.start, known.width):
                raise refused(
                    text.name,
                    f"in version 18 {known.item} stands at {known.start}, {known.width} wide, and here at "
                    f"{other.start}, {other.width} wide",
                )
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

    parser = expat.ParserCreate(namespace_separator=" ")
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
