"""One writer at a time: a lock that dies with its holder, however the holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from flows.errors import WarehouseBusy
from flows.home import Home

POLL_SECONDS = 0.1


@contextmanager
def single_writer(home: Home, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the home's lock; raise WarehouseBusy (exit 5) if another holds it for `wait_seconds`.

    The kernel frees a flock when its holder dies, so there is no stale lock to clean up. Not reentrant.
    """
    home.prepare()
    # Behind a link, somebody's own file would be emptied.
    kind = os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(home.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | kind, 0o600)
    try:
        _take(descriptor, time.monotonic() + wait_seconds)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
                raise WarehouseBusy(
                    "LOCK-01",
                    f"Another metachron (process {holder}) is writing to this home",
                    unchanged="Nothing was changed.",
                ) from None
            time.sleep(POLL_SECONDS)
