"""Hospital tables as rows of text: CSV in whatever encoding hospitals use, and the sheets of a workbook.

A table is read from a file of ours, row by row and as often as needed: the delivered text, or a copy of the
sheet. None of it is held in memory.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from flows.errors import InputRefused
from flows.landing.forms.hospital import workbook
from flows.landing.forms.hospital.mapping import one_line
from flows.landing.text.delivered_text import (
    LONGEST_LINE_BYTES,
    SEPARATOR,
    Text,
    as_utf8,
    refused_line,
    whole_lines,
)
from flows.landing.text.encodings import read_start
from flows.landing.vault import Content
from flows.terminal.wording import counted

DELIMITERS = ",\t;|^"
LARGEST_UNPACKED_BYTES = 2 * 2**30
LARGEST_RATIO = 200
FIRST_ROWS = 20
MOST_ROWS = 5_000_000
MOST_COLUMNS = 4_000
MOST_NAMED = 20

Cells = tuple[str, ...]
NumberedRow = tuple[int, Cells]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table as it lies in its file.

    rows        each row with its physical line or sheet row, blank ones at the end left out
    n_rows      how many these are, counted for itself
    last_row    no row has a higher number
    unresolved  ("formula", "error" or "number", column) -> where its cells have no value of their own
    """

    name: str | None
    rows: Callable[[], Iterator[NumberedRow]]
    n_rows: int
    last_row: int
    encoding: str
    delimiter: str
    line_ending: str
    events: tuple[str, ...]
    unresolved: dict[tuple[str, int], Unresolved] = field(default_factory=dict)


@dataclass(slots=True)
class Unresolved:
    """Where cells of one column have no value of their own."""

    rows: list[int] = field(default_factory=list)
    count: int = 0
    texts: Counter[str] = field(default_factory=Counter)


