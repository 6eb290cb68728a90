"""NAACCR XML: what is no part of the standard is refused with its line, and every element is counted."""
# ruff: noqa: E501 -- tables read best with a case a line

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.errors import AuditRefused, InputRefused
from flows.home import Home
from flows.landing import land
from flows.landing.forms.naaccr import xml_documents, xml_structure
from flows.landing.raw_again import differing_tables
from flows.landing.vault import receive
from tests.landing.deliveries import ask

NAMESPACE = "http://naaccr.org/naaccrxml"
BASE = "http://naaccr.org/naaccrxml/naaccr-dictionary-240.xml"


def item(name: str, value: str) -> str:
    return f'<Item naaccrId="{name}">{value}</Item>'


def tumor(*more: str, date: str = "20010312", behavior: str = "3") -> str:
    told = {
        "dateOfDiagnosis": date,
        "histologicTypeIcdO3": "9732",
        "behaviorCodeIcdO3": behavior,
        "primarySite": "C421",
    }
    return "\n<Tumor>" + "".join(item(*each) for each in told.items()) + "".join(more) + "</Tumor>"


def patient(number: str, *tumors: str, sex: str = item("sex", "2")) -> str:
    return f"\n<Patient>{item('patientIdNumber', number)}{sex}{''.join(tumors)}</Patient>"


def document(*patients: str, base: str = BASE, more: str = "") -> str:
    return (
        f'<?xml version="1.0"?>\n<NaaccrData baseDictionaryUri="{base}" recordType="I" specificationVersion="1.7"'
        f' xmlns="http://naaccr.org/naaccrxml" xmlns:x="urn:x"{more}>{"".join(patients)}\n</NaaccrData>\n'
    )


WHOLE = document(patient("00000007", tumor(), tumor(item("tumorRecordNumber", "02"), date="20080501")))


