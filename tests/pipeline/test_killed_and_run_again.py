"""A run that is killed after any task, and run again elsewhere, ends where an undisturbed run ends.

Elsewhere: with another time zone, locale, hash seed, working folder, umask and number of threads each time.
Neither the tables nor a byte of what is reported may tell.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flows.files.output_folder import MARKER
from tests.pipeline.command import environment, metachron

pytestmark = pytest.mark.slow

HISTORY = "staging.stg_ledger__loads"
STAGES = ["load", "build", "audit", "publish"]
HERE = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
ELSEWHERE = {
    "load": {"TZ": "Pacific/Chatham", "PYTHONHASHSEED": "1"},
    "build": {"LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "4711"},
    "audit": {"TZ": "America/St_Johns", "LC_ALL": "de_DE.UTF-8"},
    "publish": {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"},
    "report": {"TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "99", "OMP_NUM_THREADS": "2", "LC_ALL": "C"},
}


def killed_after(stage: str, home: Path, inbox: Path) -> None:
    """Start a run and kill its whole process group as soon as one stage reports its end."""
    home.mkdir(exist_ok=True)
    running = subprocess.Popen(
        [sys.executable, "-m", "flows.cli.main", "run", "--inbox", str(inbox)],
        env=environment(home) | ELSEWHERE[stage],
        cwd=home,
        umask=0,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert running.stderr is not None
    reached = any(line.startswith(stage) and "done in" in line for line in running.stderr)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert reached, f"the run never came to the end of {stage}"


def digests(home: Path) -> dict[str, str]:
    """Every table but the one that tells at what hour each delivery was loaded."""
    from flows.building.digest import digest

    found = digest((home / "warehouse.duckdb").resolve())
    assert found.pop(HISTORY)
    return found


def run(home: Path, inbox: Path, circumstances: dict[str, str]) -> None:
    home.mkdir(exist_ok=True)
    subprocess.run(
        [sys.executable, "-m", "flows.cli.main", "run", "--inbox", str(inbox)],
        env=environment(home) | circumstances,
        cwd=home,
        check=True,
        capture_output=True,
    )


def reported(home: Path) -> dict[str, str]:
    """Every file of the report with its hash; what tells of the run itself is taken out first.

    The folder's marker lists the files with their sizes, and the size of results.json depends on the seconds.
    """
    folder = next((home / "reports" / "mm_sall").glob("r*"))
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    told = results.pop("run")
    told["inputs"] = [given | {"path": None} for given in told["inputs"]]
    found = {"results.json": json.dumps(results, sort_keys=True)}
    for file in folder.rglob("*"):
        if file.is_file() and file.name not in ("results.json", MARKER):
            content = file.read_text(encoding="utf-8", errors="surrogateescape")
            # Not its seconds, which only results.json tells: the coordinates of a figure may hold the digits.
            for at in (told["id"], told["started_at"], told["ledger_head"]):
                content = content.replace(at, "")
            found[str(file.relative_to(folder))] = content
    return {
        name: hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
        for name, text in found.items()
    }


def test_killed_after_every_task_in_turn_it_ends_the_same(tmp_path: Path, small_inbox: Path) -> None:
    undisturbed, disturbed = tmp_path / "undisturbed", tmp_path / "disturbed"
    run(undisturbed, small_inbox, HERE)

    for stage in STAGES:
        killed_after(stage, disturbed, small_inbox)
    run(disturbed, small_inbox, ELSEWHERE["report"])

    assert digests(disturbed) == digests(undisturbed)
    here, there = reported(undisturbed), reported(disturbed)
    assert {name for name in here.keys() | there.keys() if here.get(name) != there.get(name)} == set()
    assert metachron(disturbed, "verify").returncode == 0
