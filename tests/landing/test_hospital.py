"""Hospital tables through a mapping file: any headers, UTF-8, GB18030 or a workbook; nothing guessed."""
# ruff: noqa: E501 -- tables read best with a case a line

from __future__ import annotations

import datetime
from pathlib import Path

import openpyxl
import pytest

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import land
from tests.landing.deliveries import ask

MAPPING = """
metachron_mapping: 1
files:
  - table: hospital_patients
    recognise: [病案号, 确诊日期]
    columns: {patient_key: 病案号, mm_dx_date: 确诊日期, sex: 性别, fish: FISH结果}
    missing_words: [未查]
  - table: hospital_second_cancers
    recognise: [病案号, ALL日期]
    columns: {patient_key: 病案号, sall_dx_date: ALL日期}
"""
PATIENTS = '病案号,确诊日期,性别,FISH结果,备注\nHM01,2011-03-02,男,未查,"a, b"\nHM02,2012/4/1,女,del(17p),\n'
LANDED = [
    (2, "HM01", "2011-03-02", "男", "", "a, b"),
    (3, "HM02", "2012/4/1", "女", "del(17p)", ""),
]
CELLS = "select source_line, patient_key, mm_dx_date, sex, fish, delivered_备注 from raw.hospital_patients order by 1"


def put(inbox: Path, text: str = PATIENTS, encoding: str = "utf-8", mapping: str = MAPPING) -> None:
    (inbox / "hospital.mapping.yml").write_text(mapping, encoding="utf-8")
    (inbox / "病人.csv").write_bytes(text.encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_table_lands_whatever_its_encoding(encoding: str, line_end: str, home: Home, inbox: Path):
    put(inbox, PATIENTS.replace("\n", line_end), encoding)
    (result,) = land.load([inbox], home)
    assert (result.source, result.role, result.rows_landed) == ("institution", "patients", 2)
    assert ask(home, CELLS) == LANDED
    assert "missing_word:未查:1" in result.events


def test_a_workbook_lands_its_cells_as_text(home: Home, inbox: Path):
    (inbox / "hospital.mapping.yml").write_text(MAPPING, encoding="utf-8")
    book = openpyxl.Workbook()
    book.active.append(["about this file"])
    sheet = book.create_sheet("二")
    for row in (
        ["Patients of the ward"], ["病案号", "确诊日期", "性别", "FISH结果", "备注"],
        ["HM01", datetime.date(2011, 3, 2), "男", "未查", 5], ["HM02", 40634, "女", "del(17p)", 1.5],
    ):  # fmt: skip
        sheet.append(row)
    book.save(inbox / "病人.xlsx")
    (result,) = land.load([inbox], home)
    assert ask(home, CELLS) == [
        (3, "HM01", "2011-03-02", "男", "", "5"),
        (4, "HM02", "40634", "女", "del(17p)", "1.5"),
    ]
    assert {"excel_dates_to_iso", "lines_above_header:1"} <= set(result.events)


def test_a_cell_with_a_line_break_keeps_the_lines_of_its_neighbours(home: Home, inbox: Path):
    put(inbox, PATIENTS.replace("a, b", "a\nb"))
    land.load([inbox], home)
    assert ask(home, "select source_line, delivered_备注 from raw.hospital_patients order by 1") == [
        (2, "a\nb"),
        (4, ""),
    ]


def test_blank_doubled_and_keyless_rows_are_rejected(home: Home, inbox: Path):
    rows = PATIENTS.splitlines()
    put(inbox, "\n".join([*rows, rows[1], ",2012-01-01,,,", "", ""]) + "\n")
    (result,) = land.load([inbox], home)
    assert (result.rows_read, result.rows_landed) == (4, 2)
    assert ask(home, "select source_line, reason_code from raw.rejects order by 1") == [
        (4, "exact_duplicate"),
        (5, "no_patient"),
    ]


def test_a_changed_mapping_makes_a_new_load_of_the_same_bytes(home: Home, inbox: Path):
    put(inbox)
    land.load([inbox], home)
    put(inbox, mapping=MAPPING.replace("[未查]", "[未查, 女]"))
    (result,) = land.load([inbox], home)
    assert not result.already_loaded
    assert ask(home, "select count(distinct sha256), count(*) from raw.loads") == [(1, 2)]


@pytest.mark.parametrize(
    ("text", "mapping", "code", "words"),
    [
        (PATIENTS.replace("性别", "sex"), MAPPING, "IN-25", "性别"),
        (PATIENTS.replace("性别", "FISH结果"), MAPPING, "IN-16", "FISH结果"),
        (PATIENTS.replace("HM02", "HM01"), MAPPING, "IN-21", "line 2"),
        (PATIENTS.splitlines()[0] + "\n", MAPPING, "IN-01", "no records"),
        (PATIENTS.replace(",女,", ",女,,"), MAPPING, "IN-18", "1 of 2"),
        (PATIENTS.replace('b"', "b"), MAPPING, "IN-06", "line 2"),
        (PATIENTS.replace("del", "d\0l"), MAPPING, "IN-", ""),
        (PATIENTS, MAPPING.replace("fish:", "fisch:"), "IN-25", "fisch"),
        (PATIENTS, MAPPING.replace("table: hospital_patients", "table: patients"), "IN-25", "hospital_patients"),
        (PATIENTS, MAPPING.replace("patient_key: 病案号, mm", "mm"), "IN-25", "patient_key"),
        (PATIENTS, MAPPING.replace("    missing_words", "    missing"), "IN-25", "missing"),
        (PATIENTS, MAPPING + "    columns: {patient_key: 病案号}\n", "IN-25", "twice"),
        (PATIENTS, MAPPING.replace("[未查]", "[1]"), "IN-25", "quotes"),
        (PATIENTS, MAPPING.replace("[病案号, 确诊日期]", "[病案号, 日期]"), "IN-11", "病人.csv"),
        (PATIENTS, MAPPING.replace("1\n", "!!python/object/apply:os.getcwd []\n", 1), "IN-25", ""),
    ],
)  # fmt: skip
def test_a_table_or_mapping_that_does_not_fit_is_refused(text, mapping, code, words, home: Home, inbox: Path):
    put(inbox, text, mapping=mapping)
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    assert refusal.value.code.startswith(code), refusal.value
    assert words in refusal.value.paragraph(with_value=True)
    assert not list(home.vault.glob("*"))


def test_a_workbook_that_is_none_is_refused(home: Home, inbox: Path):
    put(inbox)
    (inbox / "病人.csv").rename(inbox / "x.csv")
    (inbox / "other.xlsx").write_bytes(b"PK\x03\x04 and nothing else")
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    assert refusal.value.code == "IN-11"
