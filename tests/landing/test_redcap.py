"""REDCap exports: codes and labels, checkboxes, repeating instruments, all through the data dictionary."""
# ruff: noqa: E501 -- tables read best with a row a line

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import land
from flows.landing.forms.redcap.dictionary import choices_of
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
    write_deliveries(inbox, seed=1, scale=0.01, every_case=True, layout="redcap")
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


HEADER = 'Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"Choices, Calculations, OR Slider Labels"'
API_HEADER = "field_name,form_name,section_header,field_type,field_label,select_choices_or_calculations"
FIELDS = """
record_id,baseline,,text,Record ID,
mm_dx_date,baseline,,text,<b>Date</b> of myeloma,
asct,baseline,,yesno,Transplant,
fish,baseline,,checkbox,FISH,"A1, t(4;14) | 2.5, del(17p) | -1, Not done"
isotype,baseline,,dropdown,Isotype,"1, IgG |or| IgG kappa | 2, IgA, any | LC, Light chain"
vital_status,follow_up,,radio,Status,"0, Dead | 1, Alive"
last_contact_date,follow_up,,text,Date,
sall_dx_date,second,,text,Date,
karyotype,second,,text,Karyotype,
"""
DATA = """record_id,mm_dx_date,asct,fish___a1,fish___2_5,fish____1,isotype,baseline_complete
1,2001-05-06,1,1,1,0,1,2
2,2003-05-06,0,0,0,1,LC,2
"""
PATIENTS = "select patient_key, mm_dx_date, asct, fish, isotype from raw.hospital_patients order by 1"
BASELINE = [
    ("1", "2001-05-06", "Yes", "t(4;14); del(17p)", "IgG |or| IgG kappa"),
    ("2", "2003-05-06", "No", "Not done", "Light chain"),
]
ENTRY = "metachron_mapping: 1\nfiles:\n  - table: hospital_patients\n    columns: {patient_key: record_id, mm_dx_date: mm_dx_date, fish: fish, vital_status: vital_status, last_contact_date: last_contact_date}\n    recognise: [record_id]\n"


def loaded(
    inbox: Path, home: Home, data: str, dictionary: str = HEADER + FIELDS, mapping: str = ""
) -> list[land.LoadResult]:
    (inbox / "DATA.csv").write_text(data)
    (inbox / "Dictionary.csv").write_text(dictionary)
    if mapping:
        (inbox / "x.mapping.yml").write_text(mapping)
    return land.load([inbox], home)


def refused(inbox: Path, home: Home, data: str, *told: str) -> InputRefused:
    with pytest.raises(InputRefused) as refusal:
        loaded(inbox, home, data, *told)
    return refusal.value


@pytest.mark.parametrize("delimiter", ",;\t|^")
@pytest.mark.parametrize(
    "header",
    [HEADER, API_HEADER, "Variable,Formular,Abschnitt,Feldtyp,Bezeichnung,Auswahl,a,b,c,d,e,f,g,h,i,j,k,l"],
)
def test_exports_and_dictionaries_of_every_kind(delimiter: str, header: str, home: Home, inbox: Path):
    fields = FIELDS.replace("\n", "," * (header.count(",") - 5) + "\n") if header.count(",") > 7 else FIELDS
    loaded(inbox, home, DATA.replace(",", delimiter), header + fields.lstrip(",").rstrip(",") + "\n")
    assert ask(home, PATIENTS) == BASELINE
    assert ask(home, "select distinct delimiter from raw.loads") == [(delimiter,)]


