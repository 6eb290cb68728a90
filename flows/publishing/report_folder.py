"""The folder of a report: who writes it, and what in it is its own."""

from __future__ import annotations

from pathlib import Path

from flows.files.output_folder import entries

REPORT = "metachron report"
RESULTS = "results.json"


def report_before_markers(folder: Path) -> set[str]:
    """What is a report's own in a folder of the home that an older version wrote without a marker."""
    own = {"report.html", RESULTS, "sensitivity.json"}
    return {name for name in entries(folder) if name in own or name.startswith(("tables/", "figures/"))}
