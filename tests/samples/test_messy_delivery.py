"""The messy delivery is ugly, honest about how, and holds the population it says it holds."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re

import pytest

from samples.synthetic import write_deliveries
from tests.samples.cohort_by_hand import cohort


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("messy")
    write_deliveries(folder, seed=3, scale=0.1, every_case=True, variant="messy")
    return folder


@pytest.fixture(scope="module")
def told(folder) -> dict:
    return json.loads((folder / "synthetic_truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def lines(folder) -> list[list[str]]:
    content = gzip.decompress((folder / "seer9_plus_messy.txt").read_bytes())
    assert b"\r" not in content
    return list(csv.reader(io.StringIO(content.decode("cp1252"), newline="")))


@pytest.fixture(scope="module")
def rows(lines) -> list[dict[str, str]]:
    """Good rows, repeats dropped, in the words of the clean listing."""
    header = [
        {"Record number": "Record number recode", "SURVIVAL MONTHS": "Survival months"}.get(h, h)
        for h in lines[0]
    ]
    distinct = dict.fromkeys(tuple(line) for line in lines[1:] if len(line) == len(header))
    return [dict(zip(header, (cell.strip() for cell in row), strict=True)) for row in distinct]


def test_damaged_lines_are_where_the_truth_says(lines, told):
    damaged = [number for number, line in enumerate(lines, 1) if len(line) != len(lines[0])]
    listing = told["files"][0]
    assert damaged == listing["damaged_lines"]
    assert len(damaged) == 12
    assert len(lines) - 1 == listing["rows_read"] == listing["rows_landed"] + listing["rows_rejected"]


def test_repeats_are_where_the_truth_says(lines, told):
    earlier, repeats = set(), []
    for number, line in enumerate(lines, 1):
        if tuple(line) in earlier:
            repeats.append(number)
        earlier.add(tuple(line))
    listing = told["files"][0]
    assert repeats == listing["repeated_lines"]
    assert (len(repeats), listing["rows_rejected"]) == (40, 52)


def test_session_row_count_is_of_all_exported_rows(folder, lines):
    session = (folder / "seer9_plus_messy.session.txt").read_text()
    count = re.search(r"^Row Count ([\d,]+)$", session, re.MULTILINE).group(1)
    assert int(count.replace(",", "")) == len(lines) - 1


def test_the_cohort_by_hand_is_the_cohort_of_the_truth(rows, told):
    found, registry = cohort(rows), told["registry"]
    removed = dict(found["removed"])
    assert found["persons"] - removed.pop("index") == registry["cohort_flow"]["has an index cancer"]
    assert list(removed.values()) == list(registry["cohort_flow"]["removed"].values())
    assert list(removed.values()) == [4, 3, 1, 8, 5, 2]
    second = [patient for patient in found["patients"].values() if patient[1] is not None]
    assert (len(found["patients"]), len(second)) == (registry["n_index"], registry["n_second"])
    assert sorted(latency for _, _, latency in second)[:3] == [12, 13, 19]


def test_a_benign_tumour_has_its_own_numbering_and_may_belong_to_a_case(rows):
    benign = [row for row in rows if "state registry-defined" in row["Sequence number"]]
    assert {row["Behavior code ICD-O-3"] for row in benign} == {"Benign"}
    assert {row["Year of diagnosis"] >= "2004" for row in benign} == {True}
    cases = {patient for patient, found in cohort(rows)["patients"].items() if found[1] is not None}
    assert cases & {row["Patient ID"] for row in benign}


def test_labels_drift_and_lead_with_blanks(lines):
    cells = {cell for line in lines[1:] for cell in line}
    for variant in (
        "  Male",
        "No/Unk",
        "no/unk",
        "Blank(s)",
        "American Indian/AK Native",
        "N/A not seq 0-59",
    ):
        assert variant in cells


def test_the_dictionary_numbers_its_variables_as_the_file_does_though_not_in_order(folder, lines):
    text = (folder / "seer9_plus_messy.dic").read_bytes().decode("cp1252")
    named = {int(number): name for number, name in re.findall(r"Var(\d+)Name=(.*)\r\n", text)}
    assert [named[number] for number in sorted(named)] == lines[0]
    assert list(named) != sorted(named)


def test_the_clean_population_is_inside_the_messy_one(rows, tmp_path):
    write_deliveries(tmp_path, seed=3, scale=0.1, every_case=True)
    clean = json.loads((tmp_path / "synthetic_truth.json").read_text(encoding="utf-8"))["registry"]
    assert len({row["Patient ID"] for row in rows}) == clean["persons"] + 9
