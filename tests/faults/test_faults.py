"""The fault table: each row goes wrong as it says, and nothing is lost, leaked or half done."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flows.home import Home
from flows.publishing import publish
from tests.faults import actions
from tests.faults.scene import Fault, Scene, copied, make_published, survive
from tests.faults.table import ELSEWHERE, NOT_OURS, TABLE


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


def named(fault: Fault) -> str:
    return f"{fault.number} {fault.what}"


@pytest.mark.parametrize("fault", TABLE, ids=named)
def test_nothing_is_lost_leaked_or_half_done(
    fault: Fault, scene: Scene, record_property: Callable[[str, int], None]
) -> None:
    record_property("fault", 1)
    survive(fault, scene)
    record_property("fault_survived", 1)


def test_every_fault_of_the_matrix_is_a_row_or_says_why_not() -> None:
    rows = {fault.number for fault in TABLE}
    assert rows | ELSEWHERE.keys() | NOT_OURS.keys() == {f"F{number:02d}" for number in range(1, 101)}
    assert len(rows | ELSEWHERE.keys()) >= 90
    assert not (rows & NOT_OURS.keys())


@pytest.mark.parametrize("place", sorted(set(ELSEWHERE.values())))
def test_a_fault_that_is_tested_elsewhere_is_tested_there(place: str) -> None:
    file, _, function = place.partition("::")
    assert f"def {function}(" in (Path(__file__).parents[2] / file).read_text(encoding="utf-8")