def is_workbook(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def read_sheet(content: Content, encoding: str | None = None, name: str | None = None) -> Sheet:
    """The sheet of a workbook with this name, or the one table of a CSV file."""
    return workbook_sheet(content, name) if is_workbook(content.path) else csv_sheet(content, encoding)


# ---------------------------------------------------------------- CSV


def csv_text(content: Content, encoding: str | None) -> tuple[Text, str]:
    """The text of a table as UTF-8, and what separates its cells."""
    text = as_utf8(replace(content, encoding=encoding or content.encoding))
    with text.path.open("rb") as file:
        return text, delimiter_of(file.read(1 << 16).decode("utf-8", "ignore"))


def csv_sheet(content: Content, encoding: str | None) -> Sheet:
    text, delimiter = csv_text(content, encoding)
    line_ending = line_ending_of(text)
    with text.path.open(encoding="utf-8") as file:
        has_separator_line = is_separator_line([file.readline(80).rstrip("\r\n")], delimiter)

    def rows() -> Iterator[NumberedRow]:
        return csv_rows(text, delimiter)

    return Sheet(
        name=None,
        rows=lambda: without_blank_end(rows()),
        n_rows=count_csv(text, delimiter),
        last_row=0,
        encoding=text.encoding,
        delimiter=delimiter,
        line_ending=line_ending,
        events=(*content.events, *text.events, *["separator_line"] * has_separator_line),
    )


def csv_rows(text: Text, delimiter: str) -> Iterator[NumberedRow]:
    first = 1
    with text.path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                if first > 1 or not is_separator_line(cells, delimiter):
                    yield first, tuple(cells)
                first = reader.line_num + 1
        except csv.Error:
            raise InputRefused(
                "IN-06",
                "A quotation mark is left open, or stands inside an unquoted field",
                file=text.name,
                line=first,
                remedy="Export the table again from its source.",
            ) from None


def is_separator_line(cells: Sequence[str], delimiter: str) -> bool:
    """Whether a first line is none of the table, but tells a spreadsheet program what separates the cells."""
    return SEPARATOR.fullmatch(delimiter.join(cells)) is not None


def first_csv_rows(start: bytes, encoding: str | None) -> Iterator[NumberedRow]:
    """The first rows of a table, up to one that cannot be read; for telling which table it is."""
    text = read_start(start, encoding)
    delimiter = delimiter_of(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    with suppress(csv.Error):  # told by who reads all rows
        for place, cells in enumerate(reader):
            if place or not is_separator_line(cells, delimiter):
                yield reader.line_num, tuple(cells)


def count_csv(text: Text, delimiter: str) -> int:
    """Rows up to the last that is not blank; a second count, which looks at nothing else."""
    last = number = 0
    for number, (_, cells) in enumerate(csv_rows(text, delimiter), start=1):
        if "".join(cells).strip():
            last = number
    if last > MOST_ROWS:
        raise too_large(text.name, f"{last:,} rows", f"{MOST_ROWS:,}")
    return last


def line_ending_of(text: Text) -> str:
    """crlf, lf, or the cr of the first Macintosh; raises InputRefused for what no table of text may have."""
    is_blank, has_newline, has_pair, lines = True, False, False, 0
    bare: int | None = None
    with text.path.open("rb") as file:
        for block in whole_lines(file):
            if b"\0" in block:
                raise InputRefused(
                    "IN-04",
                    "There is a NUL character that text cannot hold",
                    file=text.name,
                    line=lines + block.count(b"\n", 0, block.find(b"\0")) + 1,
                )
            # Only the first line of a block can have begun in an earlier one.
            first_end = re.search(rb"[\r\n]", block)
            if (first_end.start() if first_end else len(block)) > LONGEST_LINE_BYTES:
                raise refused_line("IN-05", text, lines + 1)
            if bare is None and (found := re.search(rb"\r(?!\n)", block)):
                bare = lines + block.count(b"\n", 0, found.start()) + 1
            is_blank = is_blank and not block.strip()
            has_newline = has_newline or b"\n" in block
            has_pair = has_pair or b"\r\n" in block
            lines += block.count(b"\n")
    if is_blank:
        raise InputRefused("IN-01", "The file is empty", file=text.name)
    if bare is not None and has_newline:
        raise InputRefused("IN-03", "A line ends in a bare carriage return", file=text.name, line=bare)
    return "cr" if bare is not None else "crlf" if has_pair else "lf"


def delimiter_of(start: str) -> str:
    """What separates the cells: the mark that stands equally often on most of the first lines."""
    lines = re.sub(r'"[^"]*"', "", start).splitlines()[:FIRST_ROWS]

    def regularity(mark: str) -> tuple[int, int]:
        counts = Counter(count for line in lines if (count := line.count(mark)))
        often, lines_alike = counts.most_common(1)[0] if counts else (0, 0)
        return lines_alike, often

    return max(DELIMITERS, key=regularity)


def without_blank_end(rows: Iterator[NumberedRow]) -> Iterator[NumberedRow]:
    held: list[NumberedRow] = []
    for row in rows:
        if any(cell.strip() for cell in row[1]):
            yield from held
            held.clear()
            yield row
        else:
            held.append(row)


def too_large(file: str, has: str, most: str) -> InputRefused:
    return InputRefused(
        "IN-44",
        f"The table has {has}; at most {most} are read",
        file=file,
        remedy="Deliver the rows and columns of these patients only, or several files.",
    )


# ---------------------------------------------------------------- workbooks


def workbook_sheet(content: Content, name: str | None) -> Sheet:
    """One sheet of a workbook, copied beside it as CSV of ours: sheet row, then the cells."""
    refuse_bomb(content)
    with readable(content):
        book = workbook.open_book(content.path)
        place = next(sheet for sheet in book.sheets if sheet.name == name)
        copy = content.path.with_name(f"{content.path.name}.{book.sheets.index(place)}.csv")
        events: Counter[str] = Counter()
        unresolved: dict[tuple[str, int], Unresolved] = {}
        merged: list[str] = []
        n_copied = width = last_filled = last_row = 0
        with copy.open("w", encoding="utf-8", newline="") as file:
            copy.chmod(0o600)
            writer = csv.writer(file)
            for row in workbook.rows_of(book, place, merged):
                writer.writerow((row.number, *row.cells))
                n_copied += 1
                events["excel_dates_to_iso"] += row.has_dates
                events["hidden_rows"] += row.is_hidden
                filled = max((at for at, cell in enumerate(row.cells, 1) if cell.strip()), default=0)
                width = max(width, filled)
                last_filled, last_row = (n_copied, row.number) if filled else (last_filled, last_row)
                for kind, column in row.unresolved:
                    found = unresolved.setdefault((kind, column), Unresolved())
                    found.rows += [row.number] if len(found.rows) < FIRST_ROWS + 1 else []
                    found.count += 1
                    found.texts[row.cells[column]] += 1
        # A row that the copy lacked would be missed when the load is counted.
        n_lost = workbook.count_rows(book, place) - n_copied
        book.close()
    if width > MOST_COLUMNS:
        raise too_large(content.name, counted(width, "column"), f"{MOST_COLUMNS:,}")

    def rows() -> Iterator[NumberedRow]:
        with copy.open(encoding="utf-8", newline="") as file:
            for number, *cells in csv.reader(file):
                yield int(number), (*cells[:width], *("",) * (width - len(cells)))

    noted = [
        *(["excel_dates_to_iso"] if events["excel_dates_to_iso"] else []),
        *([f"hidden_rows:{counted(events['hidden_rows'], 'row')}"] if events["hidden_rows"] else []),
        *([f"hidden_sheet:{place.name}"] if place.is_hidden else []),
        *([f"merged_cells:{', '.join(merged[:MOST_NAMED])}"] if merged else []),
    ]
    return Sheet(
        name=place.name,
        rows=lambda: islice(rows(), last_filled),
        n_rows=last_filled + n_lost,
        last_row=last_row,
        encoding="xlsx",
        delimiter="",
        line_ending="",
        events=(*content.events, *noted),
        unresolved=unresolved,
    )


@contextmanager
def readable(content: Content) -> Iterator[None]:
    """What stumbles over a damaged workbook inside this block is refused as such."""
    try:
        yield
    except InputRefused:
        raise
    except Exception as error:  # whatever zipfile, zlib and XML have to say
        what = str(error) if isinstance(error, workbook.Damaged) else "a part of it is damaged"
        raise InputRefused(
            "IN-08",
            f"The workbook cannot be opened ({what})",
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


# ---------------------------------------------------------------- the first rows of each table


def first_tables(
    path: Path, start: bytes, encoding: str | None
) -> Iterator[tuple[str | None, list[NumberedRow]]]:
    """The first rows of each sheet, or of the one table, for telling which table it is."""
    if start.startswith(b"PK\x03\x04"):
        try:
            for name, rows in workbook.first_rows(path, FIRST_ROWS):
                yield name, [(row.number, row.cells) for row in rows]
        except Exception:  # told by the reader, as above
            return
        return
    yield None, list(islice(first_csv_rows(start, encoding), FIRST_ROWS))


def first_cells(path: Path, start: bytes, encoding: str | None) -> Iterator[list[str]]:
    """The first rows of a delivered file, for telling which table it is."""
    for _, rows in first_tables(path, start, encoding):
        for _, cells in rows:
            yield [one_line(cell) for cell in cells]
