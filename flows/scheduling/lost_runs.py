"""Scheduled runs whose process is gone, or that never end: ended, so that the page of runs tells the truth.

A run whose process was killed with its worker would be shown as running for ever. A run that hangs would hold
the home's lock for ever. Both are seen from outside, because neither can help itself.
"""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flows.home import Home
from flows.scheduling.client_settings import Address

# The worker says itself that a process of its own has ended; only then do we.
GRACE_SECONDS = 30.0
UNSTARTED_SECONDS = 300.0
TOLD_DAYS = 2
LONGEST_RUN_SECONDS = 6 * 3600.0

GONE = (
    "The process of this run is gone: killed, or the machine went down. Nothing was left half published;"
    " the next run goes on from what has landed. To run it now: prefect deployment run refresh/on-demand"
)
UNSTARTED = "The worker was stopped before it could start this run. Nothing was changed; start it again."


def sweep(address: Address, longest_seconds: float = LONGEST_RUN_SECONDS) -> list[str]:
    """Stop runs that last longer than that, and end those whose process is gone; a sentence for each.

    Raises OSError when the server does not answer.
    """
    states = {"state": {"type": {"any_": ["RUNNING", "PENDING", "CANCELLING"]}}}
    lines = []
    for run in address.ask("/flow_runs/filter", {"flow_runs": states}):
        # A run started by hand with `metachron run` has no deployment; its terminal watches it.
        if run["deployment_id"] is None:
            continue
        seconds = seconds_since(run["state"]["timestamp"])
        process = process_of(run)
        if process is None:
            is_lost = seconds > (GRACE_SECONDS if run["infrastructure_pid"] else UNSTARTED_SECONDS)
            if is_lost:
                end(address, run["id"], GONE if run["infrastructure_pid"] else UNSTARTED)
                lines.append(f"run {run['name']} lost its process; it is marked as crashed")
        elif seconds > longest_seconds:
            kill(process)
            lines.append(f"run {run['name']} lasted longer than {longest_seconds:.0f} s and was stopped")
    return lines


def crashed(address: Address, home: Home) -> list[str]:
    """What to do about each scheduled run that crashed lately and was not told of yet; told of by this.

    A run that fails tells so itself; one whose process was killed cannot.
    Raises OSError when the server does not answer.
    """
    kept = home.root / "prefect" / "crashes-told"
    known = set(kept.read_text().split()) if kept.exists() else set()
    lately = (datetime.now(UTC) - timedelta(days=TOLD_DAYS)).isoformat()
    chosen = {"state": {"type": {"any_": ["CRASHED"]}}, "end_time": {"after_": lately}}
    runs = [
        run
        for run in address.ask("/flow_runs/filter", {"flow_runs": chosen})
        if run["deployment_id"] and run["id"] not in known
    ]
    if runs:
        with kept.open("a") as lines:
            lines.writelines(f"{run['id']}\n" for run in runs)
    return [f"**The scheduled run {run['name']} crashed.**\n\n{GONE}" for run in runs]


def seconds_since(stamp: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(stamp)).total_seconds()


def process_of(run: dict[str, Any]) -> int | None:
    """The number of the living process of a run; None if it has none, or the number is another's by now."""
    number = str(run["infrastructure_pid"] or "").rpartition(":")[2]
    if not number.isdigit() or not is_alive(int(number)):
        return None
    environment = Path("/proc") / number / "environ"
    try:
        return int(number) if run["id"].encode() in environment.read_bytes() else None
    except FileNotFoundError:
        # Not every system tells the environment of a process; then being alive must do.
        return int(number)
    except OSError:
        return None


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False
    return not is_zombie(process)


def is_zombie(process: int) -> bool:
    """Ended, but its parent has not asked how."""
    try:
        status = (Path("/proc") / str(process) / "stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] == "Z"


def kill(process: int) -> None:
    """End a process and, where it leads a group of its own, those that it started."""
    try:
        if os.getpgid(process) == process:
            os.killpg(process, signal.SIGKILL)
        else:
            os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


def end(address: Address, run_id: str, why: str) -> None:
    state = {"type": "CRASHED", "name": "Crashed", "message": why}
    address.ask(f"/flow_runs/{run_id}/set_state", {"state": state, "force": True})
