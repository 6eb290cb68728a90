"""Programs that judge ours and that a machine may lack: R, a browser, an older client, LaTeX, a shell.

A test that wants one asks here. Without it the test is skipped and says so; METACHRON_REQUIRE_EVIDENCE=1,
which `.ci/run` sets, makes that a failure. `tests/test_evidence.py` lets no test skip past this module.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

REQUIRED = "METACHRON_REQUIRE_EVIDENCE"
NO_R_PACKAGE = re.compile(r"there is no package called .([\w.]+\w)")


def missing(what: str) -> NoReturn:
    """End the test for want of a second opinion: skipped, or failed where it is required."""
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{what} ({REQUIRED}=1)", pytrace=False)
    pytest.skip(what)


def program(*names: str) -> str:
    """The path of the first of these programs that the machine has."""
    for name in names:
        if path := shutil.which(name):
            return path
    missing(f"{' or '.join(names)} is not on this machine")


def ask_r(script: Path, *words: str | Path) -> str:
    """What an R script says on its standard output; the packages it needs are those it loads."""
    command = [program("Rscript"), script, *words]
    spoken = os.environ | {"LC_ALL": "C.UTF-8", "LANGUAGE": "en"}
    asked = subprocess.run(command, env=spoken, capture_output=True, text=True)
    if lacking := NO_R_PACKAGE.search(asked.stderr):
        missing(f"R's package {lacking[1]} is not on this machine")
    assert asked.returncode == 0, asked.stderr
    return asked.stdout
