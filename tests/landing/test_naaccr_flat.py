"""NAACCR flat files: every column of the incidence part lands, under its item or with the others."""
# ruff: noqa: E501 -- layouts read best with an item a line

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import land
from flows.landing.forms.naaccr import flat_files as naaccr_flat
from flows.landing.forms.naaccr import layout as naaccr_layout
from tests.landing.deliveries import ask

VALUES = {
    "patientIdNumber": "00000007", "sex": "2", "dateOfDiagnosis": "20010312", "histologicTypeIcdO3": "9732",
    "behaviorCodeIcdO3": "3", "primarySite": "C421", "sequenceNumberCentral": "01", "survMosActiveFollowup": "0104",
    "tumorRecordNumber": "01",
}  # fmt: skip
CSV_LAYOUT = (
    "NAACCR XML ID,NAACCR Number,Name,Start Column,Length,Record Types,Parent XML Element,Data Type\n"
)
XML_LAYOUT = (
    '<?xml version="1.0"?>\n<NaaccrDictionary xmlns="http://naaccr.org/naaccrxml" naaccrVersion="{version}">\n<ItemDefs>\n'
    "{items}</ItemDefs>\n</NaaccrDictionary>\n"
)
MORE = [("recordType", 10, 1, 1), ("naaccrRecordVersion", 50, 17, 3), ("autopsy", 1930, 2947, 1)]


def record(kind: str = "I", version: str = "180", filler: str = " ", **values: str) -> str:
    cells = list(filler * naaccr_flat.LENGTHS[version][kind.encode()])
    cells[0], cells[16:19] = kind, version
    for item in naaccr_layout.version_18():
        cells[item.start - 1 : item.stop] = (VALUES | values).get(item.item, "").ljust(item.width)
    return "".join(cells)


def put(inbox: Path, *records: str) -> None:
    (inbox / "cases.txt").write_bytes("".join(each + "\r\n" for each in records).encode())


def items(extra: list[tuple[str, int, int, int]]) -> list[tuple[str, int, int, int]]:
    known = [(item.item, item.number, item.start, item.width) for item in naaccr_layout.version_18()]
    return sorted([*known, *extra], key=lambda item: item[2])


def csv_layout(extra: list[tuple[str, int, int, int]]) -> str:
    return CSV_LAYOUT + "".join(
        f'{name},{number},"An item, named",{start},{width},"A,M,C,I",Tumor,digits\n'
        for name, number, start, width in items(extra)
    )


def xml_layout(extra: list[tuple[str, int, int, int]], version: str = "180") -> str:
    told = "".join(
        f'<ItemDef naaccrId="{name}" naaccrNum="{number}" startColumn="{start}" length="{width}" recordTypes="A,M,C,I"/>\n'
        for name, number, start, width in items(extra)
    )
    return XML_LAYOUT.format(version=version, items=told)


def rebuilt(home: Home, length: int) -> list[str]:
    """Records put together again from what landed, by the header that tells where it stood."""
    (header,) = ask(home, "select header from raw.loads")[0]
    told = json.loads(header)
    places = {item.item: (item.start, item.width) for item in naaccr_layout.version_18()}
    places |= {name: (start, width) for name, _, start, width in MORE}
    names = [column["column"] for column in told["columns"]]
    listed = ", ".join(f'"{name}"' for name in names)
    written = []
    for row in ask(home, f"select {listed} from raw.naaccr_tumors order by source_line"):
        cells = ["?"] * length
        for column, value in zip(told["columns"], row, strict=True):
            if column["name"] == "other_columns":
                rest = iter(value)
                for start, width in told["other_columns"]:
                    cells[start - 1 : start - 1 + width] = [next(rest) for _ in range(width)]
            else:
                start, width = places[column["name"]]
                cells[start - 1 : start - 1 + width] = value
        written.append("".join(cells))
    return written


def test_what_landed_is_the_whole_record(home: Home, inbox: Path):
    records = [record(filler="x"), record(filler="y", tumorRecordNumber="02", histologicTypeIcdO3="9836")]
    put(inbox, *records)
    land.load([inbox], home)
    assert rebuilt(home, 4048) == records
    left = 4048 - sum(item.width for item in naaccr_layout.version_18())
    assert ask(home, "select hist, length(other_columns) from raw.naaccr_tumors order by 1") == [
        ("9732", left), ("9836", left),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["naaccr-dictionary-180.xml", "naaccr-xml-items-180.csv"])
def test_a_delivered_layout_lands_every_item_it_names(name: str, home: Home, inbox: Path):
    (inbox / name).write_text(xml_layout(MORE) if name.endswith("xml") else csv_layout(MORE))
    records = [record(filler="1")]
    put(inbox, *records)
    land.load([inbox], home)
    assert ask(home, "select record_type, naaccr_record_version, autopsy, hist from raw.naaccr_tumors") == [
        ("I", "180", "1", "9732")
    ]
    assert rebuilt(home, 4048) == records
    assert all(result.already_loaded for result in land.load([inbox], home))


