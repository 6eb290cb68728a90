"""Every study that comes with metachron finds, in the twin with all cancers, the ratio put into it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analytics.estimators.rates import standardised_incidence_ratio
from flows.building import run_dbt
from flows.building.study_file import STUDIES
from flows.home import Home
from flows.landing import land
from samples.synthetic import write_deliveries
from samples.synthetic.truth import FILE_NAME as TRUTH
from tests.building.raw_fixture import query
from tests.warm_dbt import building_warm

pytestmark = pytest.mark.slow

PAIRS = {
    "aml_after_breast": ("breast", "aml"),
    "any_after_mm": ("myeloma", "any"),
    "lung_after_hodgkin": ("hodgkin", "lung"),
    "oesophagus_after_breast": ("breast", "oesophagus"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home.at(tmp_path_factory.mktemp("all_cancers") / "home").prepare()
    write_deliveries(home.inbox, cancers="all", scale=0.04)
    land.load([home.inbox], home)
    return home


def test_every_study_has_its_pair() -> None:
    assert PAIRS.keys() == {path.stem for path in Path(STUDIES).glob("*.yml")}


@pytest.mark.parametrize("name", PAIRS)
def test_the_interval_of_a_study_covers_the_true_ratio_and_not_a_false_one(home: Home, name: str) -> None:
    told = json.loads((home.inbox / TRUTH).read_text(encoding="utf-8"))["ratios"]
    [truth] = [row["ratio"] for row in told if (row["first"], row["second"]) == PAIRS[name]]
    with building_warm():
        run_dbt.build(home, study=STUDIES / f"{name}.yml")
    [(observed, expected)] = query(
        home.build, "select observed, expected from marts.sir where grouping = 'from_latency'"
    )
    found = standardised_incidence_ratio(observed, expected)
    assert observed >= 5
    assert found.lower <= truth <= found.upper
    assert not found.lower <= 3 * truth <= found.upper