def test_headers_of_labels_are_fields(home: Home, inbox: Path):
    data = (
        "Record ID,Event Name,Survey Identifier,Survey Timestamp,Date of myeloma,Transplant,FISH (choice=t(4;14)),"
        "FISH (choice=del(17p)),FISH (choice=Not done),Isotype,Complete?,Status,Date,Complete?,Date,Karyotype,Complete?\n"
        "1,Base,,,2001-05-06,Yes,Checked,Checked,Unchecked,IgG |or| IgG kappa,Complete,Alive,2019-01-01,Complete,2010-01-01,46XX,Complete\n"
        "2,Base,,,2003-05-06,No,Unchecked,Unchecked,Checked,Light chain,Complete,,,,,,\n"
    )
    loaded(inbox, home, data)
    assert ask(home, PATIENTS) == BASELINE
    # Two fields of one label stand in the order of the dictionary.
    seconds = "select patient_key, sall_dx_date, karyotype, vital_status from raw.hospital_second_cancers"
    assert ask(home, seconds) == [("1", "2010-01-01", "46XX", "Alive")]
    cells = json.loads(ask(home, "select cells from raw.redcap_records order by source_line")[0][0])
    assert [cells[key] for key in ("Date (13)", "Date (15)")] == ["2019-01-01", "2010-01-01"]


def test_a_label_of_two_fields_is_refused_naming_both(home: Home, inbox: Path):
    data = "Record ID,Date of myeloma,Date,Complete?\n1,2001-05-06,2010-01-01,Complete\n"
    mapping = ENTRY.replace("last_contact_date: last_contact_date", "last_contact_date: Date")
    mapping = (
        mapping.replace("record_id", "Record ID")
        .replace(": mm_dx_date", ": Date of myeloma")
        .replace("fish: fish, vital_status: vital_status, ", "")
    )
    error = refused(inbox, home, data, HEADER + FIELDS, mapping)
    assert error.code == "IN-25" and "last_contact_date, sall_dx_date" in error.what


def test_redcaps_own_columns_are_known(home: Home, inbox: Path):
    lines = DATA.splitlines()
    data = "\n".join([
        lines[0].replace("mm_dx_date", "redcap_survey_identifier,redcap_data_access_group,baseline_timestamp,mm_dx_date"),
        *(line.replace(",2", ",,north,2020-01-01 10:00:00,2", 1) for line in lines[1:]), "",
    ])  # fmt: skip
    loaded(inbox, home, data)
    assert ask(home, PATIENTS) == BASELINE


LONG = "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,mm_dx_date,baseline_complete,vital_status,last_contact_date,follow_up_complete,sall_dx_date,karyotype,second_complete\n"


def test_a_form_that_repeats_in_one_event_and_not_in_another_gives_all_its_rows(home: Home, inbox: Path):
    results = loaded(inbox, home, LONG + (
        "1,base_arm_1,,,2001-05-06,2,,,,2010-01-01,46XX,2\n"
        "1,fu_arm_1,second,1,,,,,,2012-01-01,,2\n"
        "1,fu_arm_1,,,,,1,2015-01-01,2,,,\n"
        "2,base_arm_1,,,2002-05-06,2,,,,2011-02-02,46XY,2\n"
        "2,fu_arm_1,diary,1,,,,,,,,\n"
    ))  # fmt: skip
    assert [each.rows_landed for each in results] == [5, 2, 3]
    # A blank is not filled from another second cancer, but from what the patient's own rows say.
    rows = "select source_line, patient_key, sall_dx_date, karyotype, vital_status from raw.hospital_second_cancers order by 1"
    assert ask(home, rows) == [
        (2, "1", "2010-01-01", "46XX", "Alive"), (3, "1", "2012-01-01", "", "Alive"), (5, "2", "2011-02-02", "46XY", ""),
    ]  # fmt: skip
    patients = (
        "select source_line, patient_key, mm_dx_date, last_contact_date from raw.hospital_patients order by 1"
    )
    assert ask(home, patients) == [(2, "1", "2001-05-06", "2015-01-01"), (5, "2", "2002-05-06", "")]
    assert "1 row in none of our tables" in results[0].line()


def test_an_event_that_repeats_and_contradicts_itself_is_not_sent_to_the_mapping(home: Home, inbox: Path):
    data = LONG + (
        "1,base_arm_1,,,2001-05-06,2,1,2002-01-01,2,,,\n"
        "1,fu_arm_1,,1,,,0,2009-01-01,2,,,\n"
        "1,fu_arm_1,,2,,,1,2009-01-01,2,,,\n"
    )
    error = refused(
        inbox,
        home,
        data,
        HEADER + FIELDS,
        ENTRY.replace("fish: fish, ", "")
        + "    event: {vital_status: fu_arm_1, last_contact_date: fu_arm_1}\n",
    )
    assert error.code == "IN-21" and "one of these rows only" in (error.remedy or "")


