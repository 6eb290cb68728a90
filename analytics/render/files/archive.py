"""Office files are ZIP archives; the clock that their libraries write into them is taken out again."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

NO_CLOCK = datetime(2000, 1, 1)
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def without_clock(content: bytes) -> bytes:
    """The same archive with a fixed hour in every entry, so that equal contents give equal bytes."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as given,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for entry in given.infolist():
            copy.writestr(zipfile.ZipInfo(entry.filename, ZIP_EPOCH), given.read(entry), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def printable(text: str) -> str:
    """Without the control characters that XML and LaTeX cannot hold."""
    return "".join(character for character in text if " " <= character != "\x7f" or character in "\t\n")
