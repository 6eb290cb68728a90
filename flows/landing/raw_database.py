"""raw.duckdb opened for its one writer: settings, transactions, vocabulary, errors in our words."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from flows.errors import (
    AuditRefused,
    InputRefused,
    IntegrityDamaged,
    MetachronError,
    ResourcesExhausted,
    WarehouseBusy,
)
from flows.home import Home
from flows.landing import raw_schema
from flows.landing.forms.delivery import literal
from flows.landing.raw_seal import sealed
from flows.landing.vocabulary import vocabulary
from flows.process.boundary import is_damaged, is_locked

MEMORY_LIMIT = "1400MB"
THREADS = 2
VOCABULARY_COLUMNS = ("column_name", "label", "code", "meaning", "vocabulary_version")


@contextmanager
def open_raw(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """raw.duckdb with its tables and this version's vocabulary, sealed again when it is closed.

    DuckDB's errors become ours; raises IntegrityDamaged for a raw.duckdb that somebody else altered.
    """
    with sealed(home), in_our_words(home), connected(home) as connection:
        yield connection


@contextmanager
def in_our_words(home: Home) -> Iterator[None]:
    """DuckDB's errors about raw.duckdb as ours."""
    try:
        yield
    except duckdb.Error as error:
        failure = translate_duckdb_error(error, home)
        if failure is None:
            raise
        raise failure from None


@contextmanager
def connected(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = None
    # What a killed process spilled is patients' rows, and DuckDB leaves it there for good.
    shutil.rmtree(home.work / "spill", ignore_errors=True)
    try:
        connection = duckdb.connect()
        for setting in (
            f"memory_limit = '{MEMORY_LIMIT}'",
            f"threads = {THREADS}",
            f"temp_directory = {literal(str(home.work / 'spill'))}",
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            "enable_progress_bar = false",
            # Rows bring their line; writing them in the file's order would take longer.
            "preserve_insertion_order = false",
        ):
            connection.execute(f"set {setting}")
        # Under another name than its schema: raw.loads of a database called raw would be ambiguous.
        connection.execute(f"attach {literal(str(home.raw))} as landed")
        connection.execute("use landed")
        home.raw.chmod(0o600)
        with transaction(connection):
            raw_schema.create(connection)
            refresh_vocabulary(connection)
        yield connection
    finally:
        if connection is not None:
            connection.close()


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing; whatever is raised inside rolls back."""
    connection.execute("begin transaction")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def translate_duckdb_error(error: duckdb.Error, home: Home) -> MetachronError | None:
    """Our word for DuckDB's failure; its own messages quote the data. None for what must be a bug."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return ResourcesExhausted(
            "RES-02", "Memory or temporary disk space ran out while landing", file=home.raw,
            unchanged="Nothing of this load was kept.",
        )  # fmt: skip
    if isinstance(error, duckdb.ConnectionException) or (
        isinstance(error, duckdb.IOException) and is_locked(error)
    ):
        return WarehouseBusy(
            "LOCK-02", "Another process has raw.duckdb open", file=home.raw,
            unchanged="Nothing was changed.",
        )  # fmt: skip
    if isinstance(error, duckdb.TransactionException) and "aborted" in str(error):
        return AuditRefused(
            "LAND-02", "A statement of the transaction failed, so all of it was taken back", file=home.raw,
            unchanged="Nothing of this load was kept.",
        )  # fmt: skip
    if is_damaged(error):
        return IntegrityDamaged(
            "INT-07", "raw.duckdb, or the write-ahead log beside it, cannot be read: its bytes are damaged",
            file=home.raw, unchanged="Nothing was changed.",
        )  # fmt: skip
    if isinstance(error, (duckdb.IOException, duckdb.FatalException, duckdb.TransactionException)):
        return ResourcesExhausted(
            "RES-03", "raw.duckdb cannot be read or written", file=home.raw,
            unchanged="Nothing of this load was kept.",
        )  # fmt: skip
    if not isinstance(error, (duckdb.InvalidInputException, duckdb.ConversionException)):
        return None
    return InputRefused(
        "IN-30", f"DuckDB cannot read the file in the way our own count did ({type(error).__name__})",
        unchanged="Nothing of this load was kept.",
    )  # fmt: skip


def refresh_vocabulary(connection: duckdb.DuckDBPyConnection) -> None:
    """Put this version's words into raw.vocabulary; words of overlays stay."""
    shipped = vocabulary()
    versions = {f"{shipped.version}": shipped.labels, f"{shipped.version} codes": shipped.codes}
    have = connection.execute(
        "select count(*) from raw.vocabulary where vocabulary_version in (?, ?)", list(versions)
    ).fetchall()[0][0]
    labels = {(word.column_name, word.label) for word in shipped.labels}
    rows = [
        (word.column_name, word.label, word.code, word.meaning, version)
        for version, words in versions.items()
        for word in words
        if version == shipped.version or (word.column_name, word.label) not in labels
    ]
    if have == len(rows):
        return
    connection.execute("delete from raw.vocabulary where vocabulary_version not like 'overlay %'")
    words = pa.table(dict(zip(VOCABULARY_COLUMNS, map(list, zip(*rows, strict=True)), strict=True)))
    connection.register("words", words)
    connection.execute("insert into raw.vocabulary by name select * from words")
    connection.unregister("words")
