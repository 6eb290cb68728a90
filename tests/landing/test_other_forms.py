"""Fixed-width releases, populations, NAACCR, matrices, SAS listings: exact text with its lines, or refused."""
# ruff: noqa: E501 -- tables read best with a case a line

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import land
from flows.landing.forms.naaccr import flat_files as naaccr_flat
from flows.landing.forms.naaccr import layout as naaccr_layout
from tests.landing.deliveries import HEADERS, ROWS, Listing, ask
from tests.landing.other_deliveries import (
    BREAST,
    LEUKAEMIA,
    LISTING_PROGRAM,
    MYELOMA,
    STARTS,
    SURVIVAL_DICTIONARY,
    SURVIVAL_TABLE,
    XML,
    program,
    record,
    write_release,
)

NINE = {"LYMYLEUK.TXT": [record(MYELOMA), record(LEUKAEMIA)], "BREAST.TXT": [record(BREAST)]}


# ---------------------------------------------------------------- fixed width


@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_a_release_lands_every_field_as_it_stands(line_end: str, home: Home, inbox: Path):
    write_release(inbox, NINE, line_end)
    results = land.load([inbox], home)
    assert [(each.file_name, each.rows_landed) for each in results] == [
        ("BREAST.TXT", 1),
        ("LYMYLEUK.TXT", 2),
    ]
    assert ask(
        home,
        "select source_line, patient_id, record_no, registry, marital, hist, surv_months, vital, delivered_yr_brth "
        "from raw.seer_ascii order by patient_id, record_no",
    ) == [
        (1, "00000007", "01", "0000001502", "2", "9732", "0104", "4", "1940"),
        (2, "00000007", "02", "0000001502", "2", "9836", "0018", "4", "1940"),
        (1, "00000008", "01", "0000001502", " ", "8500", "0104", "1", "1940"),
    ]
    assert ask(home, "select count(distinct delivery_id), min(first_year), max(last_year) from raw.loads") == [
        (1, 1973, 2015),
    ]  # fmt: skip


def test_what_a_release_lacks_is_said_once_after_its_last_file(home: Home, inbox: Path):
    write_release(inbox, NINE)
    told = land.load([inbox], home)
    assert [each.not_delivered for each in told] == [("chemotherapy recode",)] * 2
    assert [line.split()[0] for line in land.lines(told)] == ["BREAST.TXT", "LYMYLEUK.TXT", "not"]


def test_what_naaccr_records_bring_by_other_items_is_delivered(home: Home, inbox: Path):
    """Vital status and a date of last contact instead of their recodes; of race and marital status nothing."""
    (inbox / "cases.xml").write_text(XML)
    (result,) = land.load([inbox], home)
    assert result.not_delivered == ("race recode", "marital status")
    assert land.lines([result])[-1] == (
        "  not delivered: race recode, marital status; analyses by race and by marital status will be left out"
    )


def test_records_that_lost_trailing_blanks_are_padded(home: Home, inbox: Path):
    short = record(MYELOMA).rstrip("0").rstrip()[:358]
    write_release(inbox, {"LYMYLEUK.TXT": [short, record(LEUKAEMIA)]})
    land.load([inbox], home)
    assert ask(home, "select n_malignant, n_benign from raw.seer_ascii order by source_line") == [
        ("  ", "  "), ("02", "00"),
    ]  # fmt: skip


def test_when_one_of_the_files_changes_the_whole_release_is_a_new_delivery(home: Home, inbox: Path):
    write_release(inbox, NINE)
    land.load([inbox], home)
    assert all(each.already_loaded for each in land.load([inbox], home))
    write_release(inbox, NINE | {"BREAST.TXT": [record(BREAST | {"SRV_TIME_MON": "0105"})]})
    assert [each.already_loaded for each in land.load([inbox], home)] == [False, False]
    assert ask(home, "select count(*), count(distinct delivery_id) from raw.loads") == [(4, 2)]


