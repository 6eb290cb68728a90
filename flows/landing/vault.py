"""Delivered bytes: taken in once under the hash of their content, checked, kept for good and read-only.

A file is copied to the home's work folder while it is hashed; nothing later in the pipeline touches what the
user named. `keep` moves the copy to vault/<sha256> when its load is about to commit, so a refused delivery
leaves nothing there. Compressed files are unpacked here, bounded and with their checksum tested, because
DuckDB does not test it.
"""

from __future__ import annotations

import hashlib
import os
import stat
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import IO

from flows.errors import InputRefused, IntegrityDamaged, ResourcesExhausted
from flows.home import Home
from flows.integrity import durable
from flows.integrity.lost import put_aside
from flows.landing.text.encodings import UTF8_BOM, utf16_of

CHUNK = 1 << 19
AHEAD = 2  # chunks that may be written before they are hashed and looked at
GZIP_MAGIC = b"\x1f\x8b"
LARGEST_UNPACKED_BYTES = 200 * 2**30
SUSPICIOUS_RATIO = 200  # text compresses tens of times; past 100 MB more than this is a bomb
SUSPICIOUS_BYTES = 100 * 2**20

Watch = Callable[[bytes | bytearray], None]


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one delivered file.

    name              the name it was delivered under; shown to people, never opened again
    path              the unpacked bytes, under a name that is a hash
    sha256, size      of the unpacked bytes: what makes two deliveries the same
    delivered_path    the bytes as delivered, and their hash; equal to path and sha256 unless compressed
    is_ascii          whether every unpacked byte is below 128, so that no encoding need be guessed
    events            what was done to them ("gzip_unpacked")
    encoding          what the person who loads it says that its text is in, if anything
    """

    name: str
    path: Path
    sha256: str
    size: int
    delivered_path: Path
    delivered_sha256: str
    is_ascii: bool
    events: tuple[str, ...] = ()
    encoding: str | None = None


def open_delivered(path: Path) -> int:
    """A descriptor of a regular file, never of a pipe, device or link; raises InputRefused IN-10."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if path.is_symlink():
            what = "This is a symbolic link, which is not followed"
            remedy = "Put the file or folder itself there, or give its own path."
        else:
            what = f"The file cannot be opened: {error.strerror or 'the system refused'}"
            remedy = "Put a readable copy of the file itself there."
        raise InputRefused("IN-10", what, file=path, remedy=remedy) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InputRefused("IN-10", "This is not a regular file", file=path)
    return descriptor


def peek(path: Path, size: int = 1 << 16) -> bytes:
    """The first bytes of a delivered file, for telling what it is: unpacked, without a byte-order mark, and
    UTF-16 as UTF-8."""
    start = peek_unpacked(path, size)
    if utf16 := utf16_of(start[:64]):
        return start[: len(start) & ~1].decode(utf16, "replace").encode()
    return start.removeprefix(UTF8_BOM)


def peek_unpacked(path: Path, size: int) -> bytes:
    descriptor = open_delivered(path)
    with os.fdopen(descriptor, "rb") as file:
        start = file.read(size)
    if not start.startswith(GZIP_MAGIC):
        return start
    try:
        return zlib.decompressobj(wbits=31).decompress(start, size)
    except zlib.error:
        return start


def unpacked(path: Path) -> Iterator[bytes]:
    """The bytes of a delivered file where it lies, unpacked; raises InputRefused IN-08 to IN-10."""
    descriptor = open_delivered(path)
    try:
        if os.pread(descriptor, 2, 0) == GZIP_MAGIC:
            yield from _unpacked(descriptor, path)
        else:
            yield from map(bytes, _chunks(descriptor, os.fstat(descriptor).st_size))
    finally:
        os.close(descriptor)


def receive(path: Path, home: Home, watch: Watch | None = None, encoding: str | None = None) -> Content:
    """Copy a delivered file into the work folder, hashed, and unpacked if it is gzip.

    `encoding` is what its text was said to be in. `watch` is shown the unpacked bytes in order, in pieces
    of at most CHUNK bytes.

    Raises InputRefused: IN-08 damaged gzip, IN-09 unpacks beyond bounds, IN-10 unreadable, IN-29 changed
    while it was read.
    """
    home.prepare()
    descriptor = open_delivered(path)
    try:
        before = os.fstat(descriptor)
        is_packed = os.pread(descriptor, 2, 0) == GZIP_MAGIC
        chunks = _chunks(descriptor, before.st_size)
        copy, digest, size, is_ascii = _copy_hashed(chunks, home, None if is_packed else watch)
        after = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or size != after.st_size:
        raise InputRefused(
            "IN-29",
            "The file changed while it was being read",
            file=path,
        )
    if not is_packed:
        return Content(path.name, copy, digest, size, copy, digest, is_ascii, encoding=encoding)
    with copy.open("rb", buffering=0) as file:
        pieces = _unpacked(file.fileno(), path)
        unpacked, content_digest, content_size, is_ascii = _copy_hashed(pieces, home, watch)
    events = ("gzip_unpacked",)
    return Content(
        path.name, unpacked, content_digest, content_size, copy, digest, is_ascii, events, encoding
    )


