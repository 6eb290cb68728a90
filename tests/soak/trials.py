"""Runs pytest again and again for `tests.soak.mutations`, each time in a fork that has the slow libraries.

Reads a line of JSON for each run (`folder`, `arguments`, `settings`, `seconds`) and answers with its exit
code or `late`. It is started by its path, so that nothing of the product is loaded before a fork is.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import sys
import time
from typing import Any

LIBRARIES = (
    *("pytest", "hypothesis", "numpy", "scipy.stats", "scipy.optimize", "polars", "duckdb"),
    *("matplotlib.figure", "matplotlib.backends.backend_svg", "jinja2", "yaml", "openpyxl", "docx", "pptx"),
    *("great_expectations", "lifelines"),
)


def main() -> None:
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for line in sys.stdin:
        print(outcome(json.loads(line)), file=answers, flush=True)


def outcome(trial: dict[str, Any]) -> str:
    """The exit code of one run; after so many seconds it and what it started are ended."""
    until = time.monotonic() + trial["seconds"]
    child = os.fork()
    if not child:
        run(trial)
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return str(os.waitstatus_to_exitcode(status))
        time.sleep(0.1)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "late"


def run(trial: dict[str, Any]) -> None:
    import pytest

    code = 3
    try:
        os.setsid()
        os.chdir(trial["folder"])
        os.environ.update(trial["settings"], PYTHONPATH=trial["folder"])
        os.environ.pop("PREFECT_API_URL", None)
        sys.path.insert(0, trial["folder"])
        code = int(pytest.main(trial["arguments"]))
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
