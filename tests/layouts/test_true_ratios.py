"""Every study that comes with metachron finds, in the twin with all cancers, the ratio put into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.validation.twin import PAIRS, ratio_found, truth_of
from flows.building.study_file import STUDIES
from flows.home import Home
from tests.warm_dbt import building_warm

pytestmark = pytest.mark.slow


def test_every_study_has_its_pair() -> None:
    assert PAIRS.keys() == {path.stem for path in Path(STUDIES).glob("*.yml")}


@pytest.mark.parametrize("name", PAIRS)
def test_the_interval_of_a_study_covers_the_true_ratio_and_not_a_false_one(
    all_cancers: Home, name: str
) -> None:
    with building_warm():
        found = ratio_found(all_cancers, name)
    truth = truth_of(name)
    assert truth is not None and found.observed >= 5
    assert found.lower <= truth <= found.upper
    assert not found.lower <= 3 * truth <= found.upper