def keep(content: Content, home: Home) -> None:
    """Keep the delivered bytes as vault/<sha256>, read-only and on disk; a no-op if they are there.

    What lies there under their name and is altered is put aside.
    """
    kept = home.vault / content.delivered_sha256
    if durable.has_sha256(kept, kept.name):
        return
    put_aside(home, [kept])
    content.delivered_path.chmod(0o400)
    durable.fsync_path(content.delivered_path)
    os.link(content.delivered_path, kept)
    durable.fsync_folder(home.vault)


def vault_damaged(code: str, what: str, path: Path) -> IntegrityDamaged:
    return IntegrityDamaged(
        code, what, file=path, unchanged="Nothing was changed.",
    )  # fmt: skip


def _chunks(descriptor: int, size: int) -> Iterator[bytearray]:
    """The bytes of a file, in a few buffers by turns; at most one piece beyond the size it had."""
    done = 0
    buffers = cycle([bytearray(CHUNK) for _ in range(AHEAD + 1)])
    while done <= size and (length := os.readv(descriptor, [buffer := next(buffers)])):
        done += length
        yield buffer if length == CHUNK else buffer[:length]


def _copy_hashed(
    chunks: Iterator[bytes | bytearray], home: Home, watch: Watch | None
) -> tuple[Path, str, int, bool]:
    """Write to work/receiving-<pid>, then rename to work/<sha256>: path, hash, size, whether it is ASCII.

    A chunk is looked at until a few more have been taken.
    """
    draft = home.work / f"receiving-{os.getpid()}"
    digest, size, is_ascii = hashlib.sha256(), 0, True
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb", buffering=0) as file, ExitStack() as held:
            # Beside the writing, each with a thread of its own, so that it sees the chunks in their order.
            others = [
                (held.enter_context(ThreadPoolExecutor(1)), each)
                for each in (digest.update, watch)
                if each is not None
            ]
            blocks: deque[list[Future[None]]] = deque()
            for chunk in chunks:
                blocks.append([thread.submit(each, chunk) for thread, each in others])
                size += len(chunk)
                is_ascii = is_ascii and chunk.isascii()
                write_all(file, chunk)
                if len(blocks) > AHEAD:
                    finish(blocks.popleft())
            for rest in blocks:
                finish(rest)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ResourcesExhausted(
            "RES-01",
            f"The work folder cannot take the file: {error.strerror}",
            file=home.work,
        ) from None
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    copy = home.work / digest.hexdigest()
    draft.replace(copy)
    return copy, digest.hexdigest(), size, is_ascii


def finish(others: Sequence[Future[None]]) -> None:
    for other in others:
        other.result()


def write_all(file: IO[bytes], chunk: bytes | bytearray) -> None:
    """Unbuffered files may take less than they are given."""
    rest = memoryview(chunk)
    while rest:
        rest = rest[file.write(rest) :]


def _unpacked(descriptor: int, delivered: Path) -> Iterator[bytes]:
    """The content of a gzip file of one or more members, each member's checksum and length tested."""
    packed_size, unpacked_size, members = 0, 0, 0
    unpacker = None
    while chunk := os.read(descriptor, CHUNK):
        packed_size += len(chunk)
        while chunk:
            if unpacker is None:
                if not chunk.startswith(GZIP_MAGIC[: len(chunk)]):
                    raise _damaged(delivered, "bytes follow its end that are not gzip")
                unpacker = zlib.decompressobj(wbits=31)
            try:
                piece = unpacker.decompress(chunk, CHUNK)
            except zlib.error:
                raise _damaged(delivered, "its checksum or its stream is wrong") from None
            unpacked_size += len(piece)
            if unpacked_size > LARGEST_UNPACKED_BYTES or (
                unpacked_size > SUSPICIOUS_BYTES and unpacked_size > SUSPICIOUS_RATIO * packed_size
            ):
                raise InputRefused(
                    "IN-09",
                    f"The file unpacks to more than {SUSPICIOUS_RATIO} times its size",
                    file=delivered,
                )
            if piece:
                yield piece
            if unpacker.eof:
                members += 1
                chunk, unpacker = unpacker.unused_data, None
            else:
                chunk = unpacker.unconsumed_tail
    if unpacker is not None or not members:
        raise _damaged(delivered, "it ends too early")


def _damaged(delivered: Path, how: str) -> InputRefused:
    return InputRefused(
        "IN-08",
        f"The gzip file is damaged: {how}",
        file=delivered,
        remedy="Ask for the file again, or compress it again from the original.",
    )
