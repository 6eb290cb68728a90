"""Session information that SEER*Stat prints beside an export: provenance, and a row count to hold it to."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Any

from flows.landing.text.delivered_text import Text

MARKS = (b"SUGGESTED CITATION", b"Number of Case Records Used For Analysis", b"Use Summary Files")
# The blanks are bounded, so that no text takes long.
BLANKS = r"[ \t]{0,200}"
ROW_COUNT = re.compile(rf"(?mi)^{BLANKS}Row Count{BLANKS}:?{BLANKS}[ \t](\d[\d,]{{0,20}}){BLANKS}$")
DATABASE = re.compile(rf"(?mi)^{BLANKS}Database{BLANKS}:?{BLANKS}[ \t](Incidence.{{1,2000}})$")
SOFTWARE = re.compile(rf"(?mi)^{BLANKS}Software(?: version)?{BLANKS}:?{BLANKS}[ \t](\S.{{0,2000}})$")
ROW_COUNT_IN_BYTES = re.compile(ROW_COUNT.pattern.removesuffix(f"{BLANKS}$").encode())
TITLE = re.compile(r"[A-Z][A-Z ]{3,}")
LARGEST_BYTES = 8 << 20  # as much of it as is read


def looks_like_session(start: bytes) -> bool:
    """Whether a file's first bytes are session information."""
    return any(mark in start for mark in MARKS) or ROW_COUNT_IN_BYTES.search(start) is not None


def read(text: Text) -> dict[str, Any]:
    """row_count, database, software (None where not said) and selection, the text of that block."""
    with text.path.open("rb") as file:
        content = file.read(LARGEST_BYTES).decode(errors="replace").replace("\r\n", "\n")
    count, database, software = (pattern.search(content) for pattern in (ROW_COUNT, DATABASE, SOFTWARE))
    return {
        "row_count": int(count[1].replace(",", "")) if count else None,
        "database": database[1].strip() if database else None,
        "software": software[1].strip() if software else None,
        "selection": _block(content, "SELECTION"),
    }


def _block(content: str, title: str) -> str | None:
    """The lines below a title, up to the next one; titles are lines of capitals."""
    lines = content.split("\n")
    first = next((at for at, line in enumerate(lines, start=1) if line.strip() == title), None)
    if first is None:
        return None
    return "\n".join(takewhile(lambda line: not TITLE.fullmatch(line.strip()), lines[first:])).strip()
