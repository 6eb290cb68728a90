"""Publishing with a code version that stays the same while sources are edited beside a running test."""

from __future__ import annotations

import pytest

from flows.publishing import publish


@pytest.fixture(autouse=True, scope="session")
def fixed_code_version():
    before = publish.code_version
    publish.code_version = lambda: "0.1.0+tested"
    yield
    publish.code_version = before
