"""The items of the NAACCR standard, versions 14 to 26: their numbers, identifiers, levels and flat places.

The facts stand in flows/landing/vocabulary/naaccr_items.csv: a row an item, and another where its level or
its identifier changed from one version to the next. Items are known by number and identifier. They land under
the canonical column of the vocabulary, or as `delivered_` and their identifier in snake case.
"""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass
from functools import cache

from flows.landing.vocabulary import DELIVERED, HERE, vocabulary

FLAT_VERSIONS = ("140", "150", "160", "180")
VERSIONS = (*FLAT_VERSIONS, "210", "220", "230", "240", "250", "260")
# Items without a canonical column that staging or a check reads, by number; every raw table has them.
NAACCR_ITEMS = {
    60: "tumor_record_number",
    192: "ihs_link",
    240: "date_of_birth",
    390: "date_of_diagnosis",
    560: "sequence_number_hospital",
    1750: "date_of_last_contact",
    1760: "vital_status",
}
# What tells who a patient is, and no study needs: names, numbers, streets, contacts, an abstract's free text.
IDENTIFYING_NUMBERS = (*range(2230, 2401), *range(2520, 2691))
IDENTIFYING = re.compile(
    r"name[A-Z]\w*|addr(AtDx|Current)(NoStreet|Supplementl)|followUpContact\w*|text[A-Z]\w*|telephone|latitude|"
    r"longitude|medicalRecordNumber|militaryRecordNoSuffix|socialSecurityNumber|medicareBeneficiaryIdentifier|"
    r"dcStateFileNumber"
)


@dataclass(frozen=True, slots=True)
class StandardItem:
    """One item in the versions from `first` to `last`.

    level   the XML element that it stands in: NaaccrData, Patient or Tumor
    places  version -> 1-based first character and width in flat files, for the versions that have it
    """

    number: int
    identifier: str
    level: str
    first: str
    last: str
    places: dict[str, tuple[int, int]]


@cache
def standard_items() -> tuple[StandardItem, ...]:
    """Every item of the official base dictionaries, and the identifiers that version 18 had at first."""
    with (HERE / "naaccr_items.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            StandardItem(
                int(row["number"]),
                row["item"],
                row["level"],
                row["first"],
                row["last"],
                {
                    version: (int(row[f"start_{version}"]), int(row[f"width_{version}"]))
                    for version in FLAT_VERSIONS
                    if row[f"start_{version}"]
                },
            )
            for row in csv.DictReader(file)
        )


@cache
def numbers() -> dict[str, int]:
    """Identifier -> number of every item of the standard."""
    return {item.identifier: item.number for item in standard_items()}


@cache
def identifiers() -> dict[int, str]:
    """Number -> identifier of every item of the standard, the newest where it was renamed."""
    newest: dict[int, StandardItem] = {}
    for item in standard_items():
        if item.number not in newest or item.last > newest[item.number].last:
            newest[item.number] = item
    return {number: item.identifier for number, item in newest.items()}


@cache
def levels() -> dict[str, frozenset[str]]:
    """Identifier -> the elements in which the versions have it."""
    found: dict[str, set[str]] = {}
    for item in standard_items():
        found.setdefault(item.identifier, set()).add(item.level)
    return {identifier: frozenset(names) for identifier, names in found.items()}


def contradiction(identifier: str | None, number: int | None) -> str | None:
    """What of an item's identifier and number the standard denies; None where it denies nothing."""
    if identifier is None or number is None:
        return None
    theirs = numbers().get(identifier)
    if theirs not in (None, number):
        return f"`{identifier}` is item {theirs} of the standard, and here it has the number {number}"
    if theirs is None and number in identifiers():
        theirs_is = identifiers()[number]
        return f"item {number} of the standard is `{theirs_is}`, and here it is called `{identifier}`"
    return None


def identifies(identifier: str | None, number: int | None) -> bool:
    """Whether an item tells who the patient is."""
    return number in IDENTIFYING_NUMBERS or (
        identifier is not None and IDENTIFYING.fullmatch(identifier) is not None
    )


@cache
def canonical_columns() -> dict[str, str]:
    """Identifier -> column of the items that the vocabulary or staging names."""
    columns = {name: column.name for column in vocabulary().columns.values() for name in column.naaccr}
    return columns | {identifiers()[number]: column for number, column in NAACCR_ITEMS.items()}


@cache
def second_choices() -> dict[str, str]:
    """Column of its own -> canonical column, of an item that counts where a record lacks the preferred one.

    Sex is item 220 until version 25 and item 225 from version 26 on.
    """
    return {
        own_column(name): column.name
        for column in vocabulary().columns.values()
        for name in column.naaccr[1:]
    }


@cache
def own_columns() -> dict[str, str]:
    """Column -> identifier, of the items of the standard under the names that are theirs alone."""
    return {f"{DELIVERED}{snake_case(identifier)}": identifier for identifier in numbers()}


def own_column(identifier: str) -> str:
    """The column of an item by its identifier alone; no other identifier has it, whatever else a file holds.

    An item of a registry's own whose identifier cannot be told from another's in snake case carries a digest.
    """
    snake = snake_case(identifier)
    column = f"{DELIVERED}{snake}"
    owner = own_columns().get(column)
    if owner == identifier:
        return column
    back = re.sub(r"_([a-z])", lambda letter: letter[1].upper(), snake)
    if owner is None and back == identifier and identifier.isascii():
        return column
    return f"{column}_{hashlib.sha256(identifier.encode()).hexdigest()[:6]}"


def snake_case(identifier: str) -> str:
    return re.sub(r"\W+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", identifier).lower()).strip("_")


@cache
def column_of(identifier: str | None, number: int | None) -> str:
    """The column of an item: canonical, or its own; no two items have one.

    An item without identifier is known by its number. One that is second choice for a canonical column has a
    column of its own; where a record lacks the first choice, its value goes into the canonical one.
    """
    if identifier is None and number is not None:
        identifier = identifiers().get(number)
    if identifier is None:
        return f"{DELIVERED}item_{number}"
    own = own_column(identifier)
    return own if own in second_choices() else canonical_columns().get(identifier, own)
