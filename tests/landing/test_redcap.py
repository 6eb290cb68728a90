"""REDCap exports: codes and labels, checkboxes, repeating instruments, all through the data dictionary."""
# ruff: noqa: E501 -- tables read best with a row a line

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import land
from samples.synthetic import write_deliveries
from tests.landing.deliveries import ask

DICTIONARY = """Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"Choices, Calculations, OR Slider Labels"
record_id,myeloma,,text,No.,
mm_dx_date,myeloma,,text,Diagnosed,
sex,myeloma,,radio,Sex,"1, Male | 2, Female"
fish,myeloma,,checkbox,FISH,"1, del(17p) | 2, t(4;14)"
vital_status,myeloma,,radio,Status,"0, Dead | 1, Alive"
sall_dx_date,second_cancer,,text,Diagnosed,
cd10,second_cancer,,radio,CD10,"1, Positive | 0, Negative"
"""
RAW = """record_id,redcap_repeat_instrument,redcap_repeat_instance,mm_dx_date,sex,fish___1,fish___2,vital_status,myeloma_complete,sall_dx_date,cd10,second_cancer_complete
P1,,,2011-03-02,2,1,1,0,2,,,
P1,second_cancer,1,,,,,,,2016-08-05,0,2
P2,,,2012-04-01,1,0,0,1,2,,,
"""
LABELS = """record_id,redcap_repeat_instrument,redcap_repeat_instance,mm_dx_date,sex,fish___1,fish___2,vital_status,myeloma_complete,sall_dx_date,cd10,second_cancer_complete
P1,,,2011-03-02,Female,Checked,Checked,Dead,Complete,,,
P1,Second cancer,1,,,,,,,2016-08-05,Negative,Complete
P2,,,2012-04-01,Male,Unchecked,Unchecked,Alive,Complete,,,
"""


@pytest.mark.parametrize("export", [RAW, LABELS])
def test_both_kinds_of_export_land_the_same_labels(export: str, home: Home, inbox: Path):
    (inbox / "DATA.csv").write_text(export)
    (inbox / "Dictionary.csv").write_text(DICTIONARY)
    results = land.load([inbox], home)
    assert [(each.kind, each.rows_read, each.rows_landed) for each in results] == [
        ("redcap_records", 3, 3),
        ("hospital_patients", 2, 2),
        ("hospital_second_cancers", 1, 1),
    ]
    assert ask(
        home,
        "select source_line, patient_key, mm_dx_date, sex, fish, vital_status from raw.hospital_patients order by 1",
    ) == [
        (2, "P1", "2011-03-02", "Female", "del(17p); t(4;14)", "Dead"),
        (4, "P2", "2012-04-01", "Male", "", "Alive"),
    ]
    assert ask(
        home,
        "select source_line, patient_key, sall_dx_date, cd10, vital_status from raw.hospital_second_cancers",
    ) == [(3, "P1", "2016-08-05", "Negative", "Dead")]
    assert ask(home, "select count(distinct delivery_id) from raw.loads") == [(1,)]
    assert land.lines(results) == [
        "DATA.csv  redcap records  3 read = 3 landed + 0 rejected  ->  hospital patients 2, "
        "hospital second cancers 1"
    ]
    again = land.load([inbox], home)
    assert all(each.already_loaded for each in again) and len(land.lines(again)) == 1


def test_every_row_lands_as_it_was_exported_whatever_its_form(home: Home, inbox: Path):
    exported = RAW + "P2,follow_up,1,,,,,,,,,\n"
    (inbox / "DATA.csv").write_text(exported)
    (inbox / "Dictionary.csv").write_text(DICTIONARY)
    results = land.load([inbox], home)
    assert [(each.rows_read, each.rows_landed) for each in results] == [(4, 4), (2, 2), (1, 1)]
    rows = ask(
        home, "select source_line, record_id, instrument, instance, cells from raw.redcap_records order by 1"
    )
    assert [row[:4] for row in rows] == [
        (2, "P1", "", ""), (3, "P1", "second_cancer", "1"), (4, "P2", "", ""), (5, "P2", "follow_up", "1"),
    ]  # fmt: skip
    header, *lines = (line.split(",") for line in exported.splitlines())
    filled = [{name: cell for name, cell in zip(header, line, strict=True) if cell} for line in lines]
    assert [json.loads(row[4]) for row in rows] == filled


def test_a_synthetic_project_says_so_in_each_of_its_loads(home: Home, inbox: Path):
    write_deliveries(inbox, seed=1, scale=0.01, layout="redcap")
    results = land.load([next(inbox.glob("*_DATA.csv")), next(inbox.glob("*_DataDictionary.csv"))], home)
    assert len(results) == 3
    assert ask(home, "select distinct is_synthetic from raw.loads") == [(True,)]


def test_a_project_without_any_second_cancer_lands_its_patients(home: Home, inbox: Path):
    rows = [line for line in RAW.splitlines() if "second_cancer,1" not in line]
    (inbox / "DATA.csv").write_text("\n".join([*rows, ""]))
    (inbox / "Dictionary.csv").write_text(DICTIONARY)
    assert [each.kind for each in land.load([inbox], home)] == ["redcap_records", "hospital_patients"]


def test_a_projects_own_field_names_are_mapped(home: Home, inbox: Path):
    (inbox / "DATA.csv").write_text(RAW.replace("mm_dx_date", "dx").replace("sex", "gender"))
    (inbox / "Dictionary.csv").write_text(DICTIONARY.replace("mm_dx_date", "dx").replace("sex", "gender"))
    (inbox / "x.mapping.yml").write_text(
        "metachron_mapping: 1\nfiles:\n  - table: hospital_patients\n    recognise: [record_id, dx]\n"
        "    columns: {patient_key: record_id, mm_dx_date: dx, sex: gender}\n"
    )
    land.load([inbox], home)
    assert ask(home, "select patient_key, mm_dx_date, sex from raw.hospital_patients order by 1") == [
        ("P1", "2011-03-02", "Female"), ("P2", "2012-04-01", "Male"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("export", "dictionary", "code"),
    [
        (RAW, None, "IN-12"),
        (RAW.replace(",2,1,1,0,", ",7,1,1,0,"), DICTIONARY, "IN-19"),
        (RAW, DICTIONARY.replace("cd10", "cd20"), "IN-14"),
        (RAW, DICTIONARY.replace("cd10", "sex"), "IN-13"),
        (RAW.splitlines()[0] + "\n", DICTIONARY, "IN-01"),
    ],
)
def test_an_export_that_is_not_its_dictionarys_is_refused(export, dictionary, code, home: Home, inbox: Path):
    (inbox / "DATA.csv").write_text(export)
    if dictionary is not None:
        (inbox / "Dictionary.csv").write_text(dictionary)
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    assert refusal.value.code == code, refusal.value
