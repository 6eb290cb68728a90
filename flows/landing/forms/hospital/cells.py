"""Hospital tables as rows of text: CSV in whatever encoding hospitals use, and the sheets of a workbook."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from flows.errors import InputRefused
from flows.landing.text.delivered_text import Text, as_utf8
from flows.landing.text.encodings import read_start
from flows.landing.vault import Content

LARGEST_UNPACKED_BYTES = 2 * 2**30
LARGEST_RATIO = 200


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table as it lies in its file.

    rows   (physical line or sheet row, cells as text), blank rows at the end left out
    """

    name: str | None
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    encoding: str
    delimiter: str
    line_ending: str
    events: tuple[str, ...]


def sheets(content: Content, encoding: str | None = None) -> list[Sheet]:
    """Every sheet of a workbook, or the one table of a CSV file."""
    with content.path.open("rb") as file:
        is_workbook = file.read(4) == b"PK\x03\x04"
    return list(workbook_sheets(content)) if is_workbook else [csv_sheet(content, encoding)]


# ---------------------------------------------------------------- CSV


def csv_sheet(content: Content, encoding: str | None) -> Sheet:
    text = as_utf8(replace(content, encoding=encoding or content.encoding))
    whole = text.path.read_bytes().decode()
    refuse_unreadable(text, whole)
    delimiter = max(",\t;", key=whole.split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(whole, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, tuple[str, ...]]] = []
    first = 1
    try:
        for cells in reader:
            rows.append((first, tuple(cells)))
            first = reader.line_num + 1
    except csv.Error:
        raise InputRefused(
            "IN-06",
            "A quotation mark is left open, or stands inside an unquoted field",
            file=content.name,
            line=first,
            remedy="Export the table again from its source.",
        ) from None
    return Sheet(
        name=None,
        rows=tuple(without_blank_end(rows)),
        encoding=text.encoding,
        delimiter=delimiter,
        line_ending="crlf" if "\r\n" in whole else "lf",
        events=content.events + text.events,
    )


def refuse_unreadable(text: Text, whole: str) -> None:
    if not whole.strip():
        raise InputRefused("IN-01", "The file is empty", file=text.name)
    if (at := whole.find("\0")) >= 0:
        raise InputRefused(
            "IN-04",
            "There is a NUL character that text cannot hold",
            file=text.name,
            line=whole.count("\n", 0, at) + 1,
        )
    if "\r" in whole.replace("\r\n", ""):
        raise InputRefused(
            "IN-03",
            "A line ends in a bare carriage return",
            file=text.name,
        )


def without_blank_end(rows: list[tuple[int, tuple[str, ...]]]) -> list[tuple[int, tuple[str, ...]]]:
    while rows and not any(cell.strip() for cell in rows[-1][1]):
        rows.pop()
    return rows


# ---------------------------------------------------------------- workbooks


def workbook_sheets(content: Content) -> Iterator[Sheet]:
    import openpyxl

    refuse_bomb(content)
    try:
        with content.path.open("rb") as file:
            book = openpyxl.load_workbook(io.BytesIO(file.read()), read_only=True, data_only=True)
        for sheet in book.worksheets:
            rows: list[tuple[int, tuple[str, ...]]] = []
            noted: set[str] = set()
            for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
                rows.append((number, tuple(cell_text(value, noted) for value in values)))
            width = max((last_filled(cells) for _, cells in rows), default=0)
            trimmed = [(number, (cells + ("",) * width)[:width]) for number, cells in rows]
            yield Sheet(
                name=sheet.title,
                rows=tuple(without_blank_end(trimmed)),
                encoding="xlsx",
                delimiter="",
                line_ending="",
                events=(*content.events, *sorted(noted)),
            )
    except Exception as error:  # whatever zipfile, zlib, XML or openpyxl stumble over in a damaged workbook
        raise InputRefused(
            "IN-08",
            f"The workbook cannot be opened ({type(error).__name__})",
            file=content.name,
            remedy="Open it in the program that made it and save it again as .xlsx, without a password.",
        ) from None


def refuse_bomb(content: Content) -> None:
    try:
        with zipfile.ZipFile(content.path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        return  # told by the reader itself
    if unpacked > LARGEST_UNPACKED_BYTES or (unpacked > 2**26 and unpacked > LARGEST_RATIO * content.size):
        raise InputRefused(
            "IN-09",
            "The workbook unpacks to far more than its size",
            file=content.name,
            remedy="Save the table as CSV and deliver that.",
        )


def cell_text(value: Any, noted: set[str]) -> str:
    """A cell as the text a person would copy from it; numbers without a needless .0, dates in ISO form."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        noted.add("excel_dates_to_iso")
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date):
        noted.add("excel_dates_to_iso")
        return value.isoformat()
    return str(value)


def last_filled(cells: tuple[str, ...]) -> int:
    return max((place + 1 for place, cell in enumerate(cells) if cell.strip()), default=0)


def first_cells(path: Path, start: bytes, encoding: str | None) -> Iterator[list[str]]:
    """The first rows of a delivered file, for telling which table it is."""
    if start.startswith(b"PK\x03\x04"):
        import openpyxl

        try:
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            for sheet in book.worksheets:
                for values in sheet.iter_rows(max_row=20, values_only=True):
                    yield [cell_text(value, set()).strip() for value in values]
            book.close()
        except Exception:  # told by the reader, as above
            return
        return
    for line in read_start(start, encoding).removeprefix("\ufeff").splitlines()[:20]:
        delimiter = max(",\t;", key=line.count)
        yield [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
