"""The items of every NAACCR version: no two share a column, and none meets a column of ours."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from flows.home import Home
from flows.landing import land
from flows.landing.deliveries import raw_tables
from flows.landing.forms.naaccr import layout
from flows.landing.forms.naaccr.items import (
    FLAT_VERSIONS,
    NAACCR_ITEMS,
    VERSIONS,
    StandardItem,
    canonical_columns,
    column_of,
    identifiers,
    identifies,
    own_column,
    standard_items,
)
from flows.landing.vocabulary import DELIVERED, name_from_outside, vocabulary
from tests.landing.deliveries import ask

NEEDED = {
    "patientIdNumber": "00000007", "dateOfDiagnosis": "20010312", "sex": "2", "sexAssignedAtBirth": "2",
    "histologicTypeIcdO3": "9732", "behaviorCodeIcdO3": "3", "primarySite": "C421",
}  # fmt: skip


def items_of(version: str) -> list[StandardItem]:
    """The items of a base dictionary; identifiers that version 18 had at first are left out."""
    current = [item for item in standard_items() if item.first <= version <= item.last]
    return [item for item in current if item.places or item.first != item.last or item.last != "180"]


@pytest.mark.parametrize(
    ("version", "n_items"),
    zip(VERSIONS, [527, 534, 564, 772, 798, 810, 782, 783, 780, 771], strict=True),
)
def test_every_item_of_a_version_has_a_column_of_its_own(version: str, n_items: int):
    items = items_of(version)
    assert len(items) == n_items
    columns = [column_of(item.identifier, item.number) for item in items]
    assert len({column.lower() for column in columns}) == n_items
    assert all(
        column_of(item.identifier, None) == column for item, column in zip(items, columns, strict=True)
    )


def test_no_item_of_any_version_meets_a_column_that_is_not_meant_for_it():
    meant = canonical_columns()
    ours = {"load_id", "source_line", "other_columns"} | {
        column for columns in raw_tables().values() for column in columns
    }
    assert not [column for column in ours if column.startswith(DELIVERED)]
    by_column: dict[str, set[str]] = {}
    for item in standard_items():
        column = column_of(item.identifier, item.number)
        by_column.setdefault(column, set()).add(item.identifier)
        if column in ours:
            assert meant[item.identifier] == column
        else:
            assert column.startswith(DELIVERED)
    assert [names for names in by_column.values() if len(names) > 1] == []


def test_what_staging_and_the_vocabulary_name_are_items_of_the_standard():
    assert NAACCR_ITEMS.keys() <= identifiers().keys()
    named = {name for column in vocabulary().columns.values() for name in column.naaccr}
    assert named <= {item.identifier for item in standard_items()}


@pytest.mark.parametrize(
    "foreign",
    [
        "sourceLine",
        "loadId",
        "hist",
        "race_3",
        "RACE3",
        "Race3",
        "race-3",
        "patient_id",
        "delivered_race3",
        "räce3",
    ],
)
def test_an_item_of_a_registrys_own_meets_neither_ours_nor_the_standards(foreign: str):
    taken = {column_of(item.identifier, item.number).lower() for item in standard_items()}
    assert own_column(foreign).startswith(DELIVERED)
    assert own_column(foreign) not in taken
    alike = ["our_item", "ourItem", "OurItem", "our-item", "OURITEM", "ouritem"]
    assert len({own_column(each) for each in alike}) == len(alike)


def test_headers_from_outside_never_have_a_name_of_ours():
    for header in ("load_id", "Race3", "data note", "", "%", "delivered_x"):
        assert name_from_outside(header).startswith(DELIVERED)


@pytest.mark.parametrize("version", FLAT_VERSIONS)
def test_no_two_items_of_a_flat_version_have_one_place(version: str):
    items = layout.standard(version)
    assert len(items) == len(items_of(version))
    assert all(before.stop < after.start for before, after in pairwise(items))


def complete(version: str) -> tuple[str, dict[str, str]]:
    """A document with every item of a version, and the value that each column must have."""
    parts: dict[str, list[str]] = {"NaaccrData": [], "Patient": [], "Tumor": []}
    values = {}
    for place, item in enumerate(items_of(version)):
        column = column_of(item.identifier, item.number)
        meaning = vocabulary().columns.get(column)
        is_free = column.startswith(DELIVERED) or (meaning is not None and meaning.values == "open")
        value = NEEDED.get(item.identifier) or (f"v{place}" if is_free else "")
        parts[item.level].append(f'<Item naaccrId="{item.identifier}">{value}</Item>')
        if not identifies(item.identifier, item.number):
            values[column] = value
    if "delivered_sex" in values:
        values["sex"] = values.pop("delivered_sex")
    head = f'baseDictionaryUri="http://naaccr.org/naaccrxml/naaccr-dictionary-{version}.xml" recordType="A"'
    joined = {level: "".join(items) for level, items in parts.items()}
    return (
        f'<NaaccrData {head} specificationVersion="1.7" xmlns="http://naaccr.org/naaccrxml">'
        f"{joined['NaaccrData']}<Patient>{joined['Patient']}<Tumor>{joined['Tumor']}</Tumor></Patient></NaaccrData>"
    ), values


@pytest.mark.parametrize("version", ["140", "180", "250", "260"])
def test_a_record_with_every_item_lands_value_for_value(version: str, home: Home, inbox: Path):
    document, values = complete(version)
    (inbox / "cases.xml").write_text(document)
    land.load([inbox], home)
    columns = ", ".join(f'"{column}"' for column in values)
    assert ask(home, f"select {columns} from raw.naaccr_tumors") == [tuple(values.values())]
