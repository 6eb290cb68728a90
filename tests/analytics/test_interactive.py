"""The curves that a page's script may draw again say what results.json says."""

from __future__ import annotations

import pytest

from analytics.render.figures.interactive import charts
from analytics.render.lookup import first
from analytics.results.ids import SurvivalId

CHARTS = {
    "survival-by-era": SurvivalId.BY_ERA,
    "survival-after-second": SurvivalId.FROM_SECOND,
}


def at_risk(group: dict, month: float) -> int:
    """As curves.js reads it: the number of the next step, 0 where there is none."""
    following = [place for place, time in enumerate(group["t"]) if time >= month]
    place = following[0] if following else len(group["t"])
    return group["n"][place] if place < len(group["n"]) else 0


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