@pytest.mark.parametrize(
    ("files", "sas", "code", "words"),
    [
        ({"LYMYLEUK.TXT": [record(MYELOMA)[:-200], record(LEUKAEMIA)]}, program(), "IN-18", "characters"),
        ({"LYMYLEUK.TXT": [record(MYELOMA) + "x"]}, program(), "IN-18", "362 characters"),
        (NINE, program({**STARTS, "SRV_TIME_MON": 302}), "IN-31", "character 301"),
        (NINE, program().replace("@ 359", "@ x359"), "IN-31", "@"),
        (NINE, program(length=300), "IN-31", "beyond"),
        (NINE, program({name: start for name, start in STARTS.items() if name != "STAT_REC"}), "IN-31", "265"),
        ({"LYMYLEUK.TXT": [record(MYELOMA | {"STAT_REC": "7"})]}, program(), "IN-19", "'7'"),
        ({"LYMYLEUK.TXT": [record(MYELOMA), record(LEUKAEMIA | {"YR_BRTH": "1941"})]}, program(), "IN-22", "birth"),
        ({"LYMYLEUK.TXT": [record(MYELOMA)], "OTHER.TXT": [record(MYELOMA | {"HISTO3V": "9733"})]}, program(), "IN-21", ""),
    ],
)  # fmt: skip
def test_a_release_that_is_not_what_its_program_says_is_refused(
    files, sas, code, words, home: Home, inbox: Path
):
    write_release(inbox, files).write_text(sas)
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    assert refusal.value.code == code, refusal.value
    assert words in refusal.value.paragraph(with_value=True)


# ---------------------------------------------------------------- populations


def test_population_records_land_field_by_field(home: Home, inbox: Path):
    (inbox / "pop.txt").write_bytes(b"1975CT09001021920700012345\r\n1975CT09001021921800000012\r\n")
    (result,) = land.load([inbox], home)
    assert result.line() == "pop.txt  populations  2 read = 2 landed + 0 rejected"
    assert ask(home, "select * exclude load_id from raw.populations order by 1") == [
        (1, "1975", "CT", "09", "001", "02", "1", "9", "2", "07", "00012345"),
        (2, "1975", "CT", "09", "001", "02", "1", "9", "2", "18", "00000012"),
    ]


def test_two_age_groupings_in_one_folder_are_refused(home: Home, inbox: Path):
    (inbox / "19ages.txt").write_bytes(b"1975CT09001021920700012345\r\n1975CT09001021921800000012\r\n")
    (inbox / "singleages.txt").write_bytes(b"1975CT09001021920700012345\r\n1975CT09001021928500000012\r\n")
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    assert refusal.value.code == "IN-36"


# ---------------------------------------------------------------- NAACCR


@pytest.mark.parametrize("packed", [False, True])
def test_naaccr_xml_lands_a_row_a_tumour(packed: bool, home: Home, inbox: Path):
    content = XML.encode()
    (inbox / "cases.xml").write_bytes(gzip.compress(content) if packed else content)
    (result,) = land.load([inbox], home)
    assert (result.rows_read, result.rows_landed) == (2, 2)
    assert ask(
        home,
        "select source_line, patient_id, registry, sex, tumor_record_number, date_of_diagnosis, hist, chemo, "
        "vital_status from raw.naaccr_tumors order by 1",
    ) == [
        (12, "00000007", "0000001502", "2", "01", "20010312", "9732", "02", "0"),
        (21, "00000007", "0000001502", "2", "02", "200805", "9836", "", "0"),
    ]
    assert ask(home, "select is_synthetic, header->'$.patients_without_tumor' from raw.loads") == [
        (True, "1")
    ]


def test_names_numbers_and_streets_of_patients_stay_in_the_vault(home: Home, inbox: Path):
    of_patient = (
        '<Item naaccrId="nameLast" naaccrNum="2230">SMITH</Item><Item naaccrNum="2320">123456789</Item>'
    )
    of_tumor = (
        '<Item naaccrId="addrAtDxNoStreet">1 High St</Item><Item naaccrId="addrAtDxCity">Hartford</Item>'
    )
    changed = XML.replace("<Tumor>", f"{of_patient}<Tumor>", 1).replace("<Tumor>", f"<Tumor>{of_tumor}")
    (inbox / "cases.xml").write_text(changed)
    land.load([inbox], home)
    assert ask(home, "select distinct delivered_addr_at_dx_city from raw.naaccr_tumors") == [("Hartford",)]
    (header,) = ask(home, "select header from raw.loads")[0]
    assert json.loads(header)["left_in_vault"] == [
        "2320",
        "addrAtDxNoStreet",
        "medicalRecordNumber",
        "nameLast",
    ]
    landed = str(ask(home, "from raw.naaccr_tumors"))
    assert not any(word in landed for word in ("SMITH", "123456789", "High St", "12345"))


