"""What Prefect's pages are told: counts, verdicts, next steps; never a value, never markup from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from flows.errors import InputRefused
from flows.home import Home
from flows.landing.land import LoadResult
from flows.scheduling import notices
from flows.scheduling.lost_runs import is_alive, kill, process_of

CANARY = "CANARY-4711"


def test_a_refusal_says_where_and_what_to_do_without_the_value(tmp_path: Path) -> None:
    refused = InputRefused(
        "IN-07",
        "A label is not known",
        file="list_1.txt",
        line=12,
        column="Sex",
        value=CANARY,
        remedy="Correct it.",
    )
    told = notices.what_to_do(refused, Home(tmp_path))
    assert CANARY in refused.paragraph(with_value=True) and CANARY not in told
    for said in ("IN-07: A label is not known", "list\\_1.txt", "line 12", "Sex", "Correct it."):
        assert said in told


def test_a_bug_is_named_by_its_kind_alone(tmp_path: Path) -> None:
    told = notices.what_to_do(KeyError(CANARY), Home(tmp_path))
    assert "KeyError" in told and CANARY not in told


def test_deliveries_are_accounted_for_row_by_row() -> None:
    loads = [
        LoadResult("a|b.txt", "seer_listing", "seer", "tumors", "x", 10, 8, 2, False),
        LoadResult("c.csv", "hospital_patients", "institution", "patients", "y", 5, 5, 0, True),
    ]
    told = notices.deliveries(loads)
    assert "| a\\|b.txt | seer listing | 10 | 8 | 2 | new |" in told
    assert "| c.csv | hospital patients | 5 | 5 | 0 | loaded before |" in told
    assert notices.deliveries([]) == "No file was in the inbox."


def test_the_verdict_lists_what_did_not_hold_and_no_more_than_a_screen(tmp_path: Path) -> None:
    home = Home(tmp_path).prepare()
    unmet = {
        "outcome": "failed",
        "severity": "warning",
        "expectation": "<b>Rows</b>",
        "means": "Look at them.",
    }
    held = {"outcome": "held", "severity": "critical", "expectation": "Fine", "means": "-"}
    said = {"verdict": "warn", "n_held": 1, "n_expectations": 21, "expectations": [held, *[unmet] * 20]}
    (home.audit / "audit.json").write_text(json.dumps(said))
    told = notices.verdict(home)
    assert told.startswith("**warn**: 1 of 21 expectations held.") and "Fine" not in told
    assert "&lt;b&gt;Rows&lt;/b&gt;. Look at them." in told and "<b>" not in told
    assert told.count("- **failed**") == 12 and "and 8 more" in told


def test_an_audit_of_an_earlier_version_is_told_in_the_words_of_today(tmp_path: Path) -> None:
    home = Home(tmp_path).prepare()
    unmet = {"outcome": "failed", "severity": "warning", "claim": "Rows agree", "means": "Look at them."}
    said = {"schema_version": 1, "verdict": "warn", "n_held": 0, "n_claims": 1, "claims": [unmet]}
    (home.audit / "audit.json").write_text(json.dumps(said))
    told = notices.verdict(home)
    assert told.startswith("**warn**: 0 of 1 expectations held.") and "Rows agree. Look at them." in told


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_runs_process_is_known_by_its_run_and_not_by_its_number() -> None:
    run = {"id": str(uuid.uuid4()), "infrastructure_pid": str(os.getpid())}
    assert process_of(run) is None, "the number is ours by now"
    assert process_of({**run, "infrastructure_pid": None}) is None
    sleeping = [sys.executable, "-c", "import time; time.sleep(60)"]
    of_the_run = {**os.environ, "PREFECT__FLOW_RUN_ID": run["id"]}
    with subprocess.Popen(sleeping, env=of_the_run, start_new_session=True) as process:
        run["infrastructure_pid"] = f"host:{process.pid}"
        deadline = time.monotonic() + 10
        while process_of(run) is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert process_of(run) == process.pid
        kill(process.pid)
        while is_alive(process.pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert process_of(run) is None, "ended, though nobody has asked how"
