"""Session information that SEER*Stat prints beside an export: provenance, and a row count to hold it to."""

from __future__ import annotations

import re
from typing import Any

from flows.landing.text.delivered_text import Text

MARKS = (b"SUGGESTED CITATION", b"Number of Case Records Used For Analysis", b"Use Summary Files")
ROW_COUNT = re.compile(r"(?mi)^\s*Row Count\s*:?\s+(\d[\d,]{0,20})\s*$")
DATABASE = re.compile(r"(?mi)^\s*Database\s*:?\s+(Incidence.+?)\s*$")
SOFTWARE = re.compile(r"(?mi)^\s*Software(?: version)?\s*:?\s+(.+?)\s*$")


def looks_like_session(start: bytes) -> bool:
    """Whether a file's first bytes are session information."""
    return any(mark in start for mark in MARKS) or bool(re.search(rb"(?mi)^\s*Row Count\s*:?\s+\d", start))


def read(text: Text) -> dict[str, Any]:
    """row_count, database, software (None where not said) and selection, the text of that block."""
    content = text.path.read_bytes().decode().replace("\r\n", "\n")
    count, database, software = (pattern.search(content) for pattern in (ROW_COUNT, DATABASE, SOFTWARE))
    return {
        "row_count": int(count[1].replace(",", "")) if count else None,
        "database": database[1] if database else None,
        "software": software[1] if software else None,
        "selection": _block(content, "SELECTION"),
    }


def _block(content: str, title: str) -> str | None:
    block = re.search(rf"(?ms)^\s*{title}\s*$\n(.*?)(?=^\s*[A-Z][A-Z ]{{3,}}\s*$|\Z)", content)
    return block[1].strip() if block else None
