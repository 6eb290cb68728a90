"""The command line as a user runs it: its own process, its own home."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
AS_INSTALLED = (sys.executable, "-m", "flows.cli.main")


def environment(home: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PREFECT_", "METACHRON_"))}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**kept, "METACHRON_HOME": str(home), "PYTHONPATH": str(PROJECT)}


def metachron(
    home: Path, *words: str | Path, timeout: float = 600, program: Sequence[str] = AS_INSTALLED
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end; outside the project, where it would join a server another test serves."""
    home.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [*program, *map(str, words)],
        env=environment(home),
        cwd=home,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
