"""What every test of faults stands on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.home import Home
from flows.publishing import publish
from tests.faults import actions
from tests.faults.scene import Scene, copied, make_published


@pytest.fixture(scope="module", autouse=True)
def private() -> Iterator[None]:
    """As the command line sets it; a fault may set it otherwise."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.fixture(scope="module")
def template(private: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish, "code_version", lambda: actions.TESTED)
        yield make_published(tmp_path_factory.mktemp("published") / "home")


@pytest.fixture
def scene(template: Home, tmp_path: Path) -> Iterator[Scene]:
    with pytest.MonkeyPatch.context() as patch:
        yield Scene(copied(template, tmp_path / "home"), tmp_path, patch)
    shutil.rmtree(tmp_path)
