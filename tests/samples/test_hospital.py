"""The hospital's files: the published cases as printed, everyone else invented and saying so."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections import Counter

import pytest
import yaml
from openpyxl import load_workbook

from samples.synthetic import write_deliveries

# Tables 3 and 4 of Jia et al. 2024: age, latency, age at leukaemia, months lived after it, dead.
PUBLISHED = {1: (67, 65, 73, 18, True), 2: (58, 91, 66, 37, False), 3: (62, 87, 70, 42, True)}


def read(folder, encoding: str) -> tuple[list[dict], list[dict]]:
    """Both tables under canonical names, through the mapping that lies beside them."""
    patients, seconds = yaml.safe_load((folder / "hospital.mapping.yml").read_text(encoding="utf-8"))["files"]

    def renamed(rows, columns):
        canonical = {header: name for name, header in columns.items()}
        return [{canonical[header]: cell for header, cell in row.items()} for row in rows]

    text = (folder / "hospital_mm_patients.csv").read_bytes().decode(encoding)
    sheet = load_workbook(folder / "hospital_secondary_all.xlsx")[seconds["sheet"]]
    header, *cells = sheet.iter_rows(values_only=True)
    return (
        renamed([row for row in csv.DictReader(io.StringIO(text)) if row["数据说明"]], patients["columns"]),
        renamed([dict(zip(header, row, strict=True)) for row in cells], seconds["columns"]),
    )


def full_months(start: str, end: str) -> int:
    first, last = datetime.date.fromisoformat(start), datetime.date.fromisoformat(end)
    return 12 * (last.year - first.year) + last.month - first.month - (last.day < first.day)


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clean")
    write_deliveries(folder)
    return read(folder, "utf-8")


def test_1529_adults_diagnosed_from_2010_to_2021_and_three_second_cancers(clean):
    patients, seconds = clean
    assert len({row["patient_key"] for row in patients}) == len(patients) == 1529
    assert {row["mm_dx_date"][:4] for row in patients} == {str(year) for year in range(2010, 2022)}
    assert min(int(row["age_mm_years"]) for row in patients) >= 18
    assert max(row["last_contact_date"] for row in patients) == "2022-04-01"
    assert len(seconds) == 3


def test_a_small_registry_has_the_same_hospital(clean, tmp_path):
    """Three of 76 would be 42 times the registry's proportion; the paper has three of 1,529."""
    write_deliveries(tmp_path, scale=0.02)
    assert read(tmp_path, "utf-8") == clean


def test_dates_and_ages_agree(clean):
    for row in clean[0]:
        assert row["birth_date"] < row["mm_dx_date"] <= row["last_contact_date"]
        assert full_months(row["birth_date"], row["mm_dx_date"]) // 12 == int(row["age_mm_years"])


def test_the_three_cases_are_as_published(clean):
    patients = {row["patient_key"]: row for row in clean[0]}
    for second in clean[1]:
        first = patients[second["patient_key"]]
        case = int(re.search(r"published case (\d)", second["data_note"]).group(1))
        assert second["data_note"] == first["data_note"]
        computed = (
            int(first["age_mm_years"]),
            full_months(first["mm_dx_date"], second["sall_dx_date"]),
            full_months(first["birth_date"], second["sall_dx_date"]) // 12,
            full_months(second["sall_dx_date"], first["last_contact_date"]),
            first["vital_status"] == "Dead",
        )
        assert computed == PUBLISHED[case]
        assert int(second["latency_months"]) == PUBLISHED[case][1]
        assert int(second["survival_months"]) == PUBLISHED[case][3]
    assert next(row for row in clean[0] if "case 2" in row["data_note"])["mm_dx_date"][:7] == "2011-08"


def test_every_row_is_synthetic_or_published_and_says_which(clean):
    notes = Counter(row["data_note"].split(" of ")[0] for row in clean[0])
    assert notes.pop("SYNTHETIC - no patient") == 1526
    assert notes == {f"SYNTHETIC delivery; published case {number}": 1 for number in PUBLISHED}


def test_the_messy_hospital_holds_the_same_patients_and_those_that_must_not_count(tmp_path, clean):
    write_deliveries(tmp_path, variant="messy")
    patients, seconds = read(tmp_path, "gb18030")
    keys = Counter(row["patient_key"] for row in patients)
    assert len(keys) == 1529 + 4
    assert sum(keys.values()) == 1529 + 4 + 1
    assert {row["patient_key"] for row in clean[0]} < set(keys)
    assert len(seconds) == 4
    assert {"无", "不详", "", "/", "NA"} <= {row["iss"] for row in patients}
