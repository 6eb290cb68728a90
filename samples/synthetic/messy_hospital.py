"""The hospital's files as they arrive on a bad day: GB18030, Chinese words for missing, dates in every style.

Five of its rows must not count: a child, one diagnosed before the study's years, one after, a
repeat to the letter, and a damaged line. A fourth second cancer comes eight months after myeloma.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from samples.synthetic.chance import stream
from samples.synthetic.hospital import (
    MAPPING_FILE,
    PATIENTS_FILE,
    SECONDS_FILE,
    SHEET,
    Hospital,
    csv_bytes,
    grid,
    mapping,
)
from samples.synthetic.labels import SYNTHETIC_NOTE
from samples.synthetic.spreadsheet import workbook

ENCODING = "gb18030"
WORDS_FOR_MISSING = ("NA", "", "/", "无", "不详")
EXCEL_EPOCH = 25_569  # days from 30 December 1899, Excel's day 0, to 1970
OUTSIDE = (
    {"mm_dx_date": "2014-03-11", "birth_date": "1998-01-20", "age_mm_years": "16"},
    {"mm_dx_date": "2009-12-30", "birth_date": "1950-01-20", "age_mm_years": "59"},
    {"mm_dx_date": "2022-01-05", "birth_date": "1960-01-20", "age_mm_years": "61"},
)
TOO_SOON = {"mm_dx_date": "2015-05-06", "birth_date": "1955-02-01", "age_mm_years": "60"}


@dataclass(frozen=True, slots=True)
class MessyHospital:
    """Cells as written, header first; damaged holds line numbers that must be rejected."""

    patients: list[list[str]]
    second_cancers: list[list[object]]
    damaged: list[int]


def messy_hospital(hospital_rows: Hospital, seed: int) -> MessyHospital:
    rng = stream(seed, "messy hospital")
    template = next(row for row in hospital_rows.patients if row["data_note"] == SYNTHETIC_NOTE)
    outside = [
        template
        | odd
        | {"patient_key": f"HM9{number:04d}", "last_contact_date": "2022-03-01", "vital_status": "Alive"}
        for number, odd in enumerate((*OUTSIDE, TOO_SOON))
    ]
    patients = [*(spoiled(rng, row) for row in hospital_rows.patients), *outside]
    again = patients[int(rng.integers(0, len(patients)))]
    patients.insert(int(rng.integers(0, len(patients))), again)
    cells = grid("hospital_patients", patients)
    broken_at = int(rng.integers(1, len(cells)))
    cells.insert(broken_at, cells[broken_at][:7])

    too_soon = hospital_rows.second_cancers[0] | {
        "patient_key": outside[-1]["patient_key"],
        "sall_dx_date": "2016-01-10",
        "age_sall_years": "60",
        "latency_months": "8",
        "survival_months": "73",
        "vital_status": "Alive",
        "data_note": SYNTHETIC_NOTE,
    }
    seconds = [*hospital_rows.second_cancers, too_soon]
    sheet: list[list[object]] = [list(row) for row in grid("hospital_second_cancers", seconds)]
    dates = list(seconds[0]).index("sall_dx_date")
    # Excel turns a typed date into a count of days.
    sheet[1][dates] = excel_day(str(sheet[1][dates]))
    sheet[2] = [value.replace("NA", "不详") if isinstance(value, str) else value for value in sheet[2]]
    return MessyHospital(cells, sheet, [broken_at + 1])


def spoiled(rng: np.random.Generator, row: dict[str, str]) -> dict[str, str]:
    """Missing said in other words; dates in other styles; a day of birth left out.

    The published cases keep their dates: months counted from them must stay as printed.
    """
    spoilt_cells = {
        column: WORDS_FOR_MISSING[rng.integers(0, len(WORDS_FOR_MISSING))] if value == "NA" else value
        for column, value in row.items()
    }
    if row["data_note"] != SYNTHETIC_NOTE:
        return spoilt_cells
    for column in ("mm_dx_date", "last_contact_date"):
        year, month, day = row[column].split("-")
        styles = (row[column], f"{year}/{int(month)}/{int(day)}", f"{year}{month}{day}")
        spoilt_cells[column] = styles[rng.integers(0, len(styles))]
    if rng.random() < 0.1:
        spoilt_cells["birth_date"] = row["birth_date"][:7]
    return spoilt_cells


def excel_day(date: str) -> int:
    """Serial number of an ISO date in the 1900 date system."""
    return int(np.datetime64(date).astype(int)) + EXCEL_EPOCH


def write_messy_hospital(folder: Path, messy: MessyHospital) -> list[Path]:
    written = {
        PATIENTS_FILE: csv_bytes(messy.patients, encoding=ENCODING, line_end="\r\n"),
        SECONDS_FILE: workbook({SHEET: messy.second_cancers}),
        MAPPING_FILE: mapping(),
    }
    for name, content in written.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in written]
