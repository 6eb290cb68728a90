"""Published cohorts of real patients, written the way a hospital would deliver them: a table and its mapping.

The data are those of R's `survival` package, as the Python package `survival` (MIT licence) ships them; it is
the optional extra `open-cohorts`. They give years and spans, no dates: dates are counted from 1 July of the
year given, so that spans are exact and calendar dates are right to half a year. Every row says so.

myeloma    Mayo Clinic, 3,882 patients with multiple myeloma seen 1947 to 1996 (Kyle 1997)
mgus2      Mayo Clinic, 1,384 patients with monoclonal gammopathy 1960 to 1994 (Kyle et al. 2002); the 115
           are delivered whose gammopathy became myeloma or a related malignancy, from that day on
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

DAYS_A_MONTH = 365.24 / 12
NOTE = "Mayo Clinic patient of the {} data; dates counted from 1 July of the year given"
HEADERS = {
    "patient_key": "id",
    "mm_dx_date": "diagnosis date",
    "age_mm_years": "age",
    "sex": "sex",
    "last_contact_date": "last contact date",
    "vital_status": "vital status",
    "data_note": "note",
}

Row = dict[str, str]


class NotInstalled(ImportError):
    """The package that holds the open cohorts is missing."""


def write(folder: Path, cohort: str) -> list[Path]:
    """Write one cohort and its mapping file into a folder, made if absent; the same files every time.

    Raises NotInstalled where the package that holds the data is missing.
    """
    return write_rows(folder, cohort, delivered(cohort, columns_of(cohort)))


def columns_of(cohort: str) -> Mapping[str, Sequence[Any]]:
    """The cohort's columns as the package has them."""
    try:
        from survival import datasets
    except ImportError:
        raise NotInstalled("The open cohorts come with the Python package survival") from None
    return getattr(datasets, f"load_{cohort}")()


def delivered(cohort: str, columns: Mapping[str, Sequence[Any]]) -> list[Row]:
    """The rows of a delivery: the columns as published, then what we count from them."""
    patients = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    rows = [myeloma_row(patient) if cohort == "myeloma" else mgus2_row(patient) for patient in patients]
    return [row for row in rows if row is not None]


def myeloma_row(patient: Mapping[str, Any]) -> Row | None:
    """`year` of diagnosis since 1900; days to the first visit (`entry`), and to death or last contact."""
    diagnosis = date(1900 + int(patient["year"]), 7, 1)
    return published(patient, "myeloma", ("id", "year", "entry", "futime", "death")) | {
        HEADERS["mm_dx_date"]: diagnosis.isoformat(),
        HEADERS["last_contact_date"]: (diagnosis + timedelta(days=int(patient["futime"]))).isoformat(),
    }


def mgus2_row(patient: Mapping[str, Any]) -> Row | None:
    """Months from the gammopathy to malignancy (`ptime`), and to death or last contact (`futime`)."""
    if int(patient["pstat"]) != 1:
        return None
    gammopathy = date(int(patient["dxyr"]), 7, 1)
    diagnosis, last = (
        gammopathy + timedelta(days=round(float(patient[name]) * DAYS_A_MONTH))
        for name in ("ptime", "futime")
    )
    names = ("id", "sex", "dxyr", "hgb", "creat", "mspike", "ptime", "pstat", "futime", "death")
    return published(patient, "mgus2", names) | {
        HEADERS["mm_dx_date"]: diagnosis.isoformat(),
        HEADERS["age_mm_years"]: str(int(float(patient["age"]) + float(patient["ptime"]) / 12)),
        HEADERS["last_contact_date"]: last.isoformat(),
    }


def published(patient: Mapping[str, Any], cohort: str, names: Sequence[str]) -> Row:
    """Columns as they are published, whole numbers without a point, and what every row says."""
    return {name: text_of(patient[name]) for name in names} | {
        HEADERS["vital_status"]: "Dead" if int(patient["death"]) == 1 else "Alive",
        HEADERS["data_note"]: NOTE.format(cohort),
    }


def text_of(value: Any) -> str:
    if value is None or value != value:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def write_rows(folder: Path, cohort: str, rows: Sequence[Row]) -> list[Path]:
    names = f"mayo_{cohort}.csv", f"mayo_{cohort}.mapping.yml"
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    columns = {column: header for column, header in HEADERS.items() if header in rows[0]}
    entry = {
        "table": "hospital_patients",
        "recognise": [columns["patient_key"], columns["mm_dx_date"], "futime"],
        "columns": columns,
    }
    mapping = {"metachron_mapping": 1, "source": f"Mayo Clinic, {cohort} data", "files": [entry]}
    contents = text.getvalue(), yaml.safe_dump(mapping, sort_keys=False)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in zip(names, contents, strict=True):
        (folder / name).write_text(content, encoding="utf-8")
    return [folder / name for name in names]
