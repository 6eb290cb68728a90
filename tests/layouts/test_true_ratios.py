"""Every study that comes with metachron finds, in the twin with all cancers, the ratio put into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.validation import tables, twin
from flows.building.study_file import STUDIES
from tests.warm_dbt import building_warm

pytestmark = pytest.mark.slow


SCALE = 0.04


@pytest.fixture(scope="module")
def found() -> dict[str, twin.Finding]:
    with building_warm():
        return {each.study: each for each in twin.findings({"all": (SCALE,)}, seed=1)}


def test_every_study_has_its_pair(found: dict[str, twin.Finding]) -> None:
    assert twin.PAIRS.keys() == {path.stem for path in Path(STUDIES).glob("*.yml")} == found.keys()


@pytest.mark.parametrize("name", twin.PAIRS)
def test_the_interval_of_a_study_covers_the_true_ratio_and_not_a_false_one(
    found: dict[str, twin.Finding], name: str
) -> None:
    ratio, truth = found[name].ratio, found[name].truth
    assert truth is not None and ratio.observed >= 5
    assert ratio.lower <= truth <= ratio.upper
    assert not ratio.lower <= 3 * truth <= ratio.upper
    (line,) = [line for line in tables.in_twin(found.values()).splitlines() if f"`{name}`" in line]
    assert f"| {ratio.sir:.2f} |" in line and line.endswith(f"| {truth:g} |")
