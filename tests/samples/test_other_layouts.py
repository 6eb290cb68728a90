"""Fixed-width and NAACCR deliveries tell of the same people as the listing does."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from xml.etree import ElementTree

import pytest

from samples.synthetic import write_deliveries
from tests.samples.cohort_by_hand import cohort, read_listing

SEED, SCALE = 4, 0.05
SPACE = "{http://naaccr.org/naaccrxml}"


def as_listing_row(
    *, person, record, sequence, total, year, age, site, histology, behavior, survival
) -> dict:
    """The columns that the rules need, in a listing's words."""
    family = "state registry-defined neoplasms" if 60 <= int(sequence) < 89 else "primaries"
    alone = sequence in ("00", "99")
    return {
        "Patient ID": person,
        "Record number recode": record,
        "Sequence number": "alone" if alone else f"of {max(int(sequence), 2)} or more {family}",
        "Total number of in situ/malignant tumors for patient": total,
        "Year of diagnosis": year,
        "Age recode with single ages and 85+": "Unknown" if age == "999" else age[1:],
        "Primary Site - labeled": f"{site[:3]}.{site[3]}",
        "Histologic Type ICD-O-3": histology,
        "Behavior code ICD-O-3": {"3": "Malignant"}.get(behavior, "not"),
        "Survival months": "Unknown" if survival == "9999" else survival,
    }


def read_ascii(folder: Path) -> list[dict]:
    """Positions come from the program beside the data, as they must; too long a line is left out."""
    above = folder / "SEER_1975_2018_TEXTDATA" / "incidence"
    program = (above / "read.seer.research.custom.sas").read_text()
    fields = {
        name: slice(int(start) - 1, int(start) - 1 + int(width))
        for start, name, width in re.findall(r"^\s*@\s*(\d+)\s+(\w+)\s+\$[Cc]har(\d+)\.", program, re.M)
    }
    length = int(re.search(r"lrecl=(\d+)", program).group(1))
    rows = []
    for path in sorted((above / "yr1975_2018.seer9").glob("*.TXT")):
        lines = dict.fromkeys(line for line in path.read_text().splitlines() if len(line) == length)
        rows += [{name: line[place] for name, place in fields.items()} for line in lines]
    return [
        as_listing_row(
            person=row["PUBCSNUM"],
            record=row["REC_NO"],
            sequence=row["SEQ_NUM"],
            total=row["MALIGCOUNT"],
            year=row["YEAR_DX"],
            age=row["AGE_DX"],
            site=row["PRIMSITE"],
            histology=row["HISTO3V"],
            behavior=row["BEHO3V"],
            survival=row["SRV_TIME_MON"],
        )
        for row in rows
    ]


def read_naaccr(folder: Path) -> list[dict]:
    rows = []
    for path in sorted((folder / "naaccr_v24").iterdir()):
        content = path.read_bytes()
        root = ElementTree.fromstring(gzip.decompress(content) if path.suffix == ".gz" else content)
        for patient in root.iter(f"{SPACE}Patient"):
            person = {item.get("naaccrId"): item.text for item in patient.findall(f"{SPACE}Item")}
            found = [
                {item.get("naaccrId"): item.text for item in tumor} for tumor in patient.iter(f"{SPACE}Tumor")
            ]
            federal = [int(t["sequenceNumberCentral"]) for t in found if int(t["sequenceNumberCentral"]) < 60]
            rows += [
                as_listing_row(
                    person=person["patientIdNumber"],
                    record=tumor["recordNumberRecode"],
                    sequence=tumor["sequenceNumberCentral"],
                    total=f"{max(federal, default=1):02d}",
                    year=tumor["dateOfDiagnosis"][:4],
                    age=tumor["ageAtDiagnosis"],
                    site=tumor["primarySite"],
                    histology=tumor["histologicTypeIcdO3"],
                    behavior=tumor["behaviorCodeIcdO3"],
                    survival=tumor["survMosActiveFollowup"],
                )
                for tumor in found
            ]
    return rows


def places(rows: list[dict]) -> set[tuple[str, str, str]]:
    """Person, record, and the sequence without its ordinal, as the rows of the other layouts have it."""
    return {
        (
            row["Patient ID"],
            row["Record number recode"],
            re.sub(r"^\d+\w+ ", "", row["Sequence number"].replace("One primary only", "alone")),
        )
        for row in rows
    }


def who(found: dict) -> dict[str, int | None]:
    return {patient: latency for patient, (_, _, latency) in found["patients"].items()}


