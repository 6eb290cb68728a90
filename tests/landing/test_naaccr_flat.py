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
from flows.landing.raw_again import differing_tables, landed_again, notes_of, read_otherwise
from tests.landing.deliveries import ask
from tests.landing.test_naaccr_xml import WHOLE

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
# Items of a registry's own, in columns that version 18 reserves and in those of the state's own items.
MORE = [("ourScore", 9501, 3, 4), ("ourClinic", 9502, 3100, 3)]


def record(kind: str = "I", version: str = "180", filler: str = " ", **values: str) -> str:
    """A record with these values, blanks in the other items, and the filler between them."""
    length = naaccr_flat.LENGTHS[version][kind.encode()]
    cells = list(filler * length)
    told = VALUES | {"recordType": kind, "naaccrRecordVersion": version} | values
    for item in naaccr_layout.standard(version):
        if item.stop <= length:
            cells[item.start - 1 : item.stop] = told.get(item.item, "").ljust(item.width)
    return "".join(cells)


def put(inbox: Path, *records: str) -> None:
    (inbox / "cases.txt").write_bytes("".join(each + "\r\n" for each in records).encode())


def items(extra: list[tuple[str, int, int, int]], version: str = "180") -> list[tuple[str, int, int, int]]:
    known = [(item.item, item.number, item.start, item.width) for item in naaccr_layout.standard(version)]
    return sorted([*known, *extra], key=lambda item: item[2])


def csv_layout(extra: list[tuple[str, int, int, int]]) -> str:
    return CSV_LAYOUT + "".join(
        f'{name},{number},"An item, named",{start},{width},"A,M,C,I",Tumor,digits\n'
        for name, number, start, width in items(extra)
    )


def xml_layout(extra: list[tuple[str, int, int, int]], version: str = "180") -> str:
    told = "".join(
        f'<ItemDef naaccrId="{name}" naaccrNum="{number}" startColumn="{start}" length="{width}" recordTypes="A,M,C,I"/>\n'
        for name, number, start, width in items(extra, version)
    )
    return XML_LAYOUT.format(version=version, items=told)


def rebuilt(home: Home, length: int) -> list[str]:
    """Records put together again from what landed, by the header that tells where it stood."""
    (header,) = ask(home, "select header from raw.loads")[0]
    told = json.loads(header)
    places = {item.item: (item.start, item.width) for item in naaccr_layout.standard("180")}
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
        for start, width in told.get("left_in_vault", []):
            cells[start - 1 : start - 1 + width] = " " * width  # blank in these records
        written.append("".join(cells))
    return written


def test_what_landed_is_the_whole_record(home: Home, inbox: Path):
    records = [record(filler="x"), record(filler="y", tumorRecordNumber="02", histologicTypeIcdO3="9836")]
    put(inbox, *records)
    land.load([inbox], home)
    assert rebuilt(home, 4048) == records
    known = [item for item in naaccr_layout.standard("180") if item.stop <= 4048]
    between = 4048 - sum(item.width for item in known)
    assert ask(home, "select hist, length(other_columns) from raw.naaccr_tumors order by 1") == [
        ("9732", between), ("9836", between),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["naaccr-dictionary-180.xml", "naaccr-xml-items-180.csv"])
def test_a_delivered_layout_lands_every_item_it_names(name: str, home: Home, inbox: Path):
    told = xml_layout(MORE).replace('"1.0"', '"1.0" encoding="UTF-16"')  # which it is not
    (inbox / name).write_text(told if name.endswith("xml") else csv_layout(MORE))
    records = [record(filler="1")]
    put(inbox, *records)
    land.load([inbox], home)
    named = "delivered_record_type, delivered_our_score, delivered_our_clinic, hist"
    assert ask(home, f"select {named} from raw.naaccr_tumors") == [("I", "1111", "111", "9732")]
    assert rebuilt(home, 4048) == records
    assert all(result.already_loaded for result in land.load([inbox], home))


def test_a_layout_that_comes_later_makes_a_new_load(home: Home, inbox: Path):
    put(inbox, record())
    land.load([inbox], home)
    (inbox / "layout.csv").write_text(csv_layout(MORE))
    (result,) = land.load([inbox], home)
    assert not result.already_loaded


def test_names_and_notes_of_full_abstracts_stay_in_the_vault(home: Home, inbox: Path):
    (inbox / "layout.csv").write_text(csv_layout(MORE))
    whole = record("A")
    put(inbox, whole[:4048] + "SMITH".ljust(40) + whole[4088:])
    land.load([inbox], home)
    assert "SMITH" not in str(ask(home, "from raw.naaccr_tumors"))
    assert ask(home, "select header->'$.left_in_vault' from raw.loads") == [
        ("[[247,100],[347,100],[2879,50],[2929,2],[2931,9],[4049,20146]]",)
    ]
    assert any(b"SMITH" in path.read_bytes() for path in home.vault.iterdir())


