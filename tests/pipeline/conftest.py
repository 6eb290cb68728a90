"""One full run of the synthetic twin, shared by every test that looks at its outcome."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.command import metachron


@dataclass(frozen=True)
class FinishedRun:
    """A home after `metachron synth` and `metachron run`, and what the run printed."""

    home: Path
    ended: subprocess.CompletedProcess[str]

    @cached_property
    def report(self) -> Path:
        return next((self.home / "reports" / "mm_sall").glob("r*/report.html"))

    @cached_property
    def results(self) -> dict[str, Any]:
        return json.loads((self.report.parent / "results.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    home = tmp_path_factory.mktemp("home")
    metachron(home, "synth", home / "inbox").check_returncode()
    return FinishedRun(home, metachron(home, "run"))


@pytest.fixture(scope="session")
def small_inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Deliveries of a twentieth of the twin: for tests about how things go, not about numbers."""
    folder = tmp_path_factory.mktemp("small") / "inbox"
    metachron(folder.parent, "synth", folder, "--scale", "0.05", "--every-case").check_returncode()
    return folder