DOCTYPE = '<!DOCTYPE NaaccrData [<!ENTITY a SYSTEM "file:///etc/hostname">]>\n<NaaccrData'


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (lambda xml: xml.replace("<NaaccrData", DOCTYPE, 1).replace(">2<", ">&a;<"), "IN-28", "document type"),
        (lambda xml: xml[: len(xml) // 2], "IN-28", "well-formed"),
        (lambda xml: xml.replace("</Tumor>", "", 1), "IN-28", "line"),
        (lambda xml: xml.replace(' naaccrNum="220"', ""), "IN-28", "neither"),
        (lambda xml: xml.replace("histologicTypeIcdO3", "histology"), "IN-15", "hist"),
        (lambda xml: xml.replace(">9836<", ">983x<"), "IN-26", "983x"),
        (lambda xml: xml.replace(">02</Item>\n      <Item naaccrId=\"dateOfD", ">01</Item>\n      <Item naaccrId=\"dateOfD"), "IN-21", ""),
    ],
)  # fmt: skip
def test_naaccr_xml_that_cannot_be_trusted_is_refused(change, code: str, words: str, home: Home, inbox: Path):
    changed = change(XML)
    assert changed != XML
    (inbox / "cases.xml").write_text(changed)
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    assert refusal.value.code == code, refusal.value
    assert words in refusal.value.paragraph(with_value=True)


def test_naaccr_flat_records_land_at_their_columns(home: Home, inbox: Path):
    values = {
        "patientIdNumber": "00000007", "sex": "2", "dateOfDiagnosis": "20010312", "histologicTypeIcdO3": "9732",
        "behaviorCodeIcdO3": "3", "primarySite": "C421", "sequenceNumberCentral": "01", "survMosActiveFollowup": "0104",
    }  # fmt: skip
    cells = list(" " * naaccr_flat.LENGTHS["180"][b"I"])
    cells[0], cells[16:19] = "I", "180"
    for item in naaccr_layout.standard("180"):
        if item.item in values:
            cells[item.start - 1 : item.stop] = values[item.item].ljust(item.width)
    (inbox / "cases.txt").write_bytes(("".join(cells) + "\r\n").encode())
    land.load([inbox], home)
    assert ask(
        home,
        "select patient_id, sex, date_of_diagnosis, hist, site, sequence, surv_months from raw.naaccr_tumors",
    ) == [("00000007", "2", "20010312", "9732", "C421", "01", "0104")]


# ---------------------------------------------------------------- matrices and SAS listings


@pytest.mark.parametrize("end", ["", "\t"])
def test_a_survival_matrix_lands_with_its_labels_and_its_numbers_as_printed(
    end: str, home: Home, inbox: Path
):
    header, *lines = SURVIVAL_TABLE.splitlines()
    (inbox / "survival.dic").write_text(SURVIVAL_DICTIONARY)
    (inbox / "survival.txt").write_text("\n".join([header, *(line + end for line in lines), ""]))
    (result,) = land.load([inbox], home)
    assert result.kind == "seer_matrix"
    assert ("a separator at the end of 2 lines" in result.line()) == bool(end)
    rows = ask(
        home, "select source_line, session_type, dimensions, statistics from raw.seer_matrix order by 1"
    )
    assert [(line, kind, json.loads(about), json.loads(numbers)) for line, kind, about, numbers in rows] == [
        (2, "Survival", {"Sex": "Male and female", "Interval": "<1 yr"},
         {"Alive at Start": "1,234", "Relative Survival (Cum)": "81.2"}),
        (3, "Survival", {"Sex": "  Male", "Interval": "1-<2 yr"},
         {"Alive at Start": "600", "Relative Survival (Cum)": "."}),
    ]  # fmt: skip


def test_a_listing_with_only_its_sas_program_is_read_by_that(home: Home, inbox: Path):
    codes = {
        "One primary only": "0", "1st of 2 or more primaries": "1", "2nd of 2 or more primaries": "2",
        "Male": "0", "Female": "1", "White": "0", "Black": "1", "In situ": "2", "Malignant": "3", "Alive": "0",
        "Dead": "1",
    }  # fmt: skip
    race = HEADERS.index("Race recode (White, Black, Other)")
    rows = [
        [
            "9" if place == race and cell == "Unknown" else codes.get(cell, cell)
            for place, cell in enumerate(row)
        ]
        for row in ROWS
    ]
    Listing(rows=rows, has_header=False).write(inbox).with_suffix(".dic").unlink()
    (inbox / "export.sas").write_text(LISTING_PROGRAM)
    land.load([inbox], home)
    assert ask(
        home,
        "select patient_id, trim(sex), race3, sequence, vital from raw.seer_listing order by source_line",
    ) == [(row[0], row[4], row[5], row[2], row[11]) for row in ROWS]
