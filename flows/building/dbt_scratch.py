"""What dbt leaves in its target folder, and what of it must not stay.

Its parse cache is code of an earlier run, and its graph a pickle: dbt would believe the one, and the other
runs what it holds when it is read. Neither is ever read by us, and neither outlives a run.
"""

from __future__ import annotations

import json
from pathlib import Path

from flows.building.dbt_results import without_values

# The database's words about these may quote a row.
FAILED = {"error", "fail", "runtime error"}
CACHES = ("partial_parse.msgpack", "graph.gpickle", "graph_summary.json")


def remove_caches(target: Path) -> None:
    """Remove what dbt derived from the models, so that every run reads the models."""
    for name in CACHES:
        (target / name).unlink(missing_ok=True)


def strip_values(target: Path) -> None:
    """Take the values of rows out of run_results.json; who reads it loses nothing else."""
    file = target / "run_results.json"
    if not file.exists():
        return
    said = json.loads(file.read_text(encoding="utf-8"))
    for result in said["results"]:
        if result["status"] in FAILED and result.get("message"):
            result["message"] = without_values(result["unique_id"].partition(".")[0], result["message"])
    file.write_text(json.dumps(said), encoding="utf-8")
