"""raw.duckdb as we left it: the hash of its bytes, in the ledger, each time it was written and closed.

Whoever changes a row, with whatever tool, changes the hash; and so does a disk. A marker lies beside the file
while we have it open: after a kill the bytes are in doubt, and until the next load closes it again the counts
of raw.loads and the checksums of DuckDB's own blocks have to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from flows import ledger
from flows.durable import fsync_folder, sha256_of, write_new
from flows.errors import IntegrityDamaged
from flows.home import Home

EVENT = "raw_closed"
BORN = {EVENT, "load_started"}


@contextmanager
def sealed(home: Home) -> Iterator[None]:
    """Around whatever writes raw.duckdb: refuse one that somebody else altered, seal the one we leave.

    Raises IntegrityDamaged INT-08.
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
    """Whether there is a raw.duckdb with its tables: not one whose making was killed."""
    return home.raw.exists() and not died_at_birth(home)


def died_at_birth(home: Home) -> bool:
    """Whether the process that made raw.duckdb was killed before anything could land in it."""
    return marker_of(home).exists() and not any(entry.event in BORN for entry in ledger.read(home))


def seal(home: Home) -> None:
    """Say in the ledger what raw.duckdb is now, unless it is what it was."""
    found = sha256_of(home.raw)
    if found != last_seal(ledger.read(home)):
        ledger.append(home, EVENT, sha256=found)


def refuse_altered(home: Home) -> None:
    """Raise IntegrityDamaged when raw.duckdb is not what the ledger says; silent while that is in doubt."""
    wanted = last_seal(ledger.read(home))
    if wanted is None or in_doubt(home) or not home.raw.exists() or sha256_of(home.raw) == wanted:
        return
    raise IntegrityDamaged(
        "INT-08",
        "raw.duckdb was altered since it was last loaded into",
        file=home.raw,
        unchanged="Nothing was changed.",
        remedy="Restore it from a backup, or move it away and load the files in vault/ again.",
    )


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
    found = home.raw.stat()
    return found.st_size, found.st_mtime_ns
