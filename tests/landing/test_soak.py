"""The long sweep over the readers finds every fuzz test, whatever shape a test is given."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.landing import test_fuzz

PROJECT = Path(__file__).resolve().parents[2]


def test_the_long_sweep_reaches_every_fuzz_test():
    """Without time for an example; in a process of its own, because it changes how many the tests draw."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.soak", "fuzz"],
        cwd=PROJECT, env={**os.environ, "METACHRON_SOAK_SECONDS": "0"}, capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    names = (name for name in vars(test_fuzz) if name.startswith("test_"))
    assert all(name.removeprefix("test_").replace("_", " ") in ended.stdout for name in names)
