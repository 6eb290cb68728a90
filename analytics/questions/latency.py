"""How long between the index cancer and the second primary, and is it shorter in the later era?

Conventional: Student's t on observed latencies. A later era is watched for a shorter time, so that its
observed latencies are shorter even if nothing changed: each test carries that in its note, and nothing is
concluded from it. Latencies are compared in equal windows (`fair_eras`) or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import polars as pl

from analytics.estimators import comparisons
from analytics.questions.analysis import SECOND_CANCER, Analysis, Origin, nobody_had_second
from analytics.questions.estimable import estimate, finite
from analytics.questions.rows import CASES
from analytics.results.incidence import LatencyPoint, LatencySummary
from analytics.results.statistical_tests import LatencyTest

ANALYSIS = Analysis(
    section="latency",
    title="Latency",
    question="How long after {index} is {second} diagnosed?",
    keys=("latency_tests",),
    needs=SECOND_CANCER,
    why_empty=nobody_had_second,
    origins=(
        ("Latencies", "marts.second_primaries",
         "select * from marts.second_primaries where latency_months is not null"),
    ),
    numbers=(
        Origin("latency_tests[test={level}]", CASES, CASES, "latency_months is not null"),
        Origin("latency_points", CASES, CASES, "latency_months is not null"),
    ),
)  # fmt: skip

MONTHS = "latency_months"
RANKS = partial(comparisons.mann_whitney, method="exact_if_few")
UNFIT = (
    "Conventional. Eras were followed for unequal times, so that observed latencies differ even if nothing "
    "changed: no comparison of eras."
)


def latency_summary(second_primaries: pl.DataFrame) -> LatencySummary:
    """Centre and spread of the months between."""
    months = second_primaries[MONTHS].drop_nulls()
    return LatencySummary(
        n=months.len(),
        median=finite(months.median()),
        min=finite(months.min()),
        max=finite(months.max()),
        mean=finite(months.mean()),
        sd=finite(months.std()),
    )


def latency_tests(
    second_primaries: pl.DataFrame, *, first_era: str, last_era: str
) -> tuple[LatencyTest, ...]:
    """Latency of the first era against the last, as observed; none where there is one era only."""
    if first_era == last_era:
        return ()
    early, late = (
        second_primaries.filter(pl.col("era") == era)[MONTHS].drop_nulls().to_numpy()
        for era in (first_era, last_era)
    )
    tests: dict[str, Callable[..., Any]] = {
        "student_t": comparisons.student_t,
        "welch_t": comparisons.welch_t,
        "mann_whitney": RANKS,
    }
    return tuple(
        LatencyTest(name, finite(r.statistic), finite(r.df), finite(r.p_value), r.reason or UNFIT)
        for name, r in ((name, estimate(test, early, late)) for name, test in tests.items())
    )


def latency_points(second_primaries: pl.DataFrame) -> tuple[LatencyPoint, ...]:
    """Each latency with its era: what a figure of eighteen people has to show."""
    rows = second_primaries.select("era", MONTHS, "latency_is_uncertain").drop_nulls(MONTHS)
    return tuple(LatencyPoint(*row) for row in rows.sort("era", MONTHS).iter_rows())
