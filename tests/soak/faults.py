"""Every row of the fault matrix, and every damage mended by the remedy that `verify` names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.faults.damages import DAMAGES
from tests.faults.table import EVERY, TABLE

FOLDER = Path(__file__).parents[1] / "faults"
TRIED = (
    ("test_faults.py", "test_nothing_is_lost_leaked_or_half_done", len(TABLE)),
    ("test_evidence.py", "the_remedy_that_is_named", len(DAMAGES)),
)
"""File, tests and how many of them pass."""


def soak() -> str:
    for file, tests, n in TRIED:
        words = [sys.executable, "-m", "pytest", "-v", str(FOLDER / file), "-k", tests]
        ended = subprocess.run(words, env={**os.environ, EVERY: "1"}, capture_output=True, text=True)
        assert ended.returncode == 0 and f"{n} passed, " in ended.stdout, ended.stdout
    return (
        f"{len(TABLE)} of {len(TABLE)} faults survived, {len(DAMAGES)} of {len(DAMAGES)} damages mended by "
        "the remedy that is named"
    )