@pytest.fixture(scope="module")
def listed(tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("listing")
    write_deliveries(folder, seed=SEED, scale=SCALE, every_case=True)
    rows = read_listing(folder / "seer9_plus_1975_2018.txt")
    return cohort(rows) | {"places": places(rows)}


@pytest.mark.parametrize(("layout", "read"), [("ascii", read_ascii), ("naaccr", read_naaccr)])
def test_another_layout_gives_the_same_patients_and_latencies(tmp_path, listed, layout, read):
    write_deliveries(tmp_path, seed=SEED, scale=SCALE, every_case=True, layout=layout)
    rows = read(tmp_path)
    found = cohort(rows)
    assert places(rows) == listed["places"]
    assert who(found) == who(listed)
    assert found["removed"] == listed["removed"]
    assert found["persons"] == listed["persons"]


@pytest.mark.parametrize(("layout", "read"), [("ascii", read_ascii), ("naaccr", read_naaccr)])
def test_the_messy_layouts_hold_the_cohort_that_their_truth_tells(tmp_path, layout, read):
    write_deliveries(tmp_path, seed=SEED, scale=SCALE, every_case=True, layout=layout, variant="messy")
    told = json.loads((tmp_path / "synthetic_truth.json").read_text())["registry"]
    found = cohort(read(tmp_path))
    second = [patient for patient in found["patients"].values() if patient[1] is not None]
    assert (len(found["patients"]), len(second)) == (told["n_index"], told["n_second"])
    # By hand the month is not used, so the one without survival has no latency there.
    assert (
        sum(found["removed"][rule] for rule in ("latency known", "latency long enough"))
        == (told["cohort_flow"]["removed"]["latency long enough"])
    )


def test_records_too_long_for_the_layout_are_where_the_truth_says(tmp_path):
    write_deliveries(tmp_path, seed=SEED, scale=SCALE, every_case=True, layout="ascii", variant="messy")
    files = json.loads((tmp_path / "synthetic_truth.json").read_text())["files"]
    repeats = rejected = 0
    for told in files:
        if told["kind"] == "seer_ascii":
            lines = (tmp_path / told["file_name"]).read_text().splitlines()
            long = [number for number, line in enumerate(lines, 1) if len(line) != 366]
            assert (len(lines), long) == (told["rows_read"], told["damaged_lines"])
            assert sum(n - 1 for n in Counter(lines).values()) == len(told["repeated_lines"])
            repeats += len(told["repeated_lines"])
            rejected += len(long)
    assert (repeats, rejected) == (40, 12)


def test_every_field_of_the_program_is_contiguous_with_the_known_layout(tmp_path):
    write_deliveries(tmp_path, scale=0.01, every_case=True, layout="ascii")
    program = next(tmp_path.rglob("*.sas")).read_text()
    known = {
        "PUBCSNUM": "1,8",
        "REG": "9,10",
        "HISTO3V": "53,4",
        "SRV_TIME_MON": "301,4",
        "CHEMO_RX_REC": "366,1",
    }
    found = {
        name: f"{start},{width}"
        for start, name, width in re.findall(r"@ (\d+) +(\w+) +\$char(\d+)\.", program)
    }
    assert len(found) == 137
    assert known.items() <= found.items()


@pytest.mark.parametrize(("variant", "name"), [("clean", "DATA"), ("messy", "DATA_LABELS")])
def test_redcap_export_and_dictionary_name_the_same_fields(tmp_path, variant, name):
    write_deliveries(tmp_path, scale=0.1, every_case=True, layout="redcap", variant=variant)
    rows = list(
        csv.DictReader(io.StringIO((tmp_path / f"metachron_synthetic_{name}.csv").read_text("utf-8")))
    )
    dictionary = (tmp_path / "metachron_synthetic_DataDictionary.csv").read_text("utf-8")
    fields = {row["Variable / Field Name"]: row for row in csv.DictReader(io.StringIO(dictionary))}
    exported = {column.split("___")[0] for column in rows[0]} - {
        "redcap_repeat_instrument",
        "redcap_repeat_instance",
        "myeloma_complete",
        "second_cancer_complete",
    }
    assert exported == set(fields)
    repeats = [row for row in rows if row["redcap_repeat_instrument"]]
    assert len(repeats) == 3
    patients = defaultdict(int)
    for row in rows:
        patients[row["record_id"]] += not row["redcap_repeat_instrument"]
        shown = row["sex"]
        choices = dict(
            choice.split(", ", 1)
            for choice in fields["sex"]["Choices, Calculations, OR Slider Labels"].split(" | ")
        )
        assert not shown or shown in (choices if variant == "clean" else choices.values())
    assert set(patients.values()) == {1}
