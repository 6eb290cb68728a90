"""Bytes that survive a power cut: written, flushed, and their names flushed too.

DuckDB flushes its files and never the folder that names them; a file is safe only after both.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from pathlib import Path
from typing import IO

CHUNK_BYTES = 1 << 20


def fsync_path(path: Path) -> None:
    """Flush one file, or one folder's list of names, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_folder(folder: Path) -> None:
    """Make the names in a folder safe: what was created, renamed or swung in it."""
    fsync_path(folder)


def sha256_of(file: Path) -> str:
    """SHA-256 of a file's bytes, in hex; OSError for a folder, or a pipe that nobody may ever fill."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "no regular file", str(file))
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    finally:
        os.close(descriptor)


def has_sha256(file: Path, wanted: str) -> bool:
    """Whether a file itself, and no link, folder or pipe, lies here with these bytes."""
    return is_regular(file) and sha256_of(file) == wanted


def is_regular(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def no_file_below(folder: Path) -> Path | None:
    """The first thing at a folder or below it that is neither a file nor a folder itself: a link, a pipe."""
    paths = (folder, *sorted(folder.rglob("*")))
    return next((path for path in paths if path.is_symlink() or not (path.is_file() or path.is_dir())), None)


def remove(path: Path) -> None:
    """A folder with all that is in it, or a file; of a link the link alone."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def digests_below(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder, by its path in it; a link counts as what it leads to."""
    return {
        str(file.relative_to(folder)): sha256_of(file) for file in sorted(folder.rglob("*")) if file.is_file()
    }


def write_new(file: Path, content: bytes, *, mode: int) -> None:
    """Write a file that does not exist yet, flush it, then give it its final mode."""
    with open_new(file) as target:
        target.write(content)
        settle(target, mode)


def copy_new(source: Path, file: Path, *, mode: int) -> str:
    """Copy into a file that does not exist yet, flushed; the SHA-256 of the bytes that were copied."""
    digest = hashlib.sha256()
    with source.open("rb") as origin, open_new(file) as target:
        while chunk := origin.read(CHUNK_BYTES):
            digest.update(chunk)
            target.write(chunk)
        settle(target, mode)
    return digest.hexdigest()


def open_new(file: Path) -> IO[bytes]:
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def settle(target: IO[bytes], mode: int) -> None:
    target.flush()
    # Whatever the caller's umask was.
    os.fchmod(target.fileno(), mode)
    os.fsync(target.fileno())
