"""Ending: what we start ends with us, however we end; and we end within two seconds of being told to.

Linux tells a child when its parent dies, also by kill -9. Elsewhere a child ends with the block that
holds it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import IO, Any

# How long unwinding may take once we were told to end: transactions roll back, work files go.
UNWINDING_SECONDS = 1.2

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

_living: set[subprocess.Popen[Any]] = set()
_told: list[int] = []


def start(
    command: Sequence[str], *, at_our_death: signal.Signals = signal.SIGKILL, **settings: Any
) -> subprocess.Popen[Any]:
    """Start a process that gets a signal at our death, in a group of its own.

    at_our_death  SIGTERM for what has something to put away, and can be relied on to do so

    A key pressed at the terminal reaches us alone, and we end the group. To Linux our death is that of the
    thread which started it, so that this thread must wait for it.
    """
    process = subprocess.Popen(
        command, process_group=0, preexec_fn=_dies_with(os.getpid(), at_our_death), **settings
    )
    _living.add(process)
    return process


@contextmanager
def child(command: Sequence[str], **settings: Any) -> Iterator[subprocess.Popen[Any]]:
    """A process that is over when the block is: waited for at its end, killed if the block fails."""
    process = start(command, **settings)
    try:
        with process:
            try:
                yield process
            except BaseException:
                end(process)
                raise
    finally:
        _living.discard(process)


def ask(
    command: Sequence[str], *, said: str = "", timeout: float | None = None, **settings: Any
) -> tuple[int, str, str]:
    """Run a process to its end: its exit code and the texts of both streams.

    said  what it is given on its standard input

    Raises subprocess.TimeoutExpired, and OSError when it cannot be started.
    """
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with child(command, text=True, **pipes, **settings) as process:
        out, err = process.communicate(said, timeout=timeout)
    return process.returncode, out, err


def end(process: subprocess.Popen[Any], seconds: float = 0.0) -> None:
    """End a process and its group; politely first, if it is given time to put something away."""
    if seconds and process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)
    if process.poll() is None:
        _kill_group(process)
        process.wait()
    _living.discard(process)


def _kill_group(process: subprocess.Popen[Any]) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _dies_with(parent: int, sent: signal.Signals) -> Callable[[], None] | None:
    """What a child does between fork and exec."""
    if LIBC is None:
        return None

    def prepare() -> None:
        # Whoever starts us in the background has us ignore it, and Prefect's worker ends itself by it.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        LIBC.prctl(PR_SET_PDEATHSIG, int(sent))
        if os.getppid() != parent:
            # The parent died before the kernel was asked to tell.
            os._exit(1)

    return prepare


def end_promptly(say: Callable[[], None]) -> None:
    """Let SIGINT and SIGTERM unwind this process, and end it where it is if that takes long.

    say  called before the process is ended without unwinding

    DuckDB's queries do not hear signals before they are done; what we leave then is what kill -9 leaves.
    """
    reader, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK) if hasattr(os, "pipe2") else os.pipe()
    os.set_blocking(reader, True)
    os.set_blocking(writer, False)
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, unwind)
    # Written to by the handler in C, so that the watch hears of it while Python is held up.
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(os.fdopen(reader, "rb", 0), say), daemon=True).start()


def unwind(number: int, _frame: FrameType | None) -> None:
    """Unwind as Ctrl-C does; the second time at once."""
    _told.append(number)
    # Python would print what fails while half-made objects are put away, such as an open ZIP file.
    sys.unraisablehook = lambda _: None
    raise KeyboardInterrupt


def ending_signal(failure: BaseException) -> int | None:
    """The signal that told us to end, if one did: whatever failed after it is no failure."""
    if _told:
        return _told[0]
    if isinstance(failure, Exception):
        return None
    # Prefect's engine has handlers of its own, and its exceptions name the signal.
    return int(getattr(failure, "signal", signal.SIGINT))


def _watch(heard: IO[bytes], say: Callable[[], None]) -> None:
    while number := heard.read(1):
        if number[0] in (signal.SIGINT, signal.SIGTERM):
            time.sleep(UNWINDING_SECONDS)
            say()
            for process in list(_living):
                _kill_group(process)
            os._exit(128 + number[0])
