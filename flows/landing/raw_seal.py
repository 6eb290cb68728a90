"""raw.duckdb as we left it: the hash of its bytes, in the ledger, each time it was written and closed.

Whoever changes a row, with whatever tool, changes the hash; and so does a disk. A marker lies beside the file
while we have it open: after a kill the bytes are in doubt. Then the rows of every load are landed again from
the vault and compared, before anything relies on them and before the bytes are sealed anew: anybody can put a
marker there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from flows.errors import IntegrityDamaged
from flows.home import Home
from flows.integrity import ledger
from flows.integrity.durable import fsync_folder, is_regular, sha256_of, write_new
from flows.landing.forms.delivery import literal
from flows.process.memory_database import memory_database

EVENT = "raw_closed"
BORN = {EVENT, "load_started"}


@contextmanager
def sealed(home: Home) -> Iterator[None]:
    """Around whatever writes raw.duckdb: refuse one that somebody else altered, seal the one we leave.

    Raises IntegrityDamaged INT-08 or INT-20.
    """
    refuse_altered(home)
    discard_unborn(home)
    before = None if in_doubt(home) else stamp(home)
    if not (marker := marker_of(home)).exists():
        write_new(marker, b"", mode=0o600)
        fsync_folder(home.root)
    try:
        yield
    finally:
        if home.raw.exists() and not log_of(home).exists():
            if stamp(home) != before or last_seal(ledger.read(home)) is None:
                seal(home)
            marker.unlink()


def discard_unborn(home: Home) -> None:
    """A kill while DuckDB made the file leaves one in which no table ever was, if it can be opened at all."""
    if died_at_birth(home):
        home.raw.unlink(missing_ok=True)
        log_of(home).unlink(missing_ok=True)


def is_born(home: Home) -> bool:
    """Whether there is a raw.duckdb with its tables: not one whose making was killed.

    Raises IntegrityDamaged INT-07 where something else lies in its place, or in that of what lies beside it.
    """
    refuse_no_file(home)
    return home.raw.exists() and not died_at_birth(home)


def refuse_no_file(home: Home) -> None:
    """A database behind a link is kept by nobody's walls, and a folder or a pipe is none."""
    for path in (home.raw, log_of(home), marker_of(home)):
        if os.path.lexists(path) and not is_regular(path):
            raise damaged("INT-07", f"No file of its own lies in the place of {path.name}", home, path)


def died_at_birth(home: Home) -> bool:
    """Whether the process that made raw.duckdb was killed before anything could land in it."""
    return marker_of(home).exists() and not any(entry.event in BORN for entry in ledger.read(home))


def seal(home: Home) -> None:
    """Say in the ledger what raw.duckdb is now, unless it is what it was."""
    sha256 = sha256_of(home.raw)
    if sha256 != last_seal(ledger.read(home)):
        ledger.append(home, EVENT, sha256=sha256)


def refuse_altered(home: Home) -> None:
    """Raise IntegrityDamaged when raw.duckdb is not what the ledger, or in doubt the vault, says.

    INT-07 for what is no file, INT-08 for altered bytes or rows, INT-20 where it is gone, INT-21 where that
    cannot be told.
    """
    entries = ledger.read(home)
    refuse_no_file(home)
    sealed_sha256 = last_seal(entries)
    if not home.raw.exists():
        if sealed_sha256 is not None:
            raise damaged("INT-20", "raw.duckdb is gone, and the ledger tells of loads", home)
        return
    if died_at_birth(home) or (not log_of(home).exists() and sha256_of(home.raw) == sealed_sha256):
        return
    if sealed_sha256 is not None and not in_doubt(home):
        raise damaged("INT-08", "raw.duckdb was altered since it was last loaded into", home)
    refuse_other_rows(home)


def refuse_other_rows(home: Home) -> None:
    """Raise IntegrityDamaged when the rows of a load are not those that its files in the vault give."""
    from flows.landing.raw_again import differing_tables
    from flows.landing.raw_database import in_our_words

    with in_our_words(home):
        load_ids = loads_in(home)
        differing = differing_tables(home, load_ids)
    if differing is None:
        raise damaged(
            "INT-21", "raw.duckdb was not closed, and the vault cannot tell whether its rows are whole", home
        )
    if differing:
        raise damaged(
            "INT-08", f"Rows in raw.{', raw.'.join(differing)} are not those of the files in the vault", home
        )


def loads_in(home: Home) -> list[str]:
    with memory_database(home) as connection:
        connection.execute(f"attach {literal(str(home.raw))} as landed (read_only)")
        return [
            load_id for (load_id,) in connection.execute("select load_id from landed.raw.loads").fetchall()
        ]


def damaged(code: str, what: str, home: Home, file: Path | None = None) -> IntegrityDamaged:
    return IntegrityDamaged(code, what, file=file or home.raw, unchanged="Nothing was changed.")


def in_doubt(home: Home) -> bool:
    """Whether a process was killed, or failed, while it had raw.duckdb open."""
    return marker_of(home).exists() or log_of(home).exists()


def last_seal(entries: Sequence[ledger.Entry]) -> str | None:
    """The last hash that the ledger knows; None before the first load."""
    return next((str(entry.facts["sha256"]) for entry in reversed(entries) if entry.event == EVENT), None)


def marker_of(home: Home) -> Path:
    return home.root / "raw.duckdb.open"


def log_of(home: Home) -> Path:
    """Where DuckDB keeps what it has not yet written into the file."""
    return home.root / "raw.duckdb.wal"


def stamp(home: Home) -> tuple[int, int] | None:
    if not home.raw.exists():
        return None
    status = home.raw.stat()
    return status.st_size, status.st_mtime_ns
