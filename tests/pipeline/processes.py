"""The living processes of a home, as Linux tells of them."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

# Far from the two seconds that are promised, and from what the work would last: other tests run meanwhile.
SOON = 20


def is_gone(process: int) -> bool:
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def of_the_home(home: Path) -> list[int]:
    """The living processes that work on a home."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = f"METACHRON_HOME={home}\0".encode() in (folder / "environ").read_bytes()
        except OSError:
            continue
        if is_ours and not is_gone(int(folder.name)):
            found.append(int(folder.name))
    return found


def wait_until(reached: Callable[[], bool], seconds: float = SOON) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def dbt_of(parent: int) -> bool:
    children = (Path("/proc") / str(parent) / "task" / str(parent) / "children").read_text().split()
    return any(b"dbt" in (Path("/proc") / child / "cmdline").read_bytes() for child in children)


def is_listening(process: int) -> bool:
    """Whether a process of ours has begun: Python by itself catches no SIGTERM."""
    status = (Path("/proc") / str(process) / "status").read_text()
    [caught] = [line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")]
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)
