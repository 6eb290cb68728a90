"""Axes of months end where the data do, and no two levels look alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.render.figures.axes import (
    ERA_PALETTE,
    PALETTE,
    incidence_axis,
    looks,
    people_at_risk,
    ratio_axis,
    survival_axis,
    time_axis,
)
from analytics.render.lookup import first
from analytics.results.ids import CompetingId, SurvivalId
from analytics.results.survival import RiskTable, StepCurve


def curve(people: int, last: int) -> StepCurve:
    """One death a month at even distances, from everybody to the last one."""
    months = tuple(float(last * at / people) for at in range(1, people + 1))
    none = (None,) * people
    left = tuple(float(people - at) for at in range(people))
    survival = tuple((n - 1) / people for n in left)
    return StepCurve(months, survival, none, none, none, left, (1.0,) * people)


@pytest.mark.parametrize(
    ("followed", "last", "tick"),
    [(2, 2, 1), (9, 9, 3), (30, 30, 6), (31, 36, 6), (84, 84, 12), (147, 168, 24), (231, 240, 60),
     (400, 420, 60), (520, 600, 120), (1500, 1680, 240)],
)  # fmt: skip
def test_an_axis_ends_at_the_tick_after_the_last_who_count(followed, last, tick):
    axis = time_axis([(curve(60, followed), 60)])
    assert (axis.last, axis.tick) == (last, tick)
    assert axis.ticks[-1] == last and len(axis.ticks) <= 8 and not axis.remark


def test_less_than_one_in_a_hundred_do_not_stretch_an_axis_and_are_counted():
    few = curve(1000, 1000)
    axis = time_axis([(few, 1000)])
    assert axis.last == 1200
    longest = StepCurve((10.0, 500.0), (0.5, 0.4), *((None, None),) * 3, (1000.0, 9.0), (500.0, 1.0))
    axis = time_axis([(longest, 1000)])
    assert (axis.last, axis.beyond) == (12, 9)
    assert axis.remark == "Drawn to month 12; 9 people were followed for longer."
    assert time_axis([(longest, 1000)], shown=[None, 100.0]).last == 120


def test_nobody_has_an_axis_too():
    assert time_axis([]).ticks == (0, 1)


def test_medians_and_horizons_lie_on_their_axes(results):
    for analysis in results.survival:
        if analysis.id is SurvivalId.AT_LANDMARKS or not analysis.strata:
            continue
        axis = survival_axis(results, analysis.id)
        for stratum in analysis.strata:
            for month in (stratum.median, *stratum.median_ci["loglog"]):
                assert month is None or month <= axis.last
    for id in CompetingId:
        for stratum in first(results.competing, id=id).strata:
            horizons = [int(month) for month, value in stratum.at.items() if value is not None]
            assert horizons and max(horizons) <= incidence_axis(results, id).last


@pytest.mark.parametrize("id", [id for id in SurvivalId if id is not SurvivalId.AT_LANDMARKS])
def test_numbers_at_risk_at_any_month_are_those_of_the_table(id, results):
    analysis = first(results.survival, id=id)
    for stratum in analysis.strata:
        table = stratum.risk_table
        bare = replace(stratum, risk_table=RiskTable((), ()))
        for month, people in zip(table.time[1:], table.at_risk[1:], strict=True):
            assert people_at_risk(bare, month) == people
        assert people_at_risk(stratum, table.time[0], analysis.from_months) == table.at_risk[0]
        assert analysis.from_months == 0 or people_at_risk(stratum, 0, analysis.from_months) is None


@pytest.mark.parametrize(
    ("estimates", "limits"),
    [
        ((1.2,), ((0.9, 1.7),)), ((0.0, 9.0), ((0.0, 6.2), (4.0, 15.0))), ((0.0,), ((0.0, 3.7),)),
        ((1e-9, 2e7), ((None, None), (1e-30, 1e30))), ((None,), ((0.5, None),)), ((350.0,), ((9.5, 2090.0),)),
    ],
)  # fmt: skip
def test_every_ratio_lies_inside_its_axis_and_so_do_its_limits_or_their_arrows(estimates, limits):
    axis = ratio_axis(estimates, limits)
    assert axis.low < 1 < axis.high and 1 <= len(axis.ticks) <= 10
    assert all(axis.low <= tick <= axis.high for tick in axis.ticks)
    for value, (low, high) in zip(estimates, limits, strict=True):
        assert not value or axis.low < value < axis.high
        if not low and high is not None:
            assert axis.low < high < axis.high


@pytest.mark.parametrize("palette", [PALETTE, ERA_PALETTE])
def test_no_two_of_many_levels_look_alike(palette):
    many = looks(25, palette)
    assert len({(look.colour, look.dash) for look in many}) == 25
    assert len({(look.colour, look.marker) for look in many}) == 25
    assert [look.colour for look in many[:5]] == list(palette)
