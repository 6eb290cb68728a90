"""Open cohorts: published patients written as a hospital would, and landed as any hospital's file."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from flows.cli.main import main
from flows.cli.sample_files import write_open_cohort
from flows.errors import UsageError
from flows.home import Home
from flows.landing import land
from samples import open_cohorts
from tests.landing.deliveries import ask

# The first rows as published, and one whose gammopathy became malignant, made of the same columns.
MYELOMA = {"id": [1, 2], "year": [57, 61], "entry": [0, 0], "futime": [1431, 686], "death": [1, 0]}
MGUS2 = {
    "id": [1.0, 2.0], "age": [88.0, 60.5], "sex": ["F", "M"], "dxyr": [1981.0, 1970.0],
    "hgb": [13.1, float("nan")], "creat": [1.3, 1.2], "mspike": [0.5, 2.0], "ptime": [30.0, 24.0],
    "pstat": [0.0, 1.0], "futime": [30.0, 36.0], "death": [1.0, 0.0],
}  # fmt: skip
CELLS = (
    "select source_line, patient_key, mm_dx_date, age_mm_years, sex, last_contact_date, vital_status "
    "from raw.hospital_patients order by 1"
)


def test_spans_are_kept_and_dates_counted_from_july(home: Home, inbox: Path):
    open_cohorts.write_rows(inbox, "myeloma", open_cohorts.delivered("myeloma", MYELOMA))
    (result,) = land.load([inbox], home)
    assert (result.kind, result.rows_landed) == ("hospital_patients", 2)
    assert ask(home, CELLS) == [
        (2, "1", "1957-07-01", None, None, "1961-06-01", "Dead"),
        (3, "2", "1961-07-01", None, None, "1963-05-18", "Alive"),
    ]
    assert ask(home, "select delivered_futime, delivered_entry from raw.hospital_patients") == [
        ("1431", "0"),
        ("686", "0"),
    ]
    assert ask(home, "select is_synthetic from raw.loads") == [(False,)]


def test_of_gammopathies_those_that_became_malignant_are_delivered(home: Home, inbox: Path):
    open_cohorts.write_rows(inbox, "mgus2", open_cohorts.delivered("mgus2", MGUS2))
    land.load([inbox], home)
    assert ask(home, CELLS) == [(2, "2", "1972-06-30", "62", "M", "1973-07-01", "Alive")]
    assert ask(
        home, "select delivered_hgb, delivered_mspike, delivered_ptime from raw.hospital_patients"
    ) == [("", "2", "24")]


def test_without_the_package_the_extra_is_named(monkeypatch, tmp_path: Path, capsys):
    monkeypatch.setitem(sys.modules, "survival", None)
    with pytest.raises(UsageError) as refusal:
        write_open_cohort(tmp_path / "in", "myeloma")
    assert "metachron[open-cohorts]" in str(refusal.value)
    with pytest.raises(SystemExit) as left:
        main(["open-cohort", str(tmp_path / "in")])
    assert left.value.code == 2
    assert "OPEN-01" in capsys.readouterr().err
    assert not (tmp_path / "in").exists()


@pytest.mark.parametrize(("cohort", "patients"), [("myeloma", 3882), ("mgus2", 115)])
def test_the_package_has_the_published_patients(cohort: str, patients: int, home: Home, inbox: Path):
    assert open_cohorts.write(inbox, cohort) == open_cohorts.write(inbox, cohort)
    (result,) = land.load([inbox], home)
    assert (result.rows_read, result.rows_landed) == (patients, patients)
