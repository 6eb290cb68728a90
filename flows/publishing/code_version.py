"""Which code made a release: one hash over our own sources, wherever and however they are installed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flows import __version__

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("flows", "expectations", "analytics", "dbt_project", "samples", "studies")
SOURCES = {".py", ".sql", ".yml", ".yaml", ".csv", ".json", ".html", ".jinja", ".j2", ".css", ".js", ".svg"}
# What dbt and Python leave beside the sources.
MADE = {"target", "logs", "dbt_packages", "__pycache__"}


def code_version() -> str:
    """Such as '0.2.0+3f9c0a7be512': the package's version and a hash over our sources."""
    total = hashlib.sha256()
    for file in sources():
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        total.update(f"{file.relative_to(ROOT).as_posix()} {content}\n".encode())
    return f"{__version__}+{total.hexdigest()[:12]}"


def sources() -> list[Path]:
    """Our source files, in the order of their names."""
    files = [
        file
        for folder in FOLDERS
        for file in (ROOT / folder).rglob("*")
        if file.suffix in SOURCES and not MADE & set(file.relative_to(ROOT).parts) and file.is_file()
    ]
    return sorted(files, key=lambda file: file.relative_to(ROOT).as_posix())
