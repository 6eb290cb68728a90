"""The draft of a mapping: what headers of five languages mean, and what nobody can guess left open."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.cli.main import main
from flows.errors import InputRefused
from flows.landing.forms.hospital import mapping
from flows.landing.forms.hospital.mapping_draft import column_names, draft_mapping, read_headers
from flows.landing.forms.hospital.tables import TABLES


def read(draft: str, folder: Path) -> mapping.Entry:
    path = folder / "x.mapping.yml"
    path.write_text(draft.replace("metachron_mapping: draft", "metachron_mapping: 1"), encoding="utf-8")
    (entry,) = mapping.read(path).entries
    return entry


@pytest.mark.parametrize(
    "headers",
    [
        ("Patient No.", "Date of\ndiagnosis", "Date of birth", "Sex", "Last contact"),
        ("Pat-Nr", "Diagnosedatum", "Geburtsdatum", "Geschlecht", "Letzter Kontakt"),
        ("N° patient", "Date de diagnostic", "Date de naissance", "Sexe", "Date des dernières nouvelles"),
        ("Nº paciente", "Fecha de diagnostico", "Fecha de nacimiento", "Sexo", "Fecha de último contacto"),
        ("病案号", "确诊日期", "出生日期", "性别", "末次随访日期"),
    ],
)
def test_headers_of_five_languages_are_guessed(headers: tuple[str, ...], tmp_path: Path):
    entry = read(draft_mapping([*headers, "Zimmer: 'x' #1"], "p.csv"), tmp_path)
    assert entry.table == "hospital_patients"
    clean = [" ".join(header.split()) for header in headers]
    assert dict(entry.columns) == dict(
        zip(["patient_key", "mm_dx_date", "birth_date", "sex", "last_contact_date"], clean, strict=True)
    )
    assert entry.recognise == tuple(clean[:2])


def test_what_cannot_be_guessed_is_left_open_and_nothing_is_guessed_from_a_chance_likeness(tmp_path: Path):
    draft = draft_mapping(["a", "cd1", "sext", "Quantity"], "labs.tsv")
    with pytest.raises(InputRefused) as refusal:
        read(draft, tmp_path)
    assert refusal.value.code == "IN-25"
    entry = read(draft.replace("patient_key:", 'patient_key: "a"'), tmp_path)
    assert dict(entry.columns) == {"patient_key": "a"}
    for table in TABLES[entry.table]:
        assert f"{table}:" in draft
    assert '#   "Quantity"' in draft


def test_a_list_of_second_cancers_is_told_from_one_of_patients(tmp_path: Path):
    entry = read(draft_mapping(["MRN", "Histology", "Site", "ALL diagnosis date"], "s.csv"), tmp_path)
    assert (entry.table, set(entry.columns)) == (
        "hospital_second_cancers",
        {"patient_key", "histology", "site", "sall_dx_date"},
    )


def test_every_column_of_ours_has_its_names_and_no_name_means_two():
    assert {table: tuple(columns) for table, columns in column_names().items()} == TABLES
    for columns in column_names().values():
        names = [name for column in columns.values() for name in column.names]
        assert len(set(names)) == len(names)


def test_a_very_wide_table_is_drafted_at_once_and_stays_a_mapping(tmp_path: Path):
    draft = draft_mapping(["MRN", *(f"x{number}" for number in range(100_000))], "wide.csv")
    assert dict(read(draft, tmp_path).columns) == {"patient_key": "MRN"}


def test_the_command_prints_what_can_be_saved(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "p.csv").write_text("About this list\nMRN;Myeloma diagnosed;Sex\n1;2011-01-01;M\n")
    main(["map", str(tmp_path / "p.csv")])
    entry = read(capsys.readouterr().out, tmp_path)
    assert dict(entry.columns) == {"patient_key": "MRN", "mm_dx_date": "Myeloma diagnosed", "sex": "Sex"}
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(SystemExit) as end:
        main(["map", str(tmp_path / "empty.csv")])
    assert end.value.code == 3


@pytest.mark.parametrize(
    "text",
    [
        '"","MRN","Date of diagnosis","Sex"\n"1",17,2001-02-03,"F"\n"2",18,2002-02-03,"M"\n',
        "#Number\tDay\tSex\n#STRING\tDATE\tSTRING\nMRN\tDate of diagnosis\tSex\n17\t2001-02-03\tF\n",
        "Patients of the ward,,\nMRN,Date of diagnosis,Sex\n17,2001-02-03,F\n",
    ],
)
def test_the_header_is_found_beside_row_numbers_and_below_comments(text: str, tmp_path: Path):
    (tmp_path / "p.csv").write_text(text)
    assert read_headers(tmp_path / "p.csv") == ["MRN", "Date of diagnosis", "Sex"]
