"""Every number of a report that R can compute is R's: of the twin, a second study, and separated levels."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from analytics.answers import analyse
from analytics.results.json_file import plain
from analytics.warehouse.marts import open_marts
from bench.validation.against_r import NOT_ASKED, compare, compared, numbers_by_place
from tests.analytics.empty_results import RUN
from tests.evidence import ask_r
from tests.layouts.conftest import Delivered
from tests.layouts.random_cohort import write_random

SEED = "METACHRON_RANDOM_COHORT"
"""The environment's word for another cohort than the suite's."""
BLOCKS = {
    "table1", "table1_unknown", "table1_numeric", "table1_tests", "cohort", "eras", "incidence_overall",
    "era_ratios", "latency_points", "latency_tests", "fair_eras", "survival", "cox", "shrunken",
    "misclassification", "competing", "sir", "sir_tests", "institution", "multiplicity",
    "parametric_survival",
}  # fmt: skip


def assert_r_agrees(warehouse: Path, results: dict[str, Any]) -> None:
    answer = compare(warehouse, results, ask_r)
    assert not answer.unasked, "numbers that R is neither asked about nor excused from"
    assert not answer.different
    assert answer.asked.keys() == BLOCKS and answer.n > 10_000


@pytest.mark.slow
def test_of_the_twin(layouts: dict[str, Delivered]) -> None:
    assert_r_agrees(layouts["listing"].build, layouts["listing"].results)


@pytest.mark.slow
def test_of_a_second_study(second_study: Delivered) -> None:
    assert second_study.results["study"]["name"] == "aml_after_breast"
    assert_r_agrees(second_study.build, second_study.results)


@pytest.mark.slow
def test_of_a_random_cohort_with_separated_levels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get(SEED, "102"))
    print(f"{SEED}={seed}")
    warehouse = write_random(tmp_path / "random.duckdb", seed)
    with open_marts(warehouse) as marts:
        results = plain(analyse(marts, RUN))
    assert any(model["card"]["separated"] for model in results["cox"])
    assert_r_agrees(warehouse, results)


OURS = {
    "survival": [{"id": "os", "strata": [{"level": "all", "median": 34.0, "curve": {"time": [1.0, None]}}]}],
    "cox": [{"id": "naive", "terms": [{"variable": "sex", "level": "Male", "coef": None, "reference": "F"}]}],
    "contrasts": [{"estimate": 34.0}],
    "sir": [{"stratum": {"sex": "Male"}, "sir": 2.0, "persons": 7}],
}
PLACES = {
    "survival[os].strata[all].median": 34.0,
    "survival[os].strata[all].curve.time": [1.0, None],
    "cox[naive].terms[sex,Male].coef": None,
    "contrasts[0].estimate": 34.0,
    "sir[sex=Male].sir": 2.0,
    "sir[sex=Male].persons": 7,
}
R_SAYS = {place: PLACES[place] for place in list(PLACES)[:3] + ["sir[sex=Male].sir"]}


def test_a_number_is_known_by_its_place() -> None:
    assert dict(numbers_by_place(OURS)) == PLACES


def test_what_r_says_alike_is_no_difference_and_what_repeats_it_needs_no_asking() -> None:
    answer = compared(PLACES, R_SAYS)
    assert (answer.n, answer.largest, answer.different, answer.unasked) == (
        5,
        (0.0, "survival[os].strata[all].median"),
        {},
        (),
    )
    assert answer.asked == {"survival": 3, "cox": 1, "sir": 1}


@pytest.mark.parametrize(
    "place, theirs",
    [
        ("survival[os].strata[all].median", 34.00004),
        ("survival[os].strata[all].curve.time", [1.0, 2.0]),
        ("survival[os].strata[all].curve.time", [1.0]),
        ("cox[naive].terms[sex,Male].coef", 0.7),
        ("sir[sex=Male].sir", None),
        ("sir[sex=Female].sir", 1.0),
    ],
)
def test_what_differs_or_stands_on_one_side_alone_is_named(place: str, theirs: Any) -> None:
    assert compared(PLACES, R_SAYS | {place: theirs}).different == {place: (PLACES.get(place), theirs)}


@pytest.mark.parametrize(
    "place", ["new[0].estimate", "contrasts[1].estimate", "survival[os].tests[peto].p_value"]
)
def test_a_number_that_nobody_asked_about_is_named(place: str) -> None:
    assert compared(PLACES | {place: 35.0}, R_SAYS).unasked == (place,)


def test_each_exception_is_of_a_number_that_there_is(layouts: dict[str, Delivered]) -> None:
    """lifelines is asked where a report is written, not here."""
    places = [place for place, _ in numbers_by_place(layouts["listing"].results)]
    assert [p for p in NOT_ASKED if not any(re.match(p, place) for place in places)] == ["cross_checks"]
