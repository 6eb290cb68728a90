"""A bound on the memory of a whole process, for work whose size somebody else decides.

DuckDB bounds its own buffers, and neither a single value nor what Python makes of the rows; the system does.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

GIGABYTE = 2**30
# Each thread reserves addresses, not memory, for its allocations.
RESERVED_BYTES_A_THREAD = GIGABYTE // 8
PAGES_IN_USE = Path("/proc/self/statm")


@contextmanager
def bounded_memory(gigabytes: float) -> Iterator[None]:
    """Within the block this process may take so much more memory than it has, and gets a MemoryError beyond.

    Where the system does not tell what the process has (it does on Linux), nothing is bounded.
    """
    before = resource.getrlimit(resource.RLIMIT_AS)
    bound_memory(gigabytes)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def bound_memory(gigabytes: float) -> None:
    """The same bound for the rest of the process's life."""
    if not PAGES_IN_USE.exists():
        return
    in_use = int(PAGES_IN_USE.read_text().split()[0]) * resource.getpagesize()
    wanted = in_use + int(gigabytes * GIGABYTE) + RESERVED_BYTES_A_THREAD * (os.cpu_count() or 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    bounds = [wanted, *(limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY)]
    resource.setrlimit(resource.RLIMIT_AS, (min(bounds), hard))
