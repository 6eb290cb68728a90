"""The files say what was drawn: days, completed months, ages, registries, populations."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from bench.validation import delivery
from bench.validation.world import Truth, patients

SMALL = Truth(sir=5.0, patients=300, rate=0.01, de_novo=400)
SEED = 4


def drawn():
    """The patients of the delivery: they are drawn first."""
    return patients(SMALL, np.random.default_rng([SEED, 14]))


def listed(folder: Path) -> list[dict[str, str]]:
    names = re.findall(r"^Var\d+Name=(.*)\r$", (folder / "export.dic").read_bytes().decode(), re.M)
    lines = (folder / "export.txt").read_bytes().decode().split("\r\n")[:-1]
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines]


def day(number: float) -> date:
    return date(1975, 1, 1) + timedelta(days=int(np.floor(number)))


def test_a_listing_counts_completed_months_of_365_24_days_over_12(tmp_path):
    delivery.whole(tmp_path, SMALL, SEED)
    told = sorted(
        (
            row["Year of diagnosis"],
            int(row["Survival months"]),
            row["Vital status recode (study cutoff used)"],
        )
        for row in listed(tmp_path)
        if row["Histologic Type ICD-O-3"] == "9732" and row["Survival months"] != "Unknown"
    )
    found = drawn()
    # The cutoff is the end of its day.
    true = [
        (
            str(day(index).year),
            int((day(min(end, delivery.CUTOFF - 0.01)) - day(index)).days * 12 // 365.24),
            "Dead" if died else "Alive",
        )
        for index, end, died in zip(found.index, found.end, found.died, strict=True)
    ]
    assert len(told) > 280
    for row in told:
        true.remove(row)
    assert len(true) == 300 - len(told)


def test_sequence_and_count_tell_of_every_tumour_of_a_person(tmp_path):
    delivery.whole(tmp_path, SMALL, SEED)
    by_person: dict[str, list[dict[str, str]]] = {}
    for row in listed(tmp_path):
        by_person.setdefault(row["Patient ID"], []).append(row)
    assert max(map(len, by_person.values())) >= 3
    for rows in by_person.values():
        assert {row["Total number of in situ/malignant tumors for patient"] for row in rows} == {
            f"{len(rows):02d}"
        }
        assert [row["Record number recode"] for row in rows] == [f"{n:02d}" for n in range(1, len(rows) + 1)]


def test_index_persons_only_leaves_out_everybody_else_and_no_row_of_theirs(tmp_path):
    for name, write in (("whole", delivery.whole), ("index", delivery.index_persons)):
        (tmp_path / name).mkdir()
        write(tmp_path / name, SMALL, SEED)
    everybody, some = listed(tmp_path / "whole"), listed(tmp_path / "index")
    with_index = {row["Patient ID"] for row in everybody if row["Histologic Type ICD-O-3"] == "9732"}
    assert some == [row for row in everybody if row["Patient ID"] in with_index]


def test_three_registries_are_listed_and_nine_have_populations(tmp_path):
    delivery.three_registries(tmp_path, SMALL, SEED)
    assert {row["SEER registry"] for row in listed(tmp_path)} == {
        "Connecticut - 1975+", "Iowa - 1975+", "Seattle (Puget Sound) - 1975+",
    }  # fmt: skip
    lines = (tmp_path / "populations.txt").read_text().splitlines()
    assert len({line[11:13] for line in lines}) == 9


@pytest.mark.parametrize(("write", "registries", "times"), [("whole", 9, 1), ("national_populations", 1, 10)])
def test_populations_hold_the_persons_that_the_rates_are_of(tmp_path, write, registries, times):
    getattr(delivery, write)(tmp_path, SMALL, SEED)
    lines = (tmp_path / "populations.txt").read_text().splitlines()
    assert {len(line) for line in lines} == {26}
    assert len({line[11:13] for line in lines}) == registries
    assert sum(int(line[18:]) for line in lines) == times * SMALL.population.sum()
    old_white_men = sum(int(line[18:]) for line in lines if line[13:18] == "19118")
    assert old_white_men == times * SMALL.population[:, :, 0, 0, 18].sum()


def test_days_are_delivered_as_they_were_drawn(tmp_path):
    delivery.days_delivered(tmp_path, SMALL, SEED)
    text = "".join(file.read_text("utf-8") for file in sorted(tmp_path.glob("registry_*.xml")))
    told = []
    for person in re.findall(r"<Patient>(.*?)</Patient>", text, re.S):
        last = re.search(r'"dateOfLastContact".*?>(\d+)<', person)
        for tumor in re.findall(r"<Tumor>(.*?)</Tumor>", person, re.S):
            if ">9732<" in tumor:
                told.append((re.search(r'"dateOfDiagnosis".*?>(\d+)<', tumor)[1], last[1]))
    found = drawn()
    ends = np.minimum(found.end, delivery.CUTOFF - 0.01)
    true = [(f"{day(a):%Y%m%d}", f"{day(b):%Y%m%d}") for a, b in zip(found.index, ends, strict=True)]
    assert sorted(told) == sorted(true)
