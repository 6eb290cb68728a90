"""Before work starts: is every pinned tool here, in the version that was tested?"""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

from flows.errors import UsageError
from flows.locks import LOCKS

PINS = LOCKS / "requirements.in"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;#]+)")

# A different patch of these is only a warning: the suite is run on the supported 1.x client too.
MAY_DIFFER = {"duckdb"}


def pinned() -> dict[str, str]:
    """Package name to pinned version, as the project's requirements say."""
    matches = (PIN.match(line) for line in PINS.read_text(encoding="utf-8").splitlines())
    return {match[1]: match[2] for match in matches if match}


def imported() -> dict[str, str]:
    """Of the pinned packages those of which this process has imported a module, with their versions.

    Modules with an underscore do not count: an installer has one that every Python loads at its start.
    """
    loaded = {
        str(module.__file__)
        for name, module in list(sys.modules.items())
        if not name.startswith("_") and getattr(module, "__file__", None)
    }
    found = {}
    for name in pinned():
        package = distribution(name)
        folder = package.locate_file("")
        if any(f"{folder}/{file}" in loaded for file in package.files or ()):
            found[name] = package.version
    return found


def problems() -> list[str]:
    """One sentence for each tool that is missing or not the tested version."""
    problems_found = []
    for name, pinned_version in pinned().items():
        try:
            installed = version(name)
        except PackageNotFoundError:
            problems_found.append(f"{name} is missing (wanted {pinned_version})")
            continue
        if installed != pinned_version and name not in MAY_DIFFER:
            problems_found.append(f"{name} is {installed}, tested with {pinned_version}")
    if not Path(sys.executable).with_name("dbt").exists():
        problems_found.append("the dbt command is missing beside this Python")
    return problems_found


def require_tools() -> None:
    """Stop with one paragraph that names every broken or missing tool."""
    problems_found = problems()
    if problems_found:
        raise UsageError(
            "ENV-01",
            "This environment is not the one that was tested: " + "; ".join(problems_found),
            unchanged="Nothing was started.",
        )
