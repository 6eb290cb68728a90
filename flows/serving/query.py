"""Analysts' SQL on the published warehouse: read-only, no files, no network, no settings, bounded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import duckdb

from flows.errors import ResourcesExhausted, UsageError, WarehouseBusy
from flows.files.output_folder import file_written
from flows.home import Home
from flows.process.memory_bound import bounded_memory
from flows.publishing.releases import Release, current_release
from flows.serving.answer_formats import FORMATS, Rows
from flows.terminal.progress import stage

ROWS_AT_ONCE = 2_048
ROWS_A_GROUP = 65_536
# Of the whole process: twice what DuckDB may take, for the values that it does not count and for Python's.
GIGABYTES = 4.0

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
    """Answer one query (of several statements, the last) to a file or to standard output, as its rows come.

    format  'table' for a screen, at most 200 rows; 'csv', 'json' (a list of objects) and 'parquet' in full
    out     the file to write, for its owner only: new, or written so before; parquet needs one

    Raises UsageError with DuckDB's own words when the query is wrong or not allowed, or when the file is
    somebody else's; ResourcesExhausted when it takes too much memory or more than ten minutes.
    """
    if format == "parquet" and out is None:
        raise UsageError("SQL-02", "Parquet is not for a terminal", unchanged="")
    release = current_release(home)
    with bounded_memory(GIGABYTES), connect(home, release) as connection, stage("sql", tells_end=False):
        if out is None:
            with translating_query_errors():
                for text in texts(connection, sql, format):
                    sys.stdout.write(text)
            return
        assert release is not None, "without a release there is no connection"
        contents = {given["sha256"] for given in release.inputs}
        with (
            file_written(out, "metachron sql", home=home, contents=contents) as file,
            translating_query_errors(),
        ):
            if format == "parquet":
                write_parquet(connection, sql, file)
            else:
                for text in texts(connection, sql, format):
                    file.write(text.encode())


@contextmanager
def translating_query_errors() -> Iterator[None]:
    """What DuckDB, Arrow and Python say of a query that is wrong or too large, in one paragraph."""
    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.InterruptException, MemoryError) as problem:
        raise stopped(first_line(problem)) from None
    except duckdb.Error as problem:
        raise UsageError("SQL-03", str(problem).strip(), unchanged="") from None


def stopped(why: str) -> ResourcesExhausted:
    return ResourcesExhausted(
        "SQL-05",
        f"The query was stopped: {why or 'memory ran out'}",
        unchanged="No file was written; what was printed before this is not the whole answer.",
    )


def connect(
    home: Home, release: Release | None = None, *, memory: str | None = None
) -> duckdb.DuckDBPyConnection:
    """A locked-down, read-only connection to a release, else to the published one; close it after use.

    memory  what DuckDB may take, if less than for a query at the terminal

    It opens the release's own path and not the link: within one process DuckDB would go on showing the old
    release under the link's name for as long as anyone has it open.
    Raises UsageError when nothing is published yet.
    """
    release = release or current_release(home)
    if release is None:
        raise UsageError("SQL-04", "Nothing is published yet", unchanged="")
    try:
        connection = duckdb.connect(str(release.warehouse), read_only=True)
    except duckdb.IOException:
        raise WarehouseBusy(
            "SQL-06",
            "The published file cannot be opened for reading",
            file=release.warehouse,
            unchanged="",
        ) from None
    try:
        lock_down(connection, SETTINGS if memory is None else SETTINGS | {"memory_limit": memory})
    except BaseException:
        connection.close()
        raise
    return connection


def lock_down(connection: duckdb.DuckDBPyConnection, settings: dict[str, str | bool | int]) -> None:
    for name, value in settings.items():
        try:
            connection.execute(f"set {name} = {literal(value)}")
        except duckdb.CatalogException:
            if name not in MAY_BE_UNKNOWN:
                raise


def literal(value: str | bool | int) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value).lower()


def texts(connection: duckdb.DuckDBPyConnection, sql: str, format: str) -> Iterator[str]:
    """The answer in one of the formats for people and programs, a piece at a time."""
    answered = connection.execute(sql)
    # A text without any statement has no answer.
    if answered is None:
        raise UsageError("SQL-03", "There is no statement in this query", unchanged="")
    columns = [column[0] for column in answered.description or ()]
    return FORMATS[format](columns, fetched(connection))


def fetched(connection: duckdb.DuckDBPyConnection) -> Iterator[Rows]:
    while rows := connection.fetchmany(ROWS_AT_ONCE):
        yield rows


def write_parquet(connection: duckdb.DuckDBPyConnection, sql: str, file: IO[bytes]) -> None:
    """The answer as Parquet, a row group at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    relation = connection.sql(sql)
    if relation is None:
        raise UsageError("SQL-03", "This statement gives no rows to write", unchanged="")
    try:
        reader = relation.to_arrow_reader(ROWS_A_GROUP)
        with pq.ParquetWriter(file, reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)
    except (pa.ArrowException, OSError) as problem:
        if isinstance(problem, OSError) and problem.errno:
            raise
        raise stopped(first_line(problem)) from None


def first_line(problem: Exception) -> str:
    return str(problem).strip().split("\n")[0]
