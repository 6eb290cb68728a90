"""Axes of months end where the data do, and no two levels look alike."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

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
from analytics.render.figures.canvas import SMALLER, width_of
from analytics.render.figures.curves import LEFT, MARGIN, RIGHT, paint_at_risk
from analytics.render.figures.estimates import Sign, _placed
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


def test_keys_stand_a_fifth_of_an_inch_apart_and_a_new_line_begins_where_one_is_full():
    keys = [(Sign("o", "#000000"), words) for words in ("hazard ratio", "rate ratio", "ratio of odds")]
    ends = [0.18 + width_of(words, 9 - SMALLER) for _, words in keys]
    (first_x, one), (second_x, other), (third_x, third) = _placed(keys, sum(ends[:2]) + 0.3, 9)
    assert second_x - (first_x + ends[0]) == pytest.approx(0.2)
    assert (one, other, third) == (0, 0, 1) and third_x == first_x


def test_numbers_at_risk_are_centred_under_their_months_and_the_last_ends_at_the_margin():
    said: list[tuple[float, str]] = []
    sheet = SimpleNamespace(
        width=3.0, type=9.0, small=8.5, line=0.15, mark=lambda *given, **named: None,
        text=lambda x, y, text, **named: said.append((x, text)),
    )  # fmt: skip
    paint_at_risk(sheet, 1.0, 120.0, [("All", "#000000", [(0, "64,629"), (60, "9,870"), (120, "1,234,567")])])
    at = {text: x for x, text in said}
    letter = width_of("0", 9.0)
    left, right = LEFT * letter, 3.0 - RIGHT * letter
    assert (at["64,629"], at["9,870"]) == pytest.approx((left, (left + right) / 2))
    half = width_of("1,234,567", 8.5) / 2
    assert at["1,234,567"] == pytest.approx(3.0 - MARGIN - half) and at["1,234,567"] < right