def test_a_layout_that_comes_later_makes_a_new_load(home: Home, inbox: Path):
    put(inbox, record())
    land.load([inbox], home)
    (inbox / "layout.csv").write_text(csv_layout(MORE))
    (result,) = land.load([inbox], home)
    assert not result.already_loaded


def test_names_and_notes_of_full_abstracts_stay_in_the_vault(home: Home, inbox: Path):
    (inbox / "layout.csv").write_text(csv_layout([*MORE, ("nameLast", 2230, 4053, 40)]))
    whole = record("A")
    put(inbox, whole[:4052] + "SMITH".ljust(40) + whole[4092:])
    land.load([inbox], home)
    assert "SMITH" not in str(ask(home, "from raw.naaccr_tumors"))
    assert ask(home, "select header->'$.left_in_vault' from raw.loads") == [("[[4049,20146]]",)]
    assert any(b"SMITH" in path.read_bytes() for path in home.vault.iterdir())


def test_an_older_version_lands_with_its_own_dictionary(home: Home, inbox: Path):
    (inbox / "naaccr-dictionary-160.xml").write_text(xml_layout([], version="160"))
    put(inbox, record(version="160"))
    land.load([inbox], home)
    assert ask(home, "select hist, patient_id from raw.naaccr_tumors") == [("9732", "00000007")]


def test_items_named_as_our_own_columns_land_under_names_of_their_own(home: Home, inbox: Path):
    (inbox / "layout.xml").write_text(xml_layout([("loadId", 9999, 3000, 4), ("hist", 9998, 3004, 4)]))
    put(inbox, record())
    land.load([inbox], home)
    rows = ask(home, "select hist, trim(delivered_hist), trim(delivered_load_id) from raw.naaccr_tumors")
    assert rows == [("9732", "", "")]


@pytest.mark.parametrize(
    ("layout", "version", "code", "words"),
    [
        (None, "160", "IN-12", "naaccr-dictionary-160.xml"),
        (xml_layout([], version="160"), "180", "IN-32", "version 160"),
        (xml_layout([("twin", 9999, 31, 2)]), "180", "IN-32", "overlap"),
        (xml_layout([]).replace('startColumn="564"', 'startColumn="569"'), "180", "IN-32", "histologicTypeIcdO3"),
        (xml_layout([]).replace('length="4"', 'length="four"'), "180", "IN-32", "whole number"),
        (xml_layout([("histologicTypeIcdO3", 9999, 3000, 4)]), "180", "IN-32", "one column, hist"),
        (csv_layout([("\0autopsy", 9999, 3000, 1)]), "180", "IN-32", "an identifier has letters and digits"),
        (xml_layout([]).replace("</ItemDefs>", ""), "180", "IN-32", "well-formed"),
        (xml_layout([]).replace("<NaaccrDictionary", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><NaaccrDictionary'), "180", "IN-32", "document type"),
        (CSV_LAYOUT, "180", "IN-32", "no item"),
        (csv_layout([]).replace("patientIdNumber,20,", "patientIdNumber,"), "180", "IN-32", "no patientIdNumber"),
    ],
)  # fmt: skip
def test_a_layout_that_cannot_be_trusted_is_refused(layout, version, code, words, home: Home, inbox: Path):
    if layout is not None:
        (inbox / ("layout.xml" if layout.startswith("<") else "layout.csv")).write_text(layout)
    put(inbox, record(version=version))
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    assert refusal.value.code == code, refusal.value
    assert words in str(refusal.value)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_a_letter_with_an_accent_takes_one_place(encoding: str, home: Home, inbox: Path):
    """Names stand in the confidential part; a record of one counts its characters, and loses no patient."""
    plain, accented = record(patientIdNumber="00000001"), record(patientIdNumber="00000002")
    accented = accented[:1000] + "Müller, José" + accented[1012:]
    lines = [plain, accented, accented.replace("00000002", "00000003")[:-20]]
    (inbox / "cases.txt").write_bytes("".join(f"{line}\r\n" for line in lines).encode(encoding))
    (result,) = land.load([inbox], home)
    assert (result.rows_read, result.rows_landed) == (3, 3)
    assert ask(
        home, "select source_line, patient_id, hist, length(other_columns) from raw.naaccr_tumors order by 1"
    ) == [(line, f"0000000{line}", "9732", 3877) for line in (1, 2, 3)]
    assert ask(
        home, "select count(*) from raw.naaccr_tumors where contains(other_columns, 'Müller, José')"
    ) == [(2,)]