@pytest.mark.parametrize("event", ["nonsense_arm_1", "{vital_status: nonsense_arm_1}"])
def test_an_event_that_the_export_does_not_have_is_refused(event: str, home: Home, inbox: Path):
    data = LONG + "1,base_arm_1,,,2001-05-06,2,1,2002-01-01,2,,,\n"
    mapping = ENTRY.replace("fish: fish, ", "") + f"    event: {event}\n"
    error = refused(inbox, home, data, HEADER + FIELDS, mapping)
    assert error.code == "IN-25" and "1 event that the export does not have: nonsense_arm_1" in error.what
    assert "The export has base_arm_1." in (error.remedy or "")


@pytest.mark.parametrize("event", ["fu_arm_1", "{mm_dx_date: fu_arm_1}"])
def test_an_event_that_does_not_hold_what_it_should_is_refused_with_those_that_do(
    event: str, home: Home, inbox: Path
):
    data = LONG + "1,base_arm_1,,,2001-05-06,2,,,,,,\n1,fu_arm_1,,,,,1,2002-01-01,2,,,\n"
    mapping = ENTRY.replace("fish: fish, ", "")
    error = refused(inbox, home, data, HEADER + FIELDS, mapping + f"    event: {event}\n")
    assert error.code == "IN-25" and "mm_dx_date (base_arm_1)" in error.what
    # One of its remedies leaves fields out, which is said; the others do not.
    line = loaded(inbox, home, data, HEADER + FIELDS, mapping + "    event: base_arm_1\n")[0].line()
    assert "another event: last_contact_date (in fu_arm_1), vital_status (in fu_arm_1)" in line
    for remedy in ("", "    event: {mm_dx_date: base_arm_1}\n"):
        result = loaded(inbox, home, data, HEADER + FIELDS, mapping + remedy)
        assert "another event" not in result[0].line() and result[1].rows_landed == 1


def test_a_repetition_in_which_nothing_is_filled_in_is_no_cancer(home: Home, inbox: Path):
    results = loaded(
        inbox, home, RAW + "P2,second_cancer,1,,,,,,,,,\nP2,second_cancer,2,,,,,,,,,0\n", DICTIONARY
    )
    assert [each.rows_landed for each in results] == [5, 2, 1]
    assert results[0].line().endswith("; 2 rows of a repeating form in which nothing is filled in")


def test_data_and_dictionary_have_an_encoding_each_and_both_are_said(home: Home, inbox: Path):
    (inbox / "DATA.csv").write_bytes(RAW.replace("P2", "女").encode("gb18030"))
    (inbox / "Dictionary.csv").write_bytes(DICTIONARY.replace("Male", "Männlich").encode("cp1252"))
    entry = "metachron_mapping: 1\nfiles:\n  - table: hospital_patients\n    recognise: [sex]\n    columns: {patient_key: record_id, mm_dx_date: mm_dx_date, sex: sex}\n    encoding: gb18030\n"
    (inbox / "x.mapping.yml").write_text(entry)
    line = land.load([inbox], home)[0].line()
    assert "read as GB18030" in line and "its data dictionary read as Windows text (cp1252)" in line
    assert ask(home, "select patient_key, sex from raw.hospital_patients order by 1") == [
        ("P1", "Female"),
        ("女", "Männlich"),
    ]


def test_a_first_column_that_does_not_tell_the_records_apart_is_refused(home: Home, inbox: Path):
    (inbox / "DATA.csv").write_text("mm_dx_date,record_id,myeloma_complete\n2011-03-02,P1,2\n")
    (inbox / "Dictionary.csv").write_text(DICTIONARY)
    with pytest.raises(InputRefused, match="not the record's identifier 'record_id'"):
        land.load([inbox], home)