def put(inbox: Path, content: str, name: str = "cases.xml") -> None:
    (inbox / name).write_text(content)


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (lambda xml: xml.replace("<Item naaccrId=\"primarySite\">C421</Item></T", "<item naaccrId=\"primarySite\">C421</item></T", 1), 4, "`item` in Tumor, which NAACCR XML does not know; did you mean Item?"),
        (lambda xml: xml.replace("Tumor>", "Tumour>"), 4, "`Tumour` in Patient, which NAACCR XML does not know; did you mean Tumor?"),
        (lambda xml: xml.replace("<Patient>", "<patient>").replace("</Patient>", "</patient>"), 3, "did you mean Patient?"),
        (lambda xml: xml.replace("\n<Patient>", tumor() + "\n<Patient>"), 3, "a Tumor element stands in NaaccrData"),
        (lambda xml: xml.replace("</Tumor>", item("primarySite", "C420") + "</Tumor>", 1), 4, "`primarySite` has a second value in one Tumor"),
        (lambda xml: xml.replace("</Tumor>", '<Item naaccrNum="400">C420</Item></Tumor>', 1), 4, "the item 400 has a second value"),
        (lambda xml: xml.replace('naaccrId="sex"', 'naaccrId="sex" naaccrNum="400"'), 3, "`sex` is item 220 of the standard, and here it has the number 400"),
        (lambda xml: xml.replace('naaccrId="sex"', 'naaccrId="gender" naaccrNum="220"'), 3, "item 220 of the standard is `sex`"),
        (lambda xml: xml.replace("</Tumor>", item("vitalStatus", "1") + "</Tumor>", 1), 4, "`vitalStatus` belongs into Patient, and here it stands in Tumor"),
        (lambda xml: xml.replace("\n<Tumor>", item("tumorRecordNumber", "1") + "\n<Tumor>", 1), 3, "belongs into Tumor"),
        (lambda xml: xml.replace("\n<Tumor>", item("ourOwn", "1") + "\n<Tumor>" + item("ourOwn", "2"), 1), 4, "one value would hide the other"),
        (lambda xml: xml.replace("</NaaccrData>", item("registryId", "1") + "</NaaccrData>"), 6, "behind a Patient"),
        (lambda xml: xml.replace("<Tumor>", "<Tumor>C421", 1), 4, "text in Tumor that belongs to no item"),
        (lambda xml: xml.replace(">C421<", "><b>C421</b><", 1), 4, "`b` stands in an Item"),
        (lambda xml: xml.replace(">C421<", "><x:b>C421</x:b><", 1), 4, "`b` stands in an Item"),
        (lambda xml: xml.replace("<Tumor>", '<Tumor><Extra xmlns=""/>', 1), 4, "`Extra` in Tumor, which NAACCR XML does not know"),
        (lambda xml: xml.replace(BASE, BASE.replace("240", "300")), 2, "no base dictionary of the versions 14 to 26"),
        (lambda xml: xml.replace("baseDictionaryUri", "dictionary"), 2, "does not name its base dictionary"),
        (lambda xml: xml.replace('recordType="I"', 'recordType="X"'), 2, "its recordType is none of I, C, A, M"),
        (lambda xml: xml.replace('naaccrId="sex"', 'naaccrNum="2 20"'), 3, "a naaccrNum that is no number"),
        (lambda xml: xml.replace('naaccrId="sex"', 'naacrId="sex"'), 3, "neither naaccrId nor naaccrNum: its attributes are naacrId"),
        (lambda xml: xml.replace("naaccr.org/naaccrxml\"", "naaccr.org/other\""), 2, "not NaaccrData of the namespace"),
    ],
)  # fmt: skip
def test_what_is_no_part_of_the_standard_is_refused_with_its_line(
    change: Callable[[str], str], line: int, words: str, home: Home, inbox: Path
):
    changed = change(WHOLE)
    assert changed != WHOLE
    put(inbox, changed)
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    assert (refusal.value.code, refusal.value.line) == ("IN-28", line), refusal.value
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("patients", "code", "words"),
    [
        ([patient("1", tumor(), tumor(date="20011312"))], "IN-26", "first in tumour 2, 1 time"),
        ([patient("1", tumor(item("tumorRecordNumber", "1"))), patient("1", tumor(item("tumorRecordNumber", "1"), date="2002"))], "IN-21", "cases.xml, tumour 1)"),
        ([patient("1", tumor()), patient("1", tumor(), sex=item("sex", "1"))], "IN-22", "One person"),
        ([patient("1", tumor()), patient(" ", tumor())], "IN-38", "no patient number"),
    ],
)  # fmt: skip
def test_of_several_tumours_on_one_line_the_one_that_is_wrong_is_told(
    patients: list[str], code: str, words: str, home: Home, inbox: Path
):
    put(inbox, document(*patients).replace("\n", ""))
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    assert (refusal.value.code, words in str(refusal.value)) == (code, True), refusal.value
    assert "(file cases.xml, tumour 2," in str(refusal.value)


def test_a_document_may_leave_its_record_type_out(home: Home, inbox: Path):
    put(inbox, WHOLE.replace(' recordType="I"', ""))
    (result,) = land.load([inbox], home)
    assert result.rows_landed == 2


def test_elements_of_other_namespaces_are_passed_over_and_said(home: Home, inbox: Path):
    foreign = f"<x:Note><x:Item>9</x:Item>{item('sex', '9')}</x:Note>"
    put(inbox, WHOLE.replace("<Tumor>", f"<Tumor>{foreign}", 1).replace("<Patient>", f"<Patient>{foreign}"))
    (result,) = land.load([inbox], home)
    assert "2 elements of other namespaces passed over" in result.line()
    assert ask(home, "select distinct sex from raw.naaccr_tumors") == [("2",)]


def test_every_item_that_is_read_is_counted_in_the_load(home: Home, inbox: Path):
    name = item("nameLast", "SMITH")
    put(
        inbox,
        WHOLE.replace("<Patient>", f"<Patient>{name}").replace(
            "</NaaccrData>", patient("00000009") + "</NaaccrData>"
        ),
    )
    land.load([inbox], home)
    (header,) = ask(home, "select header from raw.loads")[0]
    told = json.loads(header)
    assert told["items"] == {"read": 4 + 5 + 2 + 2, "left_in_vault": 1}
    assert told["patients_without_tumor"] == 1


