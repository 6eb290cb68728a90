"""Analysts' SQL on the published warehouse: read-only, no files, no network, no settings, bounded."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from flows.errors import ResourcesExhausted, UsageError, WarehouseBusy
from flows.home import Home
from flows.output_folder import write_file
from flows.progress import stage
from flows.publishing.releases import Release, current_release

ROWS_ON_SCREEN = 200
ROWS_AT_ONCE = 10_000
WIDEST_CELL = 60

# In this order: the doors are shut before the key is thrown away.
SETTINGS: dict[str, str | bool | int] = {
    "memory_limit": "2GB",
    "max_execution_time": 600_000,  # milliseconds
    # What spills to disk outlives a kill, readable to whoever reads the disk.
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,
    "enable_progress_bar": False,
    "enable_external_access": False,
    "lock_configuration": True,
}
# DuckDB 1.x cannot limit the time of a query.
MAY_BE_UNKNOWN = {"max_execution_time"}


def run(home: Home, sql: str, *, format: str = "table", out: Path | None = None) -> None:
    """Answer one query (of several statements, the last) to a file or to standard output.

    format  'table' for a screen, at most 200 rows; 'csv', 'json' (a list of objects) and 'parquet' in full
    out     the file to write, for its owner only: new, or written so before; parquet needs one

    Raises UsageError with DuckDB's own words when the query is wrong or not allowed, or when the file is
    somebody else's; ResourcesExhausted when it takes more than 2 GB or ten minutes.
    """
    if format == "parquet" and out is None:
        raise UsageError(
            "SQL-02", "Parquet is not for a terminal", unchanged="", remedy="Name a file with --out FILE."
        )
    release = current_release(home)
    with connect(home, release) as connection, stage("sql", tells_end=False):
        try:
            if format == "parquet":
                content = parquet(connection, sql)
            else:
                columns, rows = execute(connection, sql)
                content = WRITERS[format](columns, rows).encode()
        except (duckdb.OutOfMemoryException, duckdb.InterruptException) as problem:
            raise ResourcesExhausted(
                "SQL-05",
                f"The query was stopped: {first_line(problem)}",
                unchanged="",
                remedy="Ask for less at once: filter or aggregate.",
            ) from None
        except duckdb.Error as problem:
            raise UsageError("SQL-03", str(problem).strip(), unchanged="", remedy="") from None
    if out is None:
        sys.stdout.write(content.decode())
        return
    assert release is not None, "without a release there is no connection"
    contents = {given["sha256"] for given in release.inputs}
    write_file(out, content, "metachron sql", home=home, contents=contents)


def connect(home: Home, release: Release | None = None) -> duckdb.DuckDBPyConnection:
    """A locked-down, read-only connection to a release, else to the published one; close it after use.

    It opens the release's own path and not the link: within one process DuckDB would go on showing the old
    release under the link's name for as long as anyone has it open.
    Raises UsageError when nothing is published yet.
    """
    release = release or current_release(home)
    if release is None:
        raise UsageError(
            "SQL-04", "Nothing is published yet", unchanged="", remedy="Run `metachron run` first."
        )
    try:
        connection = duckdb.connect(str(release.warehouse), read_only=True)
    except duckdb.IOException:
        raise WarehouseBusy(
            "SQL-06",
            "The published file cannot be opened for reading",
            file=release.warehouse,
            unchanged="",
            remedy="Someone may have opened it for writing; releases are for reading only.",
        ) from None
    try:
        lock_down(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def lock_down(connection: duckdb.DuckDBPyConnection) -> None:
    for name, value in SETTINGS.items():
        try:
            connection.execute(f"set {name} = {literal(value)}")
        except duckdb.CatalogException:
            if name not in MAY_BE_UNKNOWN:
                raise


def literal(value: str | bool | int) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value).lower()


def execute(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """The columns of the answer, and its rows as they come."""
    answered = connection.execute(sql)
    # A text without any statement has no answer.
    if answered is None:
        raise UsageError("SQL-03", "There is no statement in this query", unchanged="", remedy="")
    return [column[0] for column in answered.description or ()], fetched(connection)


def fetched(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while rows := connection.fetchmany(ROWS_AT_ONCE):
        yield from rows


def as_table(columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> str:
    """Aligned columns, numbers to the right; says when there is more."""
    shown = [row for _, row in zip(range(ROWS_ON_SCREEN), rows, strict=False)]
    texts = [[cell(value) for value in row] for row in shown]
    widths = [max([len(name), *(len(row[i]) for row in texts)]) for i, name in enumerate(columns)]
    is_number = [any(isinstance(row[i], int | float) for row in shown) for i in range(len(columns))]

    def line(values: Sequence[str]) -> str:
        aligned = zip(values, widths, is_number, strict=True)
        return "  ".join(
            text.rjust(width) if right else text.ljust(width) for text, width, right in aligned
        ).rstrip()

    lines = [line(columns), "  ".join("-" * width for width in widths), *map(line, texts)]
    if next(rows, None) is not None:
        lines.append(f"(the first {ROWS_ON_SCREEN} rows; --format csv gives all)")
    else:
        lines.append(f"({len(shown)} {'row' if len(shown) == 1 else 'rows'})")
    return "\n".join(lines) + "\n"


def cell(value: Any) -> str:
    """One value on a screen: what would move the cursor is shown as an escape."""
    if value is None:
        return "NULL"
    text = "".join(
        letter if letter.isprintable() or letter == "\u00a0" else repr(letter)[1:-1] for letter in str(value)
    )
    return text if len(text) <= WIDEST_CELL else text[: WIDEST_CELL - 1] + "…"


def as_csv(columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> str:
    """Comma-separated with a header; NULL is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def as_json(columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> str:
    """A list of objects, one a row; dates and decimals as texts."""
    listed = [dict(zip(columns, row, strict=True)) for row in rows]
    return json.dumps(listed, ensure_ascii=False, indent=1, default=str, allow_nan=False) + "\n"


def parquet(connection: duckdb.DuckDBPyConnection, sql: str) -> bytes:
    import pyarrow.parquet

    relation = connection.sql(sql)
    if relation is None:
        raise UsageError("SQL-03", "This statement gives no rows to write", unchanged="", remedy="")
    target = io.BytesIO()
    pyarrow.parquet.write_table(relation.to_arrow_table(), target)
    return target.getvalue()


WRITERS = {"table": as_table, "csv": as_csv, "json": as_json}


def first_line(problem: Exception) -> str:
    return str(problem).strip().split("\n")[0]
