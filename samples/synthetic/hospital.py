"""The invented hospital: myeloma patients of 2010 to 2021, three of whom are the published cases.

The three are facts printed in Tables 3 and 4 of Jia et al. 2024; the paper gives months, so their
calendar dates are invented to fit (the second must have been diagnosed in August 2011 to be alive
37 months after leukaemia on 1 April 2022). Everyone else is drawn from plausible shares.
Headers are a hospital's own words; `hospital.mapping.yml` says what they mean.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from samples.synthetic.chance import one_of, shares, shuffled, stream
from samples.synthetic.kinds import rows_of
from samples.synthetic.labels import SYNTHETIC_NOTE
from samples.synthetic.spreadsheet import workbook

PATIENTS = 1_529
FIRST_YEAR, LAST_YEAR = 2010, 2021
CUTOFF = datetime.date(2022, 4, 1)
DAYS_A_MONTH = 365.24 / 12
MISSING_WORDS = ["NA", "N/A", "", "/", "-", "无", "不详"]
CASE_NOTE = "SYNTHETIC delivery; published case {} of Jia et al. 2024, dates invented to fit its months"
SHEET = "继发ALL"
PATIENTS_FILE = "hospital_mm_patients.csv"
SECONDS_FILE = "hospital_secondary_all.xlsx"
MAPPING_FILE = "hospital.mapping.yml"

# Invented shares, plausible for a Chinese tertiary hospital.
ISOTYPE = {"IgG": 47, "IgA": 22, "IgD": 7, "light chain only": 21, "IgM": 1, "non-secretory": 2}
DURIE_SALMON = {"IA": 4, "IIA": 17, "IIB": 2, "IIIA": 56, "IIIB": 21}
ISS = {"I": 21, "II": 35, "III": 38, "NA": 6}
FISH = {
    "NA": 38,
    "Negative": 20,
    "1q21 amplification": 18,
    "del(13q)": 10,
    "t(11;14)": 6,
    "t(4;14)": 4,
    "del(17p)": 4,
}
INDUCTION = {"PAD": 24, "PADT": 8, "VCD": 14, "CTD + M": 12, "TAD": 12, "PAD, TAD": 10, "VRD": 12, "MPT": 8}
RESPONSE = {"CR": 32, "VGPR": 24, "PR": 27, "SD": 9, "PD": 5, "NA": 3}
MAINTENANCE = {"Thalidomide": 46, "Lenalidomide": 16, "Bortezomib": 6, "NA": 32}
RELAPSE_DRUG = {"Lenalidomide": 40, "Bortezomib": 30, "Pomalidomide": 8, "Ixazomib": 12, "Daratumumab": 10}


@dataclass(frozen=True, slots=True)
class Hospital:
    """Rows of the two tables, each a mapping from canonical column to text."""

    patients: list[dict[str, str]]
    second_cancers: list[dict[str, str]]


def hospital(seed: int) -> Hospital:
    """The hospital's patients in the order of their keys, and the three second cancers.

    Of one size at every scale: three cases among fewer patients would be a proportion that nobody has seen.
    """
    rng = stream(seed, "hospital")
    published = rows_of("published_cases.csv")
    invented = invented_patients(rng, PATIENTS - len(published))
    # The published cases lie among the others, where the shuffle puts them.
    everyone = [*published, *invented]
    everyone = [everyone[position] for position in rng.permutation(len(everyone))]

    patients, second_cancers = [], []
    for number, row in enumerate(everyone, 1):
        identity = {
            "patient_key": f"HM{number:05d}",
            "data_note": CASE_NOTE.format(row["case"]) if "case" in row else SYNTHETIC_NOTE,
        }
        patients.append({column: (identity | row)[column] for column in headers("hospital_patients")})
        if "case" in row:
            # B lineage, found since 2010: the code is ours, the paper prints none.
            coded = {"histology": "9811", "behavior": "3", "site": "C421"}
            second = identity | coded | row
            second_cancers.append({column: second[column] for column in headers("hospital_second_cancers")})
    second_cancers.sort(key=lambda row: row["data_note"])
    return Hospital(patients, second_cancers)


def invented_patients(rng: np.random.Generator, size: int) -> list[dict[str, str]]:
    """Patients without a second cancer; all adults, all diagnosed from 2010 to 2021."""
    by_year = shares(np.linspace(1, 1.9, LAST_YEAR - FIRST_YEAR + 1), size)
    year = shuffled(rng, range(FIRST_YEAR, LAST_YEAR + 1), by_year)
    start = days(year, rng.random(size))
    age = np.clip(rng.normal(60.5, 10, size), 25, 89)
    birth = start - np.round(age * 365.2425).astype(int) - 3
    male = rng.random(size) < 0.57

    room = np.maximum((CUTOFF - datetime.date(1970, 1, 1)).days - start, 1)
    lost = np.where(rng.random(size) < 0.12, rng.random(size), 1.0)
    median_months = 68 * np.exp(-0.03 * (age - 60) + 0.05 * (year - 2015))
    lifetime = (median_months * DAYS_A_MONTH / np.log(2) * rng.exponential(size=size)).astype(int)
    followed = np.minimum(lifetime, (room * lost).astype(int))
    dead = lifetime <= followed

    def drawn(weights: Mapping[str, float]) -> np.ndarray:
        return np.array(list(weights), dtype=object)[one_of(rng, list(weights.values()), size)]

    isotype, maintenance = drawn(ISOTYPE), drawn(MAINTENANCE)
    months_known = np.floor(followed / DAYS_A_MONTH)
    kept_up = np.floor(np.maximum(months_known - 6, 0) * rng.random(size)).astype(int)
    maintained = (maintenance != "NA") & (kept_up > 0)
    relapsed = (months_known > 12) & (rng.random(size) < 0.38)
    transplanted = (age < 66) & (rng.random(size) < 0.24)
    columns = {
        "mm_dx_date": dates(start),
        "birth_date": dates(birth),
        "age_mm_years": completed_years(birth, start),
        "sex": np.where(male, "Male", "Female"),
        "isotype": isotype,
        "light_chain": np.where(
            isotype == "non-secretory", "NA", np.where(rng.random(size) < 0.53, "kappa", "lambda")
        ),
        "durie_salmon": drawn(DURIE_SALMON),
        "iss": drawn(ISS),
        "fish": drawn(FISH),
        "induction": drawn(INDUCTION),
        "induction_response": drawn(RESPONSE),
        "asct": np.where(transplanted, "Yes", "No"),
        "maintenance_drug": np.where(maintained, maintenance, "NA"),
        "maintenance_months": np.where(maintained, kept_up.astype(str), "NA"),
        "relapse": np.where(relapsed, "Yes", "No"),
        "relapse_drug": np.where(relapsed, drawn(RELAPSE_DRUG), "NA"),
        "relapse_duration": np.where(relapsed, [f"{n} weeks" for n in rng.integers(2, 90, size)], "NA"),
        "last_contact_date": dates(start + followed),
        "vital_status": np.where(dead, "Dead", "Alive"),
    }
    cells = [[str(value) for value in values] for values in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*cells, strict=True)]


def days(year: np.ndarray, fraction: np.ndarray) -> np.ndarray:
    """Days since 1970 of a moment of a year."""
    first = np.array([(datetime.date(int(one), 1, 1) - datetime.date(1970, 1, 1)).days for one in year], int)
    return first + np.floor(365 * fraction).astype(int)


def dates(days_since_1970: np.ndarray) -> np.ndarray:
    """ISO dates."""
    return days_since_1970.astype("datetime64[D]").astype(str)


def completed_years(birth: np.ndarray, then: np.ndarray) -> np.ndarray:
    """Age in completed calendar years."""
    born, day = birth.astype("datetime64[D]"), then.astype("datetime64[D]")
    years = day.astype("datetime64[Y]").astype(int) - born.astype("datetime64[Y]").astype(int)
    in_year = [text[5:] for text in day.astype(str)]
    birthday = [text[5:] for text in born.astype(str)]
    return years - (np.array(in_year) < np.array(birthday))


def headers(table: str) -> dict[str, str]:
    """Canonical column to the hospital's own header, in the order of the file."""
    return {row["column"]: row["header"] for row in rows_of("hospital_headers.csv") if row["table"] == table}