def test_a_label_of_several_fields_is_refused_without_a_mapping_too(home: Home, inbox: Path):
    (inbox / "DATA.csv").write_text("No.,Diagnosed,Sex,Complete?\nP1,2011-03-02,Female,Complete\n")
    (inbox / "Dictionary.csv").write_text(DICTIONARY)
    with pytest.raises(InputRefused, match="stands for several fields: mm_dx_date, sall_dx_date"):
        land.load([inbox], home)


def test_events_that_contradict_each_other_are_refused_until_the_mapping_names_one(home: Home, inbox: Path):
    data = LONG + (
        "1,base_arm_1,,,2001-05-06,2,1,2002-01-01,2,,,\n"
        "1,fu_arm_1,,,,,0,2009-01-01,2,,,\n"
        "2,base_arm_1,,,2001-06-07,2,1,2003-01-01,2,,,\n"
    )
    mapping = ENTRY.replace("fish: fish, ", "")
    error = refused(inbox, home, data, HEADER + FIELDS, mapping)
    assert error.code == "IN-21" and "base_arm_1, fu_arm_1" in error.what and "event:" in (error.remedy or "")
    rows = "select patient_key, vital_status, last_contact_date from raw.hospital_patients where load_id = ? order by 1"
    for event, landed in (
        ("base_arm_1", [("1", "Alive", "2002-01-01"), ("2", "Alive", "2003-01-01")]),
        (
            "{vital_status: fu_arm_1, last_contact_date: fu_arm_1}",
            [("1", "Dead", "2009-01-01"), ("2", "", "")],
        ),
    ):
        result = loaded(inbox, home, data, HEADER + FIELDS, mapping + f"    event: {event}\n")[1]
        assert ask(home, rows.replace("?", f"'{result.load_id}'")) == landed


def test_codes_for_missing_data_are_blank_and_counted_where_they_are_declared(home: Home, inbox: Path):
    data = LONG + "1,base_arm_1,,,-99,2,UNK,2002-01-01,2,,,\n2,base_arm_1,,,2001-06-07,2,1,-99,2,,,\n"
    mapping = ENTRY.replace("fish: fish, ", "")
    assert refused(inbox, home, data, HEADER + FIELDS, mapping).code == "IN-19"
    result = loaded(inbox, home, data, HEADER + FIELDS, mapping + "    missing_codes: [-99, UNK]\n")[1]
    assert {"missing_word:-99:2", "missing_word:UNK:1"} <= set(result.events)
    assert ask(home, "select patient_key, mm_dx_date, vital_status, last_contact_date from raw.hospital_patients order by 1") == [
        ("1", "", "", "2002-01-01"), ("2", "2001-06-07", "Alive", ""),
    ]  # fmt: skip


def test_a_code_for_missing_data_contradicts_no_value_of_another_event(home: Home, inbox: Path):
    data = LONG + "1,base_arm_1,,,2001-05-06,2,1,2002-01-01,2,,,\n1,fu_arm_1,,,,,,-99,,,,\n"
    mapping = ENTRY.replace("fish: fish, ", "") + "    missing_codes: [-99]\n"
    loaded(inbox, home, data, HEADER + FIELDS, mapping)
    assert ask(home, "select last_contact_date from raw.hospital_patients") == [("2002-01-01",)]


def test_two_codes_that_become_one_name_are_refused_where_one_is_checked(home: Home, inbox: Path):
    fields = FIELDS.replace("A1, t(4;14)", "2-5, t(4;14)")
    data = DATA.replace("fish___a1,", "").replace(",1,1,1,0,1", ",1,1,0,1").replace(",0,0,0,1,", ",0,0,1,")
    assert refused(inbox, home, data, HEADER + fields).code == "IN-19"


