"""Every kill point: the sweeps of tests/faults/test_kill_points.py without leaving any out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.faults.sweep import EVERY

PROJECT = Path(__file__).resolve().parents[2]


def soak() -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/faults/test_kill_points.py"],
        cwd=PROJECT, env={**os.environ, EVERY: "1"}, capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout[-3000:]
    found = re.search(r"kill points .*", ended.stdout)
    assert found, "no kill point was counted"
    return found[0]