def grid(table: str, rows: list[dict[str, str]]) -> list[list[str]]:
    """Header and rows as they stand in the file."""
    columns = headers(table)
    return [list(columns.values()), *([row[column] for column in columns] for row in rows)]


def csv_bytes(cells: list[list[str]], *, encoding: str, line_end: str = "\n") -> bytes:
    """Comma-separated text, quoted where it must be."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=line_end).writerows(cells)
    return text.getvalue().encode(encoding)


def mapping() -> bytes:
    """What the hospital's headers mean, in the loader's own mapping format."""
    patients, second_cancers = headers("hospital_patients"), headers("hospital_second_cancers")
    definition = {
        "metachron_mapping": 1,
        "source": "institution",
        "files": [
            {
                "table": "hospital_patients",
                "recognise": [patients["mm_dx_date"], patients["durie_salmon"]],
                "encoding": None,
                "columns": patients,
                "missing_words": list(MISSING_WORDS),
            },
            {
                "table": "hospital_second_cancers",
                "recognise": [second_cancers["sall_dx_date"], second_cancers["bcr_abl"]],
                "sheet": SHEET,
                "columns": second_cancers,
                "missing_words": list(MISSING_WORDS),
            },
        ],
    }
    words = yaml.safe_dump(definition, allow_unicode=True, sort_keys=False, width=100)
    return f"# What the columns of the synthetic hospital's two files mean.\n{words}".encode()


def write_hospital(folder: Path, hospital_rows: Hospital) -> list[Path]:
    """The patients' CSV (UTF-8), the second cancers' workbook and their mapping."""
    written = {
        PATIENTS_FILE: csv_bytes(grid("hospital_patients", hospital_rows.patients), encoding="utf-8"),
        SECONDS_FILE: workbook({SHEET: grid("hospital_second_cancers", hospital_rows.second_cancers)}),
        MAPPING_FILE: mapping(),
    }
    for name, content in written.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in written]
