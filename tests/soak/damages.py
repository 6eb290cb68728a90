"""Every damage of tests/faults/damages.py, mended by the remedy that `verify` names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.faults.damages import DAMAGES
from tests.faults.test_evidence import EVERY

FILE = Path(__file__).parents[1] / "faults" / "test_evidence.py"


def soak() -> str:
    words = [sys.executable, "-m", "pytest", "-v", str(FILE), "-k", "the_remedy_that_is_named"]
    ended = subprocess.run(words, env={**os.environ, EVERY: "1"}, capture_output=True, text=True)
    told = f"{len(DAMAGES)} passed, "
    assert ended.returncode == 0 and told in ended.stdout, ended.stdout
    return f"{len(DAMAGES)} of {len(DAMAGES)} damages mended by the remedy that is named"
