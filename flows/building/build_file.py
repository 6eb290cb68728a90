"""The one file that dbt builds: how it is made, closed and discarded, whoever starts dbt."""

from __future__ import annotations

import shutil
from pathlib import Path

from flows.errors import AuditRefused
from flows.home import Home
from flows.integrity.durable import fsync_path, is_regular, remove
from flows.integrity.lost import put_aside

# Older clients (1.x command lines, R, BI tools) open this storage; DuckDB 2's own default they cannot.
STORAGE_VERSION = "v1.5.0"


def make_room(home: Home) -> None:
    """Take the last build away; what lies in its place and is no file is nobody's build, and put aside."""
    put_aside(home, [path for path in (home.build, log_of(home.build)) if not is_regular(path)])
    discard(home.build)


def create_empty(file: Path) -> None:
    """A new, empty, private database in the storage that older clients can read."""
    import duckdb

    discard(file)
    quoted = str(file).replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{quoted}' as made (storage_version '{STORAGE_VERSION}')")
        connection.execute("detach made")
    file.chmod(0o600)


def close(file: Path) -> None:
    """Leave one complete file on the disk: no write-ahead log beside it."""
    import duckdb

    with duckdb.connect(str(file)) as connection:
        connection.execute("checkpoint")
    if log_of(file).exists():
        raise AuditRefused("BLD-05", "The build was not closed: a write-ahead log lies beside it", file=file)
    fsync_path(file)


def keep_refused(candidate: Path, kept: Path) -> None:
    """Put a build that did not pass where people can look at it."""
    discard(kept)
    if candidate.exists():
        shutil.move(candidate, kept)
    log_of(candidate).unlink(missing_ok=True)


def discard(file: Path) -> None:
    """A database, its log, and what it spilled beside itself before it was killed."""
    for path in (file, log_of(file), file.with_name(file.name + ".tmp")):
        remove(path)


def log_of(file: Path) -> Path:
    """Where DuckDB keeps what it has not yet written into the file."""
    return file.with_name(file.name + ".wal")