@pytest.mark.parametrize("version", ["140", "150", "160", "180"])
@pytest.mark.parametrize("has_dictionary", [False, True])
def test_every_flat_version_lands_alike_with_its_dictionary_and_without(
    version: str, has_dictionary: bool, home: Home, inbox: Path
):
    if has_dictionary:
        (inbox / f"naaccr-dictionary-{version}.xml").write_text(xml_layout([], version=version))
    put(inbox, record(version=version, race3="88"))
    land.load([inbox], home)
    assert ask(home, "select hist, patient_id, delivered_race3, race3 from raw.naaccr_tumors") == [
        ("9732", "00000007", "88", None)
    ]


def test_several_versions_of_one_registry_in_one_folder_are_one_delivery(home: Home, inbox: Path):
    (inbox / "older.txt").write_text(record(version="160") + "\n")
    (inbox / "newer.txt").write_text(record(patientIdNumber="00000009") + "\n")
    land.load([inbox], home)
    assert ask(home, "select count(*), count(distinct delivery_id) from raw.loads") == [(2, 1)]
    assert ask(home, "select patient_id, hist from raw.naaccr_tumors order by 1") == [
        ("00000007", "9732"), ("00000009", "9732"),
    ]  # fmt: skip


def test_a_user_dictionary_adds_its_items_to_the_base(home: Home, inbox: Path):
    (inbox / "naaccr-dictionary-180.xml").write_text(xml_layout([]))
    own = '<ItemDef naaccrId="ourScore" naaccrNum="9501" startColumn="3" length="4"/>'
    (inbox / "user-defined.xml").write_text(XML_LAYOUT.format(version="180", items=own))
    put(inbox, record(filler="7"))
    land.load([inbox], home)
    assert ask(home, "select patient_id, delivered_our_score from raw.naaccr_tumors") == [
        ("00000007", "7777")
    ]
    (inbox / "another.xml").write_text(XML_LAYOUT.format(version="180", items=own.replace("9501", "9502")))
    with pytest.raises(InputRefused, match="user dictionary of this version, too"):
        land.load([inbox], home)


def test_a_last_record_without_its_line_end_is_whole_only_at_full_width(home: Home, inbox: Path):
    for end in ("\n", "\r\n"):
        second = record(patientIdNumber="00000009")
        (inbox / "cases.txt").write_bytes((record() + end + second).encode())
        (result,) = land.load([inbox], home)
        assert (result.rows_read, result.rows_landed) == (2, 2)
        assert ask(home, "select count(distinct length(other_columns)) from raw.naaccr_tumors") == [(1,)]
        (inbox / "cases.txt").write_bytes((record() + end + second[:-1]).encode())
        with pytest.raises(InputRefused, match="IN-07"):
            land.load([inbox], home)


def test_records_whose_trailing_blanks_were_cut_are_filled_up_and_counted(home: Home, inbox: Path):
    put(inbox, record().rstrip(), record(patientIdNumber="00000009"))
    (result,) = land.load([inbox], home)
    assert "1 record that had lost trailing blanks" in result.line()
    assert ask(
        home, "select max(length(other_columns)) - min(length(other_columns)) from raw.naaccr_tumors"
    ) == [(0,)]
    put(inbox, record()[:560])
    with pytest.raises(InputRefused, match="IN-18"):
        land.load([inbox], home)


def test_a_patient_number_that_lost_its_zeros_is_said_wherever_it_stands(home: Home, inbox: Path):
    put(inbox, record(patientIdNumber="01231456"), record(patientIdNumber="1231457", tumorRecordNumber="02"))
    (result,) = land.load([inbox], home)
    assert "its patient numbers have lost zeros" in result.line()


def test_one_patient_number_with_and_without_its_zeros_is_one_patient(home: Home, inbox: Path):
    """Else each would be a person, and the second cancer of neither would be seen."""
    put(
        inbox,
        record(patientIdNumber="01231456"),
        record(patientIdNumber="1231456", tumorRecordNumber="02"),
        record(patientIdNumber="7"),
    )
    (result,) = land.load([inbox], home)
    assert "that is the same patient" in result.line()
    numbers = ask(home, "select trim(patient_id) from raw.naaccr_tumors order by source_line")
    assert numbers == [("01231456",), ("01231456",), ("7",)]


def test_one_tumour_is_a_double_with_and_without_the_zeros_of_its_patient(home: Home, inbox: Path):
    """Also where the whole number is shorter than its column."""
    put(inbox, record(patientIdNumber="0123145"), record(patientIdNumber="123145"))
    assert land.load([inbox], home)[0].reasons == (("exact_duplicate", 1),)


def test_records_of_another_version_or_type_in_the_same_file_are_refused(home: Home, inbox: Path):
    put(inbox, record(), record(patientIdNumber="00000009", naaccrRecordVersion="160"))
    with pytest.raises(InputRefused, match="several versions or types") as refusal:
        land.load([inbox], home)
    assert refusal.value.line == 2


def test_a_file_in_which_a_needed_item_is_blank_is_refused_as_in_xml(home: Home, inbox: Path):
    put(inbox, record(histologicTypeIcdO3=""))
    with pytest.raises(InputRefused, match=r"IN-15.*histologicTypeIcdO3"):
        land.load([inbox], home)


