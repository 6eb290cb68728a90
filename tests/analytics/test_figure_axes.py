"""Axes of months end where the data do, and no two levels look alike."""

from __future__ import annotations

import pytest

from analytics.render.figures.axes import (
    ERA_PALETTE,
    PALETTE,
    followed_past,
    incidence_axis,
    looks,
    survival_axis,
    time_axis,
)
from analytics.render.lookup import first
from analytics.results.ids import CompetingId, SurvivalId
from analytics.results.survival import StepCurve


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


def test_two_figures_that_are_compared_have_one_axis_and_each_its_own_people(results):
    published, corrected = (
        survival_axis(results, id) for id in (SurvivalId.BY_SECOND, SurvivalId.FROM_EXPOSURE)
    )
    assert published.ticks == corrected.ticks
    strata = first(results.survival, id=SurvivalId.BY_SECOND).strata
    assert published.beyond == sum(followed_past(s.curve, published.last) for s in strata) > 0


@pytest.mark.parametrize("palette", [PALETTE, ERA_PALETTE])
def test_no_two_of_many_levels_look_alike(palette):
    many = looks(25, palette)
    assert len({(look.colour, look.dash) for look in many}) == 25
    assert len({(look.colour, look.marker) for look in many}) == 25
    assert [look.colour for look in many[:5]] == list(palette)
