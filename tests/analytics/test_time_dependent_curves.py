"""The printed Mantel-Byar test and Simon and Makuch's curves, asked of the intervals themselves.

The report asks ``mantel_byar`` and ``simon_makuch``, which R's answers hold, for people with the month of
their second cancer; here the mart's own intervals are compared, a row an interval.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from analytics.estimators.survival import kaplan_meier, logrank
from analytics.questions.survival_after_index import survival_after_index
from analytics.warehouse.marts import open_marts
from analytics.warehouse.study import read_study
from tests.analytics.warehouse_fixture import write_warehouse


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """The intervals, and the analysis printed of them."""
    path = tmp_path_factory.mktemp("curves") / "warehouse.duckdb"
    with open_marts(write_warehouse(path, scale=0.05, beyond_published=True)) as marts:
        intervals = marts.survival_intervals()
        frames = marts.index_patients(), marts.index_patients_corrected(), intervals
        return intervals, survival_after_index(*frames, read_study(marts))


def columns(intervals: pl.DataFrame, begins: float) -> list[np.ndarray]:
    alive = intervals.filter(pl.col("stop_months") > begins)
    start = alive["start_months"].clip(lower_bound=begins)
    return [start.to_numpy(), *(alive[name].to_numpy() for name in ("stop_months", "died", "exposed"))]


def test_the_test_and_the_curves_are_those_of_the_intervals(asked):
    intervals, (*_, printed) = asked
    assert printed.from_months is not None and printed.from_months > 0
    start, stop, died, exposed = columns(intervals, printed.from_months)
    expected = logrank(stop, died, exposed, entry=start)
    [test] = printed.tests
    assert (test.test, test.statistic, test.p_value) == ("mantel_byar", expected.statistic, expected.p_value)
    for stratum, state in zip(printed.strata, (~exposed, exposed), strict=True):
        curve = kaplan_meier(stop[state], died[state], entry=start[state])
        assert stratum.curve.time == tuple(curve.times)
        assert stratum.curve.survival == tuple(curve.survival)
        assert stratum.curve.at_risk == tuple(curve.at_risk)
        assert (stratum.n, stratum.events) == (state.sum(), died[state].sum())


def test_a_landmark_groups_the_intervals_that_hold_it(asked):
    intervals, analyses = asked
    [printed] = [analysis for analysis in analyses if analysis.id == "os_from_index_by_second_landmark"]
    without = printed.strata[0]
    months = without.landmark_months
    end = intervals.group_by("patient_id").agg(pl.col("stop_months").max(), pl.col("died").any())
    held = intervals.filter((pl.col("start_months") <= months) & (pl.col("stop_months") > months))
    of = held.filter(~pl.col("exposed")).select("patient_id").join(end, on="patient_id")
    assert (without.n, without.events) == (of.height, of["died"].sum())
    assert without.curve.time == tuple(kaplan_meier(of["stop_months"] - months, of["died"]).times)


def test_where_nobody_is_left_without_a_second_cancer_the_reason_is_printed(asked):
    intervals, _ = asked
    exposed = intervals.filter(pl.col("exposed")).with_columns(start_months=pl.lit(0.0))
    with_second = exposed.select("patient_id", has_second_primary=True)
    people = with_second.with_columns(
        survival_months=pl.lit(9.0), died=pl.lit(True), era=pl.lit("a"), has_second_cancer=True,
        is_at_risk=True, is_followed=True, latency_months=0,
    )  # fmt: skip
    study = SimpleNamespace(
        eras=(SimpleNamespace(era="a"),),
        landmarks=(),
        median_of_flat_stretch="midpoint",
        min_at_risk=5,
        second_short_label="B",
    )
    printed = survival_after_index(people, people, exposed, study)[-1]
    assert printed.strata == () and printed.tests[0].statistic is None
    assert printed.note == "Not estimable: nobody is unexposed: there is nothing to compare."