def test_quotes_that_were_escaped_with_a_backslash_are_read(home: Home, inbox: Path):
    fields = FIELDS.replace("Transplant", r'"words1\"words2, words3\""')
    result = loaded(inbox, home, DATA, HEADER + fields)[0]
    assert "escaped_quotes" in result.events and "pipes_in_labels:isotype" in result.events
    assert ask(home, PATIENTS) == BASELINE


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("1, Yes | 0, No", {"1": "Yes", "0": "No"}),
        ("1,Yes|0,No", {"1": "Yes", "0": "No"}),
        ("1, a, b| 2, c | 3, d|e", {"1": "a, b", "2": "c", "3": "d|e"}),
        ("1, x | y | 2, z", {"1": "x | y", "2": "z"}),
        ("a | b", {"a": "a", "b": "b"}),
        (" | 1, a | ", {"1": "a"}),
        ("1, | 2, b", {"1": "", "2": "b"}),
    ],
)
def test_choices_are_told_from_pipes_in_their_labels(text: str, choices: dict[str, str]):
    assert choices_of("radio", text)[0] == choices


def test_a_field_that_the_export_lacks_is_named(home: Home, inbox: Path):
    error = refused(inbox, home, DATA, HEADER + FIELDS, ENTRY)
    assert error.code == "IN-25" and "last_contact_date; vital_status" in error.what


def test_of_two_dictionaries_the_one_of_the_export_counts(home: Home, inbox: Path):
    (inbox / "A.csv").write_text(
        API_HEADER + "\nrecord_id,visit,,text,Record ID,\nweight,visit,,text,Weight,\n"
    )
    loaded(inbox, home, DATA)
    assert ask(home, PATIENTS) == BASELINE


def test_the_same_rows_with_labels_beside_them_count_once(home: Home, inbox: Path):
    (inbox / "DATA_LABELS.csv").write_text(
        "record_id,mm_dx_date,asct,fish___a1,fish___2_5,fish____1,isotype,baseline_complete\n"
        "1,2001-05-06,Yes,Checked,Checked,Unchecked,IgG |or| IgG kappa,Complete\n"
        "2,2003-05-06,No,Unchecked,Unchecked,Checked,Light chain,Complete\n"
    )
    results = loaded(inbox, home, DATA)
    assert ask(home, PATIENTS) == BASELINE
    assert ("exact_duplicate", 2) in results[-1].reasons


def test_a_checkbox_is_checked_by_one_by_a_word_or_by_its_label_and_by_nothing_else(home: Home, inbox: Path):
    labels = DATA.replace("1,2001-05-06,1,1,1,0", "1,2001-05-06,1,t(4;14),Checked,").replace(
        ",0,0,0,1,LC", ",0,,,Not done,LC"
    )
    loaded(inbox, home, labels)
    assert ask(home, PATIENTS) == BASELINE
    error = refused(inbox, home, labels.replace("Checked", "Angekreuzt"))
    assert error.code == "IN-19" and error.column == "fish"


def test_a_checked_code_for_missing_data_is_nothing_where_it_is_declared(home: Home, inbox: Path):
    data = (
        DATA.replace("fish____1", "fish____1,fish___unk")
        .replace(",LC", ",0,LC")
        .replace(",1,1,0,1,2", ",0,0,0,1,1,2")
    )
    entry = ENTRY.replace(", vital_status: vital_status, last_contact_date: last_contact_date", "")
    assert refused(inbox, home, data, HEADER + FIELDS, entry).code == "IN-19"
    loaded(inbox, home, data, HEADER + FIELDS, entry + "    missing_codes: [UNK]\n")
    assert ask(home, "select patient_key, fish from raw.hospital_patients order by 1") == [
        ("1", ""),
        ("2", "Not done"),
    ]


def test_a_header_within_an_export_is_refused_as_one(home: Home, inbox: Path):
    error = refused(inbox, home, RAW + RAW, DICTIONARY)
    assert (error.code, error.line) == ("IN-18", 5) and "two exports were joined" in error.what


def test_a_first_line_that_names_the_separator_is_passed_over(home: Home, inbox: Path):
    results = loaded(inbox, home, "sep=,\n" + RAW, "sep=,\n" + DICTIONARY)
    assert [each.rows_landed for each in results] == [3, 2, 1] and "separator_line" in results[0].events
