"""XLSX files whose bytes depend on their cells alone."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence

TIMELESS = (1980, 1, 1, 0, 0, 0)


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """One sheet per name, each a grid of cells.

    The library stamps the time of writing into the archive and into its properties;
    both are replaced by a fixed one.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    stamped, timeless = io.BytesIO(), io.BytesIO()
    book.save(stamped)
    with zipfile.ZipFile(stamped) as old, zipfile.ZipFile(timeless, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            content = old.read(member)
            if member.filename == "docProps/core.xml":
                content = re.sub(rb">\d{4}-\d\d-\d\dT[^<]*<", b">1980-01-01T00:00:00Z<", content)
            new.writestr(zipfile.ZipInfo(member.filename, TIMELESS), content, zipfile.ZIP_DEFLATED)
    return timeless.getvalue()
