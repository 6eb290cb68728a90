"""Files that somebody names on the command line: regular ones, read whole, and no longer than they may be."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from flows.errors import InputRefused, UsageError
from flows.terminal.nearest import advise_path

MOST_BYTES = 1_000_000


def read_given(
    file: Path, what: str, *, code: str, most_bytes: int = MOST_BYTES, known: Sequence[Path] = ()
) -> bytes:
    """The bytes of a file; a pipe or a device is no file, for it may never end.

    what   what the file is to us, such as "study definition"
    known  files that may have been meant by a name that is no file's

    Raises UsageError with `code` when it cannot be read, InputRefused FILE-01 when it is too long.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", closefd=True) as stream:
            kind = os.fstat(descriptor).st_mode
            why = "" if stat.S_ISREG(kind) else "it is no regular file"
            content = b"" if why else stream.read(most_bytes + 1)
    except OSError as problem:
        why = os.strerror(problem.errno or 0)
    except ValueError:
        why = "a path holds no NUL byte"
    if why:
        raise UsageError(
            code, f"The {what} cannot be read: {why}", file=file,
            unchanged="Nothing was changed.", remedy=advise_path(file, known),
        )  # fmt: skip
    if len(content) > most_bytes:
        raise InputRefused(
            "FILE-01", f"This file is too long for a {what}: more than {most_bytes:,} bytes", file=file,
            unchanged="Nothing was changed.",
        )  # fmt: skip
    return content


def read_given_text(file: Path, what: str, *, code: str, most_bytes: int = MOST_BYTES) -> str:
    """The same as text; raises InputRefused FILE-02 naming the line that is not UTF-8, or holds a NUL."""
    content = read_given(file, what, code=code, most_bytes=most_bytes)
    try:
        text, at = content.decode("utf-8-sig"), content.find(b"\0")
    except UnicodeDecodeError as problem:
        text, at = "", problem.start
    if at >= 0:
        raise InputRefused(
            "FILE-02", f"The {what} is not UTF-8 text", file=file, line=content.count(b"\n", 0, at) + 1,
            unchanged="Nothing was changed.",
        )  # fmt: skip
    return text
