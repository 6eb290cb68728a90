"""A NAACCR XML document looked through from its first element to its last, before a row is made of it.

Every element and item is counted here, by code that makes no rows: what is no part of the standard's
structure is refused with its line, and what is passed over is counted by its reason. Memory does not grow
with the file.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from flows.errors import InputRefused
from flows.landing.forms.naaccr.items import (
    VERSIONS,
    column_of,
    contradiction,
    identifiers,
    identifies,
    levels,
    own_column,
)
from flows.landing.forms.naaccr.records import PATIENT
from flows.landing.vault import Content
from flows.terminal.progress import Progress
from flows.terminal.wording import counted

NAMESPACE = "http://naaccr.org/naaccrxml"
# Element -> the elements that stand in it. Elements of other namespaces may stand anywhere but in an Item.
INSIDE = {
    "": frozenset(["NaaccrData"]),
    "NaaccrData": frozenset(["Item", "Patient"]),
    "Patient": frozenset(["Item", "Tumor"]),
    "Tumor": frozenset(["Item"]),
    "Item": frozenset[str](),
}
BASE_DICTIONARY = re.compile(r"naaccr-dictionary-(\d{3})\.xml\s*$", re.IGNORECASE)
RECORD_TYPES = ("I", "C", "A", "M")
IDENTIFIER = re.compile(r"[^\W\d][\w.-]{0,99}")
READ_BYTES = 1 << 20
LONGEST_VALUE = 100_000
LONGEST_TAG_BYTES = 4 << 20
MOST_ITEMS = 5_000  # a version of the standard has 800
MOST_TUMORS = 5_000  # of one patient
PATIENT_ID_NUMBER = "patientIdNumber"

Attributes = dict[str, str]
# An item as written: its identifier and its number.
Written = tuple[str | None, str | None]


@dataclass(slots=True)
class Structure:
    """What a document holds.

    own          the namespace of its elements; "" in documents that name none
    items        column -> identifier, or number, of the items that land
    columns      item as written -> its column; None for those that stay in the vault
    left_out     items that are not landed because they tell who a patient is
    n_items      items of all elements, without those that stay in the vault: n_left_out
    n_foreign    elements of other namespaces, without those that stand in them
    shares_lines  whether two tumours begin on one line, so that a line is no place of one tumour
    misplaced    what to raise for the first item in an element where the standard does not have it, once it
                 is known that the document has patient numbers
    """

    own: str = NAMESPACE
    root: Attributes = field(default_factory=dict)
    version: str = ""
    items: dict[str, str] = field(default_factory=dict)
    columns: dict[Written, str | None] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    n_tumors: int = 0
    n_items: int = 0
    n_left_out: int = 0
    n_foreign: int = 0
    n_patients_without_tumor: int = 0
    shares_lines: bool = False
    misplaced: InputRefused | None = None
    is_synthetic: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """An item as it was met first: its column, or what stands for one where it stays in the vault."""

    column: str
    is_left_out: bool


def examine(
    content: Content, progress: Progress | None = None, *, patient_item: str | None = None
) -> Structure:
    """Look through a document, in which `patient_item` stands for patientIdNumber, if it is given.

    Raises InputRefused IN-28 with the line of what cannot be read or counted.
    """
    examiner = _Examiner(content.name, patient_item)
    done = 0
    with content.path.open("rb") as file:
        while block := file.read(READ_BYTES):
            examiner.feed(block)
            done += len(block)
            if progress is not None:
                progress(done / content.size, f"reading {content.name}")
        examiner.feed(b"", is_last=True)
    return examiner.structure


class _Examiner:
    """Expat's events checked and counted."""

    def __init__(self, name: str, patient_item: str | None) -> None:
        self.name, self.structure, self.patient_item = name, Structure(), patient_item
        self.parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.parser.CommentHandler = self.comment
        self.parser.StartDoctypeDeclHandler = self.refuse_doctype
        self.n_fed = 0
        self.names: dict[str, str] = {}
        self.open = [""]
        self.foreign = 0  # how many open elements belong to another namespace, or stand in one that does
        self.known: dict[tuple[str | None, str | None, str], Known] = {}
        self.level_of: dict[str, str] = {}
        self.seen: dict[str, set[str]] = {"NaaccrData": set(), "Patient": set(), "Tumor": set()}
        self.n_tumors_of_patient = 0
        self.line_of_tumor = 0
        self.has_patient = False
        self.size = 0

    def feed(self, block: bytes, is_last: bool = False) -> None:
        try:
            self.parser.Parse(block, is_last)
        except expat.ExpatError as error:
            why = expat.ErrorString(error.code).removeprefix("not well-formed ").strip("()")
            raise self.refused(f"it is not well-formed ({why})") from None
        self.n_fed += len(block)
        if not is_last and self.n_fed - self.parser.CurrentByteIndex > LONGEST_TAG_BYTES:
            raise self.refused("a tag or comment is longer than any can be")

    def start(self, tag: str, attributes: Attributes) -> None:
        if self.foreign:
            self.foreign += 1
            return
        name = self.names.get(tag)
        if name is None or name not in INSIDE[self.open[-1]]:
            name = self.other_element(tag, attributes)
            if name is None:
                return
        if name == "Item":
            self.start_item(attributes)
        elif name == "Tumor":
            self.seen["Tumor"].clear()
            self.structure.n_tumors += 1
            self.structure.shares_lines |= self.parser.CurrentLineNumber == self.line_of_tumor
            self.line_of_tumor = self.parser.CurrentLineNumber
            self.n_tumors_of_patient += 1
            if self.n_tumors_of_patient > MOST_TUMORS:
                raise self.refused(f"one patient has more than {counted(MOST_TUMORS, 'tumour')}")
        elif name == "Patient":
            self.has_patient = True
            self.seen["Patient"].clear()
            self.n_tumors_of_patient = 0
        self.open.append(name)

    def start_item(self, attributes: Attributes) -> None:
        parent = self.open[-1]
        if parent == "NaaccrData" and self.has_patient:
            raise self.refused("an Item of the file stands behind a Patient, who would lack it")
        written = (attributes.get("naaccrId"), attributes.get("naaccrNum"), parent)
        known = self.known.get(written) or self.learn(written, attributes)
        if known.column in self.seen[parent]:
            raise self.refused(f"{item_name(written)} has a second value in one {parent} element")
        self.seen[parent].add(known.column)
        self.structure.n_items += not known.is_left_out
        self.structure.n_left_out += known.is_left_out
        self.size = 0

    def learn(self, written: tuple[str | None, str | None, str], attributes: Attributes) -> Known:
        """An item that was not met before in an element of this name."""
        identifier, told, _ = written
        if identifier is None and told is None:
            names = f": its attributes are {', '.join(sorted(attributes))}"[:200] if attributes else ""
            raise self.refused(f"an Item has neither naaccrId nor naaccrNum{names}")
        if identifier is not None and not IDENTIFIER.fullmatch(identifier):
            raise self.refused("an Item has a naaccrId that no item can have")
        if told is not None and not (told.isascii() and told.isdigit() and len(told) <= 9):
            raise self.refused("an Item has a naaccrNum that is no number")
        number = int(told) if told is not None else None
        if against := contradiction(identifier, number):
            raise self.refused(against)
        column = self.column_of(identifier, number)
        is_patient = column == PATIENT and self.patient_item is not None
        if not is_patient:
            self.refuse_level(written, column)
        known = Known(column, identifies(identifier, number) and not is_patient)
        if known.is_left_out:
            self.structure.left_out.add(identifier or str(number))
        else:
            self.structure.items.setdefault(column, identifier or str(number))
        if len(self.structure.items) > MOST_ITEMS:
            raise self.refused(f"it has more than {counted(MOST_ITEMS, 'different item')}")
        self.structure.columns[identifier, told] = None if known.is_left_out else column
        self.known[written] = known
        if len(self.known) > 4 * MOST_ITEMS:
            raise self.refused("its items are written in too many ways")
        return known

    def column_of(self, identifier: str | None, number: int | None) -> str:
        column = column_of(identifier, number)
        if self.patient_item is not None:
            if self.patient_item in (identifier, identifiers().get(number or 0)):
                return PATIENT
            if column == PATIENT:
                return own_column(PATIENT_ID_NUMBER)
        return column

    def refuse_level(self, written: tuple[str | None, str | None, str], column: str) -> None:
        """An item stands where the standard has it, and in one kind of element only."""
        identifier, _, parent = written
        allowed = levels().get(identifier or "")
        if allowed is not None and parent not in allowed:
            where = " or ".join(sorted(allowed))
            misplaced = f"{item_name(written)} belongs into {where}, and here it stands in {parent}"
            self.structure.misplaced = self.structure.misplaced or self.refused(misplaced)
        elif self.level_of.setdefault(column, parent) != parent:
            raise self.refused(
                f"{item_name(written)} stands in {self.level_of[column]} and here in {parent}, and one value "
                "would hide the other"
            )

    def other_element(self, tag: str, attributes: Attributes) -> str | None:
        """The root's name, or None for an element of another namespace; everything else is refused."""
        namespace, _, name = tag.rpartition(" ")
        parent = self.open[-1]
        if not parent:
            self.start_document(namespace, name, attributes)
            return name
        is_foreign = namespace not in (self.structure.own, NAMESPACE, "")
        if is_foreign and parent != "Item":
            self.foreign = 1
            self.structure.n_foreign += 1
            return None
        shown = f"`{name[:60]}`"
        if parent == "Item":
            raise self.refused(f"the element {shown} stands in an Item, which holds a value and nothing else")
        if tag in self.names:
            raise self.refused(f"a {name} element stands in {parent}, where the standard has none")
        near = difflib.get_close_matches(name, [each for each in INSIDE if each], 1, 0.5)
        meant = f"; did you mean {near[0]}?" if near and near[0] != name else ""
        raise self.refused(f"it has an element {shown} in {parent}, which NAACCR XML does not know{meant}")

    def start_document(self, namespace: str, name: str, attributes: Attributes) -> None:
        if name != "NaaccrData" or namespace not in (NAMESPACE, ""):
            raise self.refused("its first element is not NaaccrData of the namespace " + NAMESPACE)
        self.structure.own = namespace
        self.names = {f"{namespace} {each}".strip(): each for each in INSIDE if each}
        self.structure.root = dict(attributes)
        uri = attributes.get("baseDictionaryUri", "")
        found = BASE_DICTIONARY.search(uri)
        if found is None or found[1] not in VERSIONS:
            raise self.refused(
                "its baseDictionaryUri names no base dictionary of the versions 14 to 26"
                if uri
                else "it does not name its base dictionary (baseDictionaryUri), so its version is unknown"
            )
        self.structure.version = found[1]
        # Some writers leave the attribute out; no item is read otherwise for it.
        if attributes.get("recordType", "I") not in RECORD_TYPES:
            raise self.refused(f"its recordType is none of {', '.join(RECORD_TYPES)}")

    def text(self, text: str) -> None:
        if self.foreign:
            return
        if self.open[-1] != "Item":
            if not text.isspace():
                raise self.refused(f"there is text in {self.open[-1]} that belongs to no item")
            return
        self.size += len(text)
        if self.size > LONGEST_VALUE:
            raise self.refused("an item is longer than any item can be")

    def end(self, tag: str) -> None:
        if self.foreign:
            self.foreign -= 1
            return
        name = self.open.pop()
        if name == "Patient":
            self.structure.n_patients_without_tumor += not self.n_tumors_of_patient

    def comment(self, text: str) -> None:
        self.structure.is_synthetic |= "synthetic" in text.lower()

    def refuse_doctype(self, *declared: Any) -> None:
        raise self.refused("it declares a document type, which may hold entities")

    def refused(self, what: str) -> InputRefused:
        return InputRefused(
            "IN-28",
            f"The XML cannot be read: {what}",
            file=self.name,
            line=self.parser.CurrentLineNumber,
        )


def item_name(written: tuple[str | None, str | None, str]) -> str:
    identifier, number, _ = written
    return f"the item `{identifier}`" if identifier is not None else f"the item {number}"