def test_a_value_on_a_line_of_its_own_lands_without_its_indentation(home: Home, inbox: Path):
    put(
        inbox,
        WHOLE.replace(">2</Item>", ">\n    2\n  </Item>")
        .replace(">C421<", "> C421<")
        .replace(">9732<", ">\t9732<"),
    )
    land.load([inbox], home)
    assert ask(home, "select distinct sex, site, hist from raw.naaccr_tumors") == [("2", " C421", "9732")]


def test_a_patient_without_a_number_is_told_under_the_items_name(home: Home, inbox: Path):
    put(inbox, WHOLE.replace("</NaaccrData>", patient("", tumor()) + "</NaaccrData>"))
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    assert (refusal.value.code, refusal.value.column) == ("IN-38", "patientIdNumber")
    assert "listing" not in str(refusal.value)


def test_a_reader_that_loses_an_item_is_found_out(home: Home, inbox: Path, monkeypatch: pytest.MonkeyPatch):
    put(inbox, WHOLE)
    start = xml_documents._RowMaker.start

    def forgetful(self, tag: str, attributes: dict[str, str]) -> None:
        start(self, tag, attributes)
        if attributes.get("naaccrId") == "primarySite":
            self.column = None

    monkeypatch.setattr(xml_documents._RowMaker, "start", forgetful)
    with pytest.raises(AuditRefused, match="LAND-03: Counting found 11 items, and 9 came into rows"):
        land.load([inbox], home)
    assert ask(home, "select count(*) from raw.loads") == [(0,)]


def test_two_versions_of_one_registry_are_one_delivery(home: Home, inbox: Path):
    put(inbox, document(patient("00000001", tumor())), "a.xml")
    newer = document(
        patient("00000002", tumor(), sex=item("sexAssignedAtBirth", "1")), base=BASE.replace("240", "260")
    )
    put(inbox, newer, "b.xml")
    land.load([inbox], home)
    assert ask(home, "select patient_id, sex from raw.naaccr_tumors order by 1") == [
        ("00000001", "2"),
        ("00000002", "1"),
    ]
    assert ask(
        home,
        "select count(distinct delivery_id), count(distinct database_name), count(distinct product) from raw.loads",
    ) == [(1, 1, 2)]


def test_every_behaviour_of_the_standard_lands_and_others_are_refused(home: Home, inbox: Path):
    put(inbox, document(*(patient(f"0000000{code}", tumor(behavior=code)) for code in "012369")))
    land.load([inbox], home)
    assert ask(home, "select string_agg(behavior, '' order by behavior) from raw.naaccr_tumors") == [
        ("012369",)
    ]
    put(inbox, document(patient("00000001", tumor(behavior="5"))))
    with pytest.raises(InputRefused, match="IN-19"):
        land.load([inbox], home)


def test_of_two_items_for_sex_the_newer_counts_and_the_other_is_kept(home: Home, inbox: Path):
    both = item("sex", "9") + item("sexAssignedAtBirth", "1")
    put(inbox, document(patient("00000001", tumor(), sex=both), patient("00000002", tumor())))
    land.load([inbox], home)
    assert ask(home, "select sex, nullif(delivered_sex, '') from raw.naaccr_tumors order by patient_id") == [
        ("1", "9"), ("2", None),
    ]  # fmt: skip


def test_patient_numbers_that_lost_their_zeros_are_said_wherever_they_stand(home: Home, inbox: Path):
    put(inbox, document(patient("01231456", tumor()), patient("1231457", tumor(date="20080501"))))
    (result,) = land.load([inbox], home)
    assert "its patient numbers have lost zeros" in result.line()


def test_without_a_patient_number_it_says_what_to_do(home: Home, inbox: Path):
    put(inbox, WHOLE.replace("patientIdNumber", "patientSystemIdHosp"))
    with pytest.raises(
        InputRefused, match=r"IN-15.*patientIdNumber \(item 20\).*mapping file beside the XML"
    ):
        land.load([inbox], home)


