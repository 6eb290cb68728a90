"""The fault table: each row goes wrong as it says, and nothing is lost, leaked or half done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.scene import Fault, Scene, survive
from tests.faults.table import ELSEWHERE, NOT_OURS, TABLE, chosen


def named(fault: Fault) -> str:
    return f"{fault.number} {fault.what}"


def kind(fault: Fault) -> tuple[str, str]:
    return fault.number, fault.code


@pytest.mark.parametrize("fault", chosen(TABLE, kind), ids=named)
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
