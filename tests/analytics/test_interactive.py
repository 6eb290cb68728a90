"""The curves that a page's script may draw again say what results.json says."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
import pytest

from analytics.render.figures.interactive import charts
from analytics.render.lookup import first
from analytics.results.ids import SurvivalId
from analytics.warehouse.marts import open_marts

CHARTS = {
    "survival-by-era": SurvivalId.BY_ERA,
    "survival-after-second": SurvivalId.FROM_SECOND,
}


def at_risk(group: dict, month: float) -> int:
    """As curves.js reads it: the number of the next step, 0 where there is none."""
    following = [place for place, time in enumerate(group["t"]) if time >= month]
    place = following[0] if following else len(group["t"])
    until = group["t"][place] if following else float("inf")
    later = sum(people for time, people in group["enter"] if month <= time < until)
    return group["n"][place] - later if place < len(group["n"]) else 0


def views_of(results, chart: str) -> dict[str, dict]:
    found = next(made for made in charts(results) if made["id"] == chart)
    return {view["label"]: view for view in found["views"]}


def test_survival_from_the_second_cancer_is_seen_first_and_the_time_dependent_curves_last(results):
    labels = list(views_of(results, "survival"))
    assert labels[0] == "From ALL on" and labels[1:4] == [f"Landmark {n} months" for n in (24, 60, 120)]
    assert labels[4:] == ["Grouped by later second cancer", "Time-dependent (Simon-Makuch)"]


def test_what_is_seen_first_goes_the_way_of_the_adjusted_hazard_ratio(results):
    """Beside each other where both clocks start: at the second cancer, and at the landmark of 60 months."""
    view = next(iter(views_of(results, "survival").values()))
    without, with_second = view["groups"]
    assert (without["name"], with_second["name"]) == (
        "without ALL, from month 60",
        "with ALL, from its diagnosis",
    )
    assert [group["t"][0] for group in view["groups"]] == [0, 0] and view["test"] == ""
    assert "median 18 months" in with_second["about"]
    assert without["n"][0] == first(results.survival, id=SurvivalId.AT_LANDMARKS).strata[2].n


def test_the_number_at_risk_of_the_time_dependent_curves_is_counted_at_every_month(results, warehouse):
    """Whoever has the second cancer later comes in later: the number falls and rises."""
    view = views_of(results, "survival")["Time-dependent (Simon-Makuch)"]
    begins = first(results.survival, id=SurvivalId.FROM_EXPOSURE).from_months
    with open_marts(warehouse) as marts:
        intervals = marts.survival_intervals().filter(pl.col("stop_months") > begins)
    for group, exposed in zip(view["groups"], (False, True), strict=True):
        of = intervals.filter(pl.col("exposed") == exposed)
        start, stop = of["start_months"].to_numpy(), of["stop_months"].to_numpy()
        counted = [
            int((((start < month) | (start <= begins)) & (stop >= month)).sum())
            for month in range(begins, view["last"] + 1)
        ]
        assert [at_risk(group, month) for month in range(begins, view["last"] + 1)] == counted
    assert any(later > now for now, later in pairwise(counted))
    assert all("median" not in group["about"] for group in view["groups"]) and "no median" in view["note"]


def test_a_landmark_with_few_people_says_that_they_are_few(results):
    for month in (24, 60, 120):
        view = views_of(results, "survival")[f"Landmark {month} months"]
        n = view["groups"][1]["n"][0]
        assert (f"Only {n} people had ALL by then" in view["note"]) == (n < 10)


def test_a_month_is_read_with_as_many_decimals_as_the_tables_have(results):
    """45.3% alive and 27.9 per 100,000, as open.js rounds them."""
    views = [view for made in charts(results) for view in made["views"]]
    assert {(view["scale"], view["digits"]) for view in views} == {(100, 1), (100_000, 1)}


@pytest.mark.parametrize("chart", CHARTS)
def test_numbers_at_risk_are_right_to_the_end_of_the_axis(chart, results):
    """Somebody is watched past the axis of the second figure: the last person dies at 147 months."""
    (view,) = next(made for made in charts(results) if made["id"] == chart)["views"]
    strata = first(results.survival, id=CHARTS[chart]).strata
    for group, stratum in zip(view["groups"], strata, strict=True):
        table = zip(stratum.risk_table.time, stratum.risk_table.at_risk, strict=True)
        shown = [(month, n) for month, n in table if month <= view["last"]]
        assert len(shown) > 4
        assert [(month, at_risk(group, month)) for month, _ in shown] == shown
