"""A run that is told to end, or killed, and run again elsewhere, ends where an undisturbed run ends.

Elsewhere: with another time zone, locale, hash seed, working folder, umask and number of threads each time.
Neither the tables nor a byte of what is reported may tell. Here it is stopped while it loads and while dbt
builds; `python -m tests.soak stages` stops it in every stage and after each.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from flows.files.output_folder import MARKER
from tests.pipeline.command import AS_INSTALLED, environment, metachron
from tests.pipeline.processes import SOON, dbt_of, is_listening, of_the_home, wait_until
from tests.warm_dbt import metachron_warm

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]

STAGES = ("load", "build", "audit", "publish")
HISTORY = "staging.stg_ledger__loads"
HERE = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
ELSEWHERE = {
    "load": {"TZ": "Pacific/Chatham", "PYTHONHASHSEED": "1"},
    "build": {"LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "4711"},
    "audit": {"TZ": "America/St_Johns", "LC_ALL": "de_DE.UTF-8"},
    "publish": {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"},
    "report": {"TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "99", "OMP_NUM_THREADS": "2", "LC_ALL": "C"},
}


def started(home: Path, inbox: Path, stage: str, circumstances: dict[str, str]) -> subprocess.Popen[str]:
    """A stage, or a whole run, with its own process group and a umask that shuts nothing."""
    words = {"load": ["load", str(inbox)], "run": ["run", "--inbox", str(inbox)]}
    home.mkdir(exist_ok=True)
    return subprocess.Popen(
        [*AS_INSTALLED, *words.get(stage, [stage])],
        env=environment(home) | circumstances,
        cwd=home,
        umask=0,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def killed_while_dbt_builds(home: Path, inbox: Path) -> None:
    """Kill a run, and only the run itself: dbt has to go with it."""
    running = started(home, inbox, "run", ELSEWHERE["build"])
    wait_until(lambda: dbt_of(running.pid), 10 * SOON)
    assert len(of_the_home(home)) == 2, "no server of its own"
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    wait_until(lambda: of_the_home(home) == [])


def killed_after(stage: str, home: Path, inbox: Path) -> None:
    """Start a run and kill its whole process group as soon as one stage reports its end."""
    running = started(home, inbox, "run", ELSEWHERE[stage])
    assert running.stderr is not None
    reached = any(line.startswith(stage) and "done in" in line for line in running.stderr)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert reached, f"the run never came to the end of {stage}"


def told_to_end(stage: str, sent: signal.Signals, home: Path, inbox: Path) -> None:
    """Tell a stage to end while it works: it says so, soon, and leaves no process."""
    running = started(home, inbox, stage, ELSEWHERE[stage])
    wait_until(partial(dbt_of if stage == "build" else is_listening, running.pid))
    if stage != "build":
        time.sleep(0.5)
    running.send_signal(sent)
    _, said = running.communicate(timeout=SOON)
    if running.returncode != -sent or " done in " not in said:  # told when it had ended by itself
        assert running.returncode in (0, 128 + sent), said
        assert running.returncode == 0 or "interrupted; nothing was left half published" in said
    assert "Traceback" not in said
    wait_until(lambda: of_the_home(home) == [])


def digests(home: Path) -> dict[str, str]:
    """Every table but the one that tells at what hour each delivery was loaded."""
    from flows.building.digest import digest

    found = digest((home / "warehouse.duckdb").resolve())
    assert found.pop(HISTORY)
    return found


def run(
    home: Path, inbox: Path, circumstances: dict[str, str], program: Sequence[str] = AS_INSTALLED
) -> None:
    home.mkdir(exist_ok=True)
    subprocess.run(
        [*program, "run", "--inbox", str(inbox)],
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


def assert_equal(disturbed: Path, undisturbed: Path) -> None:
    assert digests(disturbed) == digests(undisturbed)
    here, there = reported(undisturbed), reported(disturbed)
    assert {name for name in here.keys() | there.keys() if here.get(name) != there.get(name)} == set()
    assert metachron(disturbed, "verify").returncode == 0


def test_told_to_end_and_killed_it_ends_the_same(tmp_path: Path, small_inbox: Path) -> None:
    undisturbed, disturbed = tmp_path / "undisturbed", tmp_path / "disturbed"
    run(undisturbed, small_inbox, HERE, metachron_warm())

    told_to_end("load", signal.SIGINT, disturbed, small_inbox)
    killed_while_dbt_builds(disturbed, small_inbox)
    told_to_end("build", signal.SIGTERM, disturbed, small_inbox)
    run(disturbed, small_inbox, ELSEWHERE["report"])

    assert_equal(disturbed, undisturbed)
