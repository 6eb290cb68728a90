"""Processes that are meant to die: forked from one that has everything imported, so that each is cheap."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flows.home import Home

# What changes a folder or a file, as far as Python can see; fsync is wrapped, because it is not audited.
OPERATIONS = {
    "open", "os.rename", "os.mkdir", "os.symlink", "os.remove", "os.rmdir", "os.chmod", "os.truncate",
    "os.link",
}  # fmt: skip
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["duckdb", "pyarrow", "tests.faults.actions"])


def exit_code(does: Callable[..., Any], *given: Any, timeout: float = 120) -> int:
    """Run a function in a process of its own; negative if a signal ended it."""
    process = FORKED.Process(target=coded, args=(does, *given))
    process.start()
    process.join(timeout)
    assert process.exitcode is not None, f"{does.__name__} hangs"
    return process.exitcode


def coded(does: Callable[..., Any], *given: Any) -> None:
    """End as the command line would, and silently."""
    from flows.process import boundary

    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.umask(0o077)
    try:
        does(*given)
    except Exception as failure:
        os._exit(boundary.translate_failure(failure).exit_code)


def die_before_operation(last: int, root: Path) -> None:
    """From now on count file operations under `root`, and end by SIGKILL before the one numbered `last`."""
    done = 0
    flush = os.fsync

    def count() -> None:
        nonlocal done
        done += 1
        if done == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in OPERATIONS and any(str(given).startswith(str(root)) for given in arguments[:2]):
            count()

    def counted_fsync(descriptor: int) -> None:
        count()
        flush(descriptor)

    os.fsync = counted_fsync
    sys.addaudithook(hook)


def die_before_line(last: int, module: str) -> None:
    """From now on count executed lines of one module, and end by SIGKILL before the one numbered `last`."""
    done = 0

    def trace(frame: Any, event: str, _: Any) -> Any:
        nonlocal done
        if frame.f_code.co_filename.endswith(module):
            if event == "line":
                done += 1
                if done == last:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace
        return None

    sys.settrace(trace)


def killed_at_operation(last: int, root: Path, does: Callable[..., Any], *given: Any) -> int:
    """How the process ended: -9 if it came to operation `last`, 0 if it was done before."""
    return exit_code(_killed_at_operation, last, root, does, *given)


def _killed_at_operation(last: int, root: Path, does: Callable[..., Any], *given: Any) -> None:
    die_before_operation(last, root)
    does(Home(root), *given)


def killed_at_line(last: int, root: Path, module: str, does: Callable[..., Any], *given: Any) -> int:
    return exit_code(_killed_at_line, last, root, module, does, *given)


def _killed_at_line(last: int, root: Path, module: str, does: Callable[..., Any], *given: Any) -> None:
    die_before_line(last, module)
    does(Home(root), *given)


def torn_at_byte(last: int, root: Path, does: Callable[..., Any], *given: Any) -> int:
    """How the process ended: the kernel kills it when any file would grow beyond byte `last`."""
    return exit_code(_torn_at_byte, last, root, does, *given)


def _torn_at_byte(last: int, root: Path, does: Callable[..., Any], *given: Any) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (last, last))
    does(Home(root), *given)


def killed_after(seconds: float, root: Path, does: Callable[..., Any], *given: Any) -> int:
    """How the process ended when it is killed after a while."""
    process = FORKED.Process(target=coded, args=(does, Home(root), *given))
    process.start()
    time.sleep(seconds)
    process.kill()
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def with_little_address_space(spare: int, root: Path, does: Callable[..., Any], *given: Any) -> int:
    """How the process ended that may map only so many bytes more than it has at its start."""
    return exit_code(_with_little_address_space, spare, root, does, *given)


def _with_little_address_space(spare: int, root: Path, does: Callable[..., Any], *given: Any) -> None:
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + spare, mapped + spare))
    does(Home(root), *given)
