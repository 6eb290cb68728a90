"""What every test of faults stands on."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def private() -> Iterator[None]:
    """As the command line sets it; a fault may set it otherwise."""
    before = os.umask(0o077)
    yield
    os.umask(before)