def test_items_named_as_our_own_columns_land_under_names_of_their_own(home: Home, inbox: Path):
    (inbox / "layout.xml").write_text(xml_layout([("loadId", 9999, 3, 4), ("hist", 9998, 7, 4)]))
    put(inbox, record())
    land.load([inbox], home)
    rows = ask(home, "select hist, trim(delivered_hist), trim(delivered_load_id) from raw.naaccr_tumors")
    assert rows == [("9732", "", "")]


@pytest.mark.parametrize(
    ("layout", "version", "code", "words"),
    [
        (xml_layout([], version="160"), "180", "IN-32", "version 160"),
        (xml_layout([("twin", 9999, 31, 2)]), "180", "IN-32", "overlap"),
        (xml_layout([("twin", 9999, 3, 2), ("twin", 9999, 5, 2)]), "180", "IN-32", "twice"),
        (xml_layout([]).replace('"race5"', '"race9"'), "180", "IN-32", "item 164 of the standard is `race5`"),
        (xml_layout([]).replace('startColumn="564"', 'startColumn="569"'), "180", "IN-32", "histologicTypeIcdO3"),
        (xml_layout([]).replace('length="4"', 'length="four"'), "180", "IN-32", "whole number"),
        (xml_layout([("histologicTypeIcdO3", 9999, 3, 4)]), "180", "IN-32", "is item 522 of the standard"),
        (csv_layout([("\0autopsy", 9999, 3, 1)]), "180", "IN-32", "an identifier has letters and digits"),
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
        home, "select source_line, patient_id, hist, surv_months from raw.naaccr_tumors order by 1"
    ) == [(line, f"0000000{line}", "9732", "0104") for line in (1, 2, 3)]
    letters = "contains(tumor::varchar, 'ü') and contains(tumor::varchar, 'é')"
    assert ask(home, f"select count(*) from raw.naaccr_tumors as tumor where {letters}") == [(2,)]


@pytest.mark.parametrize(
    ("layout", "load_id"),
    [(False, "9c8713e346b836eb"), (True, "dca933d5873868d8")],
    ids=["alone", "with its dictionary"],
)
def test_a_load_keeps_the_name_that_the_first_release_gave_it(
    layout: bool, load_id: str, home: Home, inbox: Path
):
    """Whatever items are read today; the names are those that its code gave to these bytes."""
    put(inbox, "I" + " " * 15 + "180" + record()[19:])
    if layout:
        listed = "".join(
            f"{each.item},{each.number},{each.item},{each.start},{each.width},I,Tumor,digits\n"
            for each in naaccr_layout.standard("180")
            if each.number in naaccr_flat.NAMING - {1788}
        )
        (inbox / "layout.csv").write_text(CSV_LAYOUT + listed)
    (result,) = land.load([inbox], home)
    assert result.load_id == load_id


def test_what_the_first_release_read_less_of_is_said_when_it_lands_again(home: Home, inbox: Path):
    put(inbox, record())
    (result,) = land.load([inbox], home)
    with landed_again(home, notes_of(home)) as again:
        assert read_otherwise(home, again) == ()
    n_columns = len(json.loads(ask(home, "select header from raw.loads")[0][0])["columns"])
    few = json.dumps({"columns": [{"name": "sex"}]})
    with land.open_raw(home) as connection:
        connection.execute("update raw.loads set reader_version = '1', header = ?", [few])
    with landed_again(home, notes_of(home)) as again:
        assert read_otherwise(home, again) == (
            f"cases.txt is read otherwise than before: {n_columns} columns, and there were 1",
        )
    assert differing_tables(home, [result.load_id]) is None


def test_flat_files_beside_xml_are_two_deliveries_and_no_two_databases(home: Home, inbox: Path):
    put(inbox, record())
    (inbox / "cases.xml").write_text(WHOLE)
    with pytest.raises(InputRefused, match="IN-23: NAACCR XML and flat files in one load"):
        land.load([inbox], home)


@pytest.mark.parametrize("start", [b"I\x91", b"I\xc3\xa9", b"I\xe2\x82"])
def test_letters_before_the_version_move_nothing_and_end_in_no_traceback(
    start: bytes, home: Home, inbox: Path
):
    whole = record().encode()
    (inbox / "cases.txt").write_bytes(start + whole[len(start) :] + b"\r\n" + whole + b"\r\n")
    try:
        (result,) = land.load([inbox], home)
    except InputRefused as refusal:
        assert refusal.code in ("IN-02", "IN-11", "IN-18", "IN-21")
    else:
        assert result.rows_read == 2


def test_a_tumour_without_histology_is_a_reject_and_one_of_unknown_date_is_not(home: Home, inbox: Path):
    """A NAACCR date may be unknown; a tumour without histology would stop the build, which knows no lines."""
    put(
        inbox,
        record(),
        record(patientIdNumber="00000008", dateOfDiagnosis="99999999"),
        record(patientIdNumber="00000009", histologicTypeIcdO3=""),
    )
    (result,) = land.load([inbox], home)
    assert (result.rows_landed, result.rows_rejected) == (2, 1)
    assert "1 without histology" in result.line()
    assert ask(home, "select source_line, column_name from raw.rejects") == [(3, "histologicTypeIcdO3")]
