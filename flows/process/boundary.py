"""The one place where failures become words: a code, what to do, an exit code, and no patient's value.

Our own failures say what may be said. What the system or DuckDB raises gets our words, because theirs quote
rows. Everything else is a bug: where it happened is shown, what it said is not.
"""

from __future__ import annotations

import errno
import os
import re
import sys
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TextIO, TypeVar

from flows.errors import (
    IntegrityDamaged,
    MetachronError,
    PolicyRefused,
    ResourcesExhausted,
    UsageError,
    WarehouseBusy,
    restore_error,
)

P = ParamSpec("P")
R = TypeVar("R")

DEBUG = "METACHRON_DEBUG"
USED_UP = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
# DuckDB and dbt quote what the system refused.
EXHAUSTED = re.compile("|".join(["Out ?of ?Memory", *sorted(map(os.strerror, USED_UP))]))
LOCKED = re.compile(r"Could not set lock on file|Conflicting lock is held")
DAMAGED = re.compile(r"Corrupt database file|WAL does not match|not a valid DuckDB database file")
# What a path may be wrong with, wherever somebody named it.
UNUSABLE = {errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.EINVAL, errno.ENXIO}
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
NOT_PERMITTED = re.compile("|".join(sorted(map(os.strerror, FORBIDDEN))))
UNCHANGED = "The last good release stays published."


class Bug(Exception):
    """A failure that nobody foresaw: its type and its frames, without what it said.

    What it said is kept apart, as a delivery's value is (flows.errors), and only if METACHRON_DEBUG asks.
    """

    exit_code = 1

    def __init__(self, failure: BaseException) -> None:
        kind, frames = type(failure), "".join(traceback.format_tb(failure.__traceback__))
        self.head = f"Traceback (most recent call last):\n{frames}{kind.__module__}.{kind.__qualname__}"
        self.said = str(failure) if os.environ.get(DEBUG) else None
        super().__init__(self.paragraph())

    def __reduce__(self) -> tuple[Any, ...]:
        return restore_error, (type(self), self.args, {"head": self.head, "said": None})

    def paragraph(self, *, with_value: bool = False) -> str:
        """The traceback as Python prints it, but for the message."""
        if with_value and self.said is not None:
            return f"{self.head}: {self.said}"
        return (
            f"{self.head}\nThis is a bug. Its message may quote a row and is not shown; {DEBUG}=1 shows it."
        )


def is_for_a_person(out: TextIO) -> bool:
    """Whether values may be shown there: somebody sits at it, or asked for them by METACHRON_DEBUG."""
    return out.isatty() or bool(os.environ.get(DEBUG))


def translate_failure(failure: BaseException) -> MetachronError | Bug:
    """Any failure as one that may be shown to anybody and kept in any log."""
    if isinstance(failure, MetachronError | Bug):
        return failure
    if isinstance(failure, MemoryError):
        return used_up("RES-10", "Memory ran out")
    if isinstance(failure, OSError):
        return translate_os_error(failure)
    return translate_duckdb_error(failure) or Bug(failure)


def translating_failures(does: Callable[P, R]) -> Callable[P, R]:
    """The same function, for callers that keep what failures say: Prefect writes it into a database."""

    @wraps(does)
    def guarded(*given: P.args, **named: P.kwargs) -> R:
        try:
            return does(*given, **named)
        except Exception as failure:
            refusal = translate_failure(failure)
            clear_frames(failure)
            raise refusal from None

    return guarded


def clear_frames(failure: BaseException | None) -> None:
    """Empty the frames that a failure came through, and those of the failures before it.

    Whoever keeps the failure would keep their rows with it, and DuckDB's connections beyond the end of the
    interpreter, for which the driver fills the terminal with leaks.
    """
    while failure is not None:
        traceback.clear_frames(failure.__traceback__)
        failure = failure.__context__


def translate_os_error(failure: OSError) -> MetachronError | Bug:
    why, file = os.strerror(failure.errno or 0), failure.filename
    named = Path(os.fsdecode(file)) if isinstance(file, str | bytes | Path) else None
    if failure.errno in USED_UP:
        return used_up("RES-11", f"The system refused: {why}", named)
    if failure.errno in FORBIDDEN:
        return forbidden(why, named)
    if failure.errno in UNUSABLE and named is not None:
        return UsageError(
            "USE-03",
            f"This path cannot be used: {why}",
            file=named,
            unchanged=UNCHANGED,
        )
    return Bug(failure)


def translate_duckdb_error(failure: BaseException) -> MetachronError | None:
    """DuckDB's failures that are not bugs; it is not imported for their sake."""
    duckdb = sys.modules.get("duckdb")
    if duckdb is None or not isinstance(failure, duckdb.Error):
        return None
    if is_damaged(failure):
        return IntegrityDamaged(
            "INT-10", "A database of this home is damaged", unchanged="",
        )  # fmt: skip
    if isinstance(failure, duckdb.OutOfMemoryException):
        return used_up("RES-10", "Memory or temporary disk space ran out")
    if isinstance(failure, duckdb.IOException) and is_locked(failure):
        return WarehouseBusy(
            "LOCK-03", "Another process has a database of this home open",
            unchanged=UNCHANGED,
        )  # fmt: skip
    if isinstance(failure, duckdb.IOException) and (why := NOT_PERMITTED.search(str(failure))):
        return forbidden(why[0])
    if isinstance(failure, duckdb.IOException | duckdb.FatalException):
        return used_up("RES-12", "A database of this home cannot be read or written")
    return None


def is_locked(failure: BaseException) -> bool:
    """Whether DuckDB says that another process has the file; a damaged *block* is something else."""
    return LOCKED.search(str(failure)) is not None


def is_damaged(failure: BaseException) -> bool:
    """Whether DuckDB's own checks say that bytes of a file are wrong; some come as its plainest error."""
    return DAMAGED.search(str(failure)) is not None


def is_exhausted(failure: BaseException) -> bool:
    """Whether DuckDB ran out of memory, disk or open files, which says nothing about the bytes of a file."""
    return EXHAUSTED.search(str(failure)) is not None


def forbidden(why: str, file: Path | None = None) -> PolicyRefused:
    return PolicyRefused(
        "PERM-01", f"The system forbids it: {why}", file=file, unchanged=UNCHANGED,
    )  # fmt: skip


def used_up(code: str, what: str, file: Path | None = None) -> ResourcesExhausted:
    return ResourcesExhausted(
        code, what, file=file, unchanged=UNCHANGED,
    )  # fmt: skip
