"""The whole twin, and twenty random cohorts with separated levels, against R; a few people, lifelines."""

from __future__ import annotations

import tempfile
from pathlib import Path

from analytics.answers import analyse
from analytics.cross_checks.compare import cross_check, refuse_differing
from analytics.results.json_file import plain
from analytics.warehouse.marts import open_marts
from bench.validation.against_r import compare
from flows.building import run_dbt
from flows.home import Home
from flows.landing import land
from samples.synthetic import write_deliveries
from tests.analytics.empty_results import RUN
from tests.layouts.random_cohort import write_few, write_random

COHORTS = range(1, 21)
FEW = range(101, 161)
"""Cohorts of 1 to 30 people, others than the suite has."""


def soak() -> str:
    with tempfile.TemporaryDirectory() as made:
        home = Home.at(Path(made) / "home").prepare()
        write_deliveries(home.inbox, scale=1)
        land.load([home.inbox], home)
        run_dbt.build(home)
        twin, furthest = asked(home.build)
        cohorts = [asked(write_random(Path(made) / f"{seed}.duckdb", seed)) for seed in COHORTS]
        few = sum(computed_twice(write_few(Path(made) / f"few_{seed}.duckdb", seed)) for seed in FEW)
    furthest = max(furthest, *(apart for _, apart in cohorts))
    return (
        f"{twin:,} numbers of the whole twin and {sum(n for n, _ in cohorts):,} of {len(cohorts)} random "
        f"cohorts are R's, the furthest {furthest:.1e} of itself away; "
        f"{few:,} numbers of {len(FEW)} cohorts of a few people are a second program's"
    )


def asked(warehouse: Path) -> tuple[int, float]:
    """How many numbers R was asked, and the largest relative difference."""
    with open_marts(warehouse) as marts:
        results = plain(analyse(marts, RUN))
    answer = compare(warehouse, results)
    wrong = [*answer.different, *answer.unasked]
    assert not wrong, f"{warehouse.stem}: {', '.join(wrong)}"
    return answer.n, answer.largest[0]


def computed_twice(warehouse: Path) -> int:
    """How many numbers were compared; Disagreement where one differs."""
    with open_marts(warehouse) as marts:
        checks = cross_check(marts, analyse(marts, RUN))
    refuse_differing(checks)
    return sum(check.n_numbers for check in checks)