@pytest.mark.parametrize("identifier", ["medicalRecordNumber", "patientSystemIdHosp", "accessionNumberHosp"])
def test_a_hospitals_own_number_stands_for_the_patients_where_a_mapping_says_so(
    identifier: str, home: Home, inbox: Path
):
    own = [item(identifier, number) for number in ("H7", "H9")]
    people = [patient("", tumor(number)).replace(item("patientIdNumber", ""), "") for number in own]
    put(inbox, document(*people))
    (inbox / "hospital.mapping.yml").write_text(f"metachron_mapping: 1\nnaaccr: {{patient: {identifier}}}\n")
    land.load([inbox], home)
    assert ask(home, "select patient_id, hist from raw.naaccr_tumors order by 1") == [
        ("H7", "9732"),
        ("H9", "9732"),
    ]
    ids = [load_id for (load_id,) in ask(home, "select load_id from raw.loads")]
    assert differing_tables(home, ids) == []
    assert all(result.already_loaded for result in land.load([inbox], home))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (document(patient("1", tumor(*(item(f"own{n}", "1") for n in range(6000))))), "more than 5,000 different items"),
        (document(patient("1", *[tumor()] * 5001)), "more than 5,000 tumours"),
        (document(patient("1", tumor(item("ourText", "x" * 100_001)))), "longer than any item can be"),
        (document(patient("1", tumor(f'<Item naaccrId="{"x" * 101}">1</Item>'))), "a naaccrId that no item can have"),
        (document(patient("1", tumor()), more=f' a="{"x" * (9 << 20)}"'), "a tag or comment is longer than any can be"),
    ],
    ids=["items", "tumours", "value", "identifier", "attribute"],
)  # fmt: skip
def test_what_has_no_bound_is_refused(content: str, words: str, home: Home, inbox: Path):
    put(inbox, content)
    with pytest.raises(InputRefused, match=words):
        land.load([inbox], home)


def test_memory_does_not_grow_with_the_patients_of_a_file(home: Home, inbox: Path):
    peaks = []
    for number in (500, 5_000):
        put(inbox, document(*(patient(f"{each:08}", tumor()) for each in range(number))))
        content = receive(inbox / "cases.xml", home)
        structure = xml_structure.examine(content)
        maker = xml_documents._RowMaker(structure)
        tracemalloc.start()
        xml_structure.examine(content)
        assert sum(1 for _ in maker.rows(content)) == number
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0] + (2 << 20)


def test_loads_of_the_first_reader_are_compared_under_their_older_names(home: Home, inbox: Path):
    put(inbox, WHOLE.replace("</Tumor>", item("gradeClinical", "2") + "</Tumor>"))
    land.load([inbox], home)
    ids = [load_id for (load_id,) in ask(home, "select load_id from raw.loads")]
    as_then = (
        "alter table raw.naaccr_tumors rename delivered_grade_clinical to grade_clinical",
        f"update raw.loads set reader_version = '1', database_name = '{BASE}', product = 'record type I', "
        "encoding = 'xml'",
    )
    with land.open_raw(home) as connection:
        for statement in as_then:
            connection.execute(statement)
    assert differing_tables(home, ids) == []
    with land.open_raw(home) as connection:
        connection.execute("update raw.naaccr_tumors set grade_clinical = '1' where source_line = 4")
    assert differing_tables(home, ids) == ["naaccr_tumors"]


@pytest.mark.parametrize("date", ["20010300", "20010000", "18990000", "200103", "20019999"])
def test_a_date_may_have_zeros_or_nines_for_what_is_unknown(date: str, home: Home, inbox: Path):
    put(inbox, document(patient("00000001", tumor(date=date))))
    (result,) = land.load([inbox], home)
    assert result.rows_landed == 1


@pytest.mark.parametrize("date", ["20010012", "20010300x", "17990000"])
def test_a_date_with_a_day_and_no_month_is_none(date: str, home: Home, inbox: Path):
    put(inbox, document(patient("00000001", tumor(date=date))))
    with pytest.raises(InputRefused, match="IN-26"):
        land.load([inbox], home)
