"""Homes with a small build in them, made by SQL, and an audit that says what a test wants it to say."""

from __future__ import annotations

from pathlib import Path

import duckdb

from expectations.arrivals import Arrivals
from expectations.audit import as_json, sha256_of, write
from expectations.report import AuditReport, ExpectationResult
from flows.home import Home
from flows.publishing.evidence import recording_audit
from tests.publishing.made_provenance import keep_made

CANARY = "CANARY-7431"


def make_home(root: Path, version: int = 1) -> Home:
    """A home whose build is of delivery number `version`, audited and ready to be published."""
    home = Home(root).prepare()
    make_build(home, version)
    write_audit(home)
    return home


def make_build(home: Home, version: int, *, rows: int = 50, study: str = "mm_sall") -> None:
    """Two marts that carry the same version in each row, the delivery it came from, and the study."""
    home.build.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home.build}' as build (storage_version 'v1.5.0')")
        connection.execute("use build")
        for schema in ("staging", "study", "marts"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            "create table staging.stg_ledger__loads as"
            f" select 'l{version}' as load_id, 'seer' as source, 'tumors' as role,"
            " 'listing.txt' as file_name, 'seer_listing' as kind, true as is_synthetic,"
            f" repeat('{version:x}', 64) as sha256, 100 as bytes, {rows} as rows_read,"
            f" {rows} as rows_landed, 0 as rows_rejected, true as is_current, {version} as load_sequence"
        )
        connection.execute(f"create table study.study as select '{study}' as name, 'A title' as title")
        for mart in ("index_patients", "second_primaries"):
            connection.execute(
                f"create table marts.{mart} as select 'p' || i as patient_id, {version} as version,"
                f" i / 7 as months, '{CANARY}' as note from range({rows}) as numbers (i)"
            )
        keep_made(connection, study)


def write_audit(home: Home, verdict: str = "pass", *, n_expectations: int = 1) -> AuditReport:
    """An audit.json of the build that lies there now, as the audit writes it and the ledger tells of it."""
    outcome = "failed" if verdict == "fail" else "held"
    expectation = ExpectationResult(
        "marts.x", "An expectation", "a reason", "A meaning.", "critical", outcome, 0, {}
    )
    arrivals = Arrivals({}, [], [], [], [])
    report = AuditReport(verdict, sha256_of(home.build), (expectation,) * n_expectations, arrivals)
    with recording_audit(home) as said:
        write(home.audit / "audit.json", as_json(report))
        said |= {"verdict": verdict, "build_sha256": report.build_sha256}
    return report


def version_of(file: Path) -> set[int]:
    """The versions that the two marts of a warehouse hold; one, unless a reader saw a mixture."""
    with duckdb.connect(str(file), read_only=True) as connection:
        rows = connection.execute(
            "select version from marts.index_patients union select version from marts.second_primaries"
        ).fetchall()
    return {row[0] for row in rows}
