"""A raw.duckdb of a few rows, as landing writes it, and a build of the dbt project over it.

A test names only the columns that matter; the rest are those of an ordinary tumour.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb

from flows.landing import raw_schema
from flows.landing.deliveries import raw_tables
from flows.landing.vocabulary import vocabulary
from tests.warm_dbt import stand_in

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
DBT = Path(sys.executable).with_name("dbt")

Row = dict[str, str | None]

MYELOMA = {
    "registry": "Connecticut (1973)",
    "record_no": "01",
    "sequence": "One primary only",
    "n_malignant": "01",
    "year_dx": "2000",
    "age_single": "61 years",
    "sex": "Female",
    "race3": "White",
    "marital": "Married (including common law)",
    "site": "C42.1-Bone marrow",
    "site_recode": "Myeloma",
    "hist": "9732",
    "behavior": "Malignant",
    "chemo": "Yes",
    "surv_months": "0060",
    "surv_flag": "Complete dates are available and there are more than 0 days of survival",
    "vital": "Dead",
    "rept_src": "Hospital inpatient/outpatient or clinic",
}


def myeloma(patient_id: str, **columns: str | None) -> Row:
    """An ordinary multiple myeloma of 2000, dead after 60 months, as the person's only tumour."""
    return {**MYELOMA, "patient_id": patient_id, **columns}


def leukaemia(patient_id: str, **columns: str | None) -> Row:
    """A lymphoblastic leukaemia of 2002, dead after 36 months, as the person's second of two tumours."""
    second = {
        "record_no": "02",
        "sequence": "2nd of 2 or more primaries",
        "n_malignant": "02",
        "year_dx": "2002",
        "age_single": "63 years",
        "hist": "9836",
        "site_recode": "Acute Lymphocytic Leukemia",
        "surv_months": "0036",
    }
    return {**MYELOMA, **second, "patient_id": patient_id, **columns}


def first_of_two(patient_id: str, **columns: str | None) -> Row:
    """The myeloma of a person who has a second tumour."""
    return myeloma(patient_id, sequence="1st of 2 or more primaries", n_malignant="02", **columns)


class RawFile:
    """A raw.duckdb under construction. Deliveries are numbered in the order they are added."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.n_loads = 0
        self.connection = duckdb.connect()
        self.connection.execute(f"attach '{path}' as landed")
        self.connection.execute("use landed")
        raw_schema.create(self.connection)
        words = {(word.column_name, word.label): word for word in (*vocabulary().labels, *vocabulary().codes)}
        self.connection.executemany(
            "insert into raw.vocabulary values (?, ?, ?, ?, ?)",
            [[w.column_name, w.label, w.code, w.meaning, vocabulary().version] for w in words.values()],
        )

    def add(
        self,
        table: str,
        rows: list[Row],
        *,
        source: str,
        role: str,
        delivery: str | None = None,
    ) -> str:
        """Land rows as one file of a delivery; returns its load id."""
        self.n_loads += 1
        load_id = f"{self.n_loads:016x}"
        columns = ["load_id", "source_line", *raw_tables()[table]]
        places = ", ".join("?" * len(columns))
        quoted = ", ".join(f'"{column}"' for column in columns)
        for line, row in enumerate(rows, start=2):
            unknown = set(row) - set(columns)
            assert not unknown, f"{table} has no column {unknown}"
            values = [load_id, line, *(row.get(column) for column in columns[2:])]
            self.connection.execute(f"insert into raw.{table} ({quoted}) values ({places})", values)
        self.connection.execute(
            "insert into raw.loads (load_id, load_sequence, delivery_id, source, role, kind, file_name,"
            " sha256, delivered_sha256, bytes, rows_read, rows_landed, rows_rejected, is_synthetic,"
            " reader_version, loaded_at)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, 0, true, 'test', '2024-01-01')",
            [load_id, self.n_loads, delivery or load_id, source, role, table, f"{table}.txt"]
            + [load_id * 4, load_id * 4, len(rows), len(rows)],
        )
        return load_id

    def add_tumors(self, rows: list[Row], *, delivery: str | None = None) -> str:
        return self.add("seer_listing", rows, source="seer", role="tumors", delivery=delivery)

    def add_hospital(self, patients: list[Row], second_cancers: list[Row]) -> None:
        delivery = f"hospital-{self.n_loads}"
        self.add("hospital_patients", patients, source="institution", role="patients", delivery=delivery)
        self.add(
            "hospital_second_cancers",
            second_cancers,
            source="institution",
            role="second_cancers",
            delivery=delivery,
        )

    def close(self) -> Path:
        self.connection.close()
        return self.path


def dbt(
    command: str,
    raw: Path,
    build: Path,
    *,
    study: dict | Path | None = None,
    select: str | None = None,
    project: Path = PROJECT,
    is_cold: bool = False,
) -> str:
    """Run one dbt command over the files given; returns what it printed. Raises with that if it failed.

    is_cold  a dbt of its own, as it is started by hand; it costs twice as much
    """
    scratch = build.parent / "dbt"
    arguments = [
        *((str(DBT),) if is_cold else stand_in()),
        *command.split(),
        "--target-path",
        str(scratch),
        "--log-path",
        str(scratch),
    ]
    if isinstance(study, Path):
        arguments += ["--vars", study.read_text(encoding="utf-8")]
    elif study is not None:
        arguments += ["--vars", json.dumps({"study": study})]
    if select is not None:
        arguments += ["--select", *select.split()]
    environment = {
        **os.environ,
        # Of this tree, wherever metachron was installed from.
        "PYTHONPATH": str(PROJECT.parent),
        "METACHRON_BUILD": str(build),
        "METACHRON_RAW": str(raw),
        "DBT_PROFILES_DIR": str(project),
        "DO_NOT_TRACK": "1",
    }
    done = subprocess.run(
        arguments, cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    return done.stdout


def query(build: Path, sql: str) -> list[tuple]:
    """Rows of a read-only query on a build."""
    connection = duckdb.connect(str(build), read_only=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()
