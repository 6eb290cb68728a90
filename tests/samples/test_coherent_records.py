"""Records of one person never contradict each other, and no code is used outside its years."""

from __future__ import annotations

from collections import defaultdict

import pytest

from samples.synthetic import write_deliveries
from tests.samples.cohort_by_hand import read_listing, survival

FIRST_AND_LAST_YEAR_OF_CODE = {
    "9811": (2010, 2018),
    "9812": (2010, 2018),
    "9813": (2010, 2018),
    "9814": (2010, 2018),
    "9826": (2001, 2018),
    "9728": (2001, 2009),
    "9733": (1975, 2009),
    "9734": (2001, 2018),
    "9835": (1975, 2009),
    "9836": (2001, 2009),
    "9837": (2001, 2018),
}
CERTIFICATE = "Not calculated because a Death Certificate Only or Autopsy Only case"
CAUSE_SPECIFIC, OTHER_CAUSE = (
    "SEER cause-specific death classification",
    "SEER other cause of death classification",
)


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    folder = tmp_path_factory.mktemp("coherent")
    write_deliveries(folder, seed=2, scale=0.2, every_case=True)
    return read_listing(folder / "seer9_plus_1975_2018.txt")


@pytest.fixture(scope="module")
def persons(rows):
    found = defaultdict(list)
    for row in rows:
        found[row["Patient ID"]].append(row)
    return list(found.values())


def test_what_belongs_to_the_person_is_the_same_on_every_row(persons):
    for records in persons:
        for column in (
            "SEER registry (with CA and GA as whole states)",
            "Sex",
            "Race recode (W, B, AI, API)",
            "Vital status recode (study cutoff used)",
            "COD to site recode",
            "Year of follow-up recode",
            "Total number of in situ/malignant tumors for patient",
        ):
            assert len({row[column] for row in records}) == 1


def test_records_are_numbered_in_order_of_time(persons):
    for records in persons:
        assert [int(row["Record number recode"]) for row in records] == list(range(1, len(records) + 1))
        years = [int(row["Year of diagnosis"]) for row in records]
        assert years == sorted(years)
        known = [months for months in map(survival, records) if months is not None]
        assert known == sorted(known, reverse=True)


def test_sequence_and_total_count_the_rows_and_what_came_before_the_registry(persons):
    unseen_somewhere = False
    for records in persons:
        total = int(records[0]["Total number of in situ/malignant tumors for patient"])
        unseen = total - len(records)
        unseen_somewhere |= unseen > 0
        assert unseen in (0, 1)
        if total == 1:
            assert records[0]["Sequence number"] == "One primary only"
            continue
        for place, row in enumerate(records, unseen + 1):
            ending = {1: "1st", 2: "2nd", 3: "3rd"}.get(place, f"{place}th")
            assert row["Sequence number"] == f"{ending} of {max(place, 2)} or more primaries"
    assert unseen_somewhere


def test_latency_by_survival_is_within_a_year_of_the_years_between(persons):
    for records in persons:
        first, *later = [row for row in records if survival(row) is not None] or [None]
        for row in later:
            years = int(row["Year of diagnosis"]) - int(first["Year of diagnosis"])
            assert abs(survival(first) - survival(row) - 12 * years) <= 12


def test_unknown_survival_has_its_reason_and_certificates_their_source(rows):
    for row in rows:
        certified = row["Type of Reporting Source"] in ("Death certificate only", "Autopsy only")
        assert certified == (row["Survival months flag"] == CERTIFICATE)
        assert (survival(row) is None) == (row["Survival months flag"] in (CERTIFICATE, "Unknown"))
        assert survival(row) is None or survival(row) < 44 * 12


def test_death_has_a_cause_and_a_class_on_the_first_tumour_alone(rows):
    for row in rows:
        dead = row["Vital status recode (study cutoff used)"] == "Dead"
        assert dead == (row["COD to site recode"] != "Alive")
        classes = row[CAUSE_SPECIFIC], row[OTHER_CAUSE]
        if not row["Sequence number"].startswith(("One", "1st")):
            assert classes == ("N/A not first tumor", "N/A not first tumor")
            continue
        of_this = classes[0].startswith("Dead (attributable")
        of_other = classes[1].startswith("Dead (attributable")
        assert of_this + of_other == dead
        if row["Site recode ICD-O-3/WHO 2008"] == "Myeloma":
            assert of_this == (row["COD to site recode"] == "Myeloma")


def test_codes_are_used_in_their_years(rows):
    for row in rows:
        first, last = FIRST_AND_LAST_YEAR_OF_CODE.get(row["Histologic Type ICD-O-3"], (1975, 2018))
        assert first <= int(row["Year of diagnosis"]) <= last


def test_grade_is_blank_once_its_variable_ended(rows):
    for row in rows:
        assert (row["Grade (thru 2017)"] == "Blank(s)") == (row["Year of diagnosis"] == "2018")
