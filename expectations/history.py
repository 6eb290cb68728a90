"""What earlier audits of this home found, one line each: enough to see what a delivery changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from expectations.report import AuditReport

KEPT = 60

# Figures that are told for each audit, in the order in which the page shows them.
MEASURES = {
    "rows_in_use": "Rows in use",
    "rows_refused": "Rows rejected",
    "n_index": "Patients in the cohort",
    "n_second": "Second primaries",
    "n_unmet": "Expectations that did not hold",
}


def extended(file: Path, report: AuditReport) -> list[dict[str, Any]]:
    """The earlier audits that a file holds and this one, oldest first.

    Without a clock: the same build audited again takes its own line's place. A file that cannot be read is
    started anew, for it decides nothing.
    """
    others = [line for line in earlier_audits(file) if line["build_sha256"] != report.build_sha256]
    return [*others, line_of(report)][-KEPT:]


def of_one_study(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that can be compared with the last."""
    return [line for line in lines if line["study"] == lines[-1]["study"]]


def as_text(lines: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(line, sort_keys=True) + "\n" for line in lines)


def earlier_audits(file: Path) -> list[dict[str, Any]]:
    try:
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if {"build_sha256", "study", "verdict", *MEASURES} <= line.keys()]
    except (OSError, ValueError, AttributeError):
        return []


def line_of(report: AuditReport) -> dict[str, Any]:
    in_use = [delivery for delivery in report.arrivals.deliveries if delivery["is_current"]]
    return {
        "build_sha256": report.build_sha256,
        "study": report.arrivals.study.get("name"),
        "verdict": report.verdict,
        "deliveries": len(report.arrivals.deliveries),
        "rows_in_use": sum(delivery["rows_landed"] for delivery in in_use),
        "rows_refused": sum(delivery["rows_rejected"] for delivery in in_use),
        "n_index": report.arrivals.cohort.get("n_index"),
        "n_second": report.arrivals.cohort.get("n_second"),
        "n_unmet": report.n_expectations - len(report.with_outcome("held")),
    }
