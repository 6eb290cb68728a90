"""How far an axis of months goes, where its ticks stand and how each level looks.

The printed figures and the charts that a script draws ask here, so that both show the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analytics.render.lookup import first
from analytics.results.competing import CompetingAnalysis, IncidenceCurve
from analytics.results.document import Results
from analytics.results.ids import CompetingId, SurvivalId
from analytics.results.survival import StepCurve, SurvivalAnalysis, SurvivalStratum

SHARE_FOLLOWED = 0.01
"""An axis goes on while some group still has this share of its people under observation."""

STEPS = (1, 3, 6, 12, 24, 60, 120, 240)
MOST_STEPS = 7
"""Months between two ticks: the least that leaves no more than so many steps on the axis."""

SAME_AXIS = ((SurvivalId.BY_SECOND, SurvivalId.FROM_EXPOSURE),)
"""Figures that are compared with each other."""

PALETTE = ("blue", "orange", "green", "purple", "ink")
ERA_PALETTE = ("purple", "green", "blue", "orange", "ink")
DASHES: tuple[tuple[float, ...], ...] = ((), (5, 1.2), (2, 1), (1, 1), (6, 1, 1, 1))
MARKERS = ("o", "s", "D", "^", "v")


@dataclass(frozen=True, slots=True)
class Look:
    """How a level is told apart: by colour, by dash and by marker.

    colour  name of a colour of the page, as "blue" for var(--blue)
    dash    strokes and gaps in widths of the line; empty of a solid one
    marker  matplotlib's sign for it
    """

    colour: str
    dash: tuple[float, ...]
    marker: str


def looks(n: int, palette: Sequence[str] = PALETTE) -> tuple[Look, ...]:
    """One for each of n levels; no two of the first 25 have colour and dash in common."""
    placed = [(at % len(palette), at // len(palette) + at % len(palette)) for at in range(n)]
    return tuple(
        Look(palette[at], DASHES[turned % len(DASHES)], MARKERS[turned % len(MARKERS)])
        for at, turned in placed
    )


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """An axis of whole months from 0 to `last`, with a tick every `tick`.

    beyond  people who were followed past its end
    """

    last: int
    tick: int
    beyond: int = 0

    @property
    def ticks(self) -> tuple[int, ...]:
        return tuple(range(0, self.last + 1, self.tick))

    @property
    def remark(self) -> str:
        """What a caption says of those whom the axis leaves out; empty if it leaves out nobody."""
        if not self.beyond:
            return ""
        people = f"{self.beyond:,} {'person was' if self.beyond == 1 else 'people were'}"
        return f"Drawn to month {self.last}; {people} followed for longer."


def survival_axis(results: Results, id: SurvivalId) -> TimeAxis:
    """The axis of an analysis of survival, shared by the figures that are compared with it."""
    together = next((ids for ids in SAME_AXIS if id in ids), (id,))
    made = [analysis for each in together if (analysis := first(results.survival, id=each))]
    if own := first(results.survival, id=id):
        return time_axis(
            [(s.curve, s.n) for analysis in made for s in analysis.strata],
            shown=[month for analysis in made for month in _medians(analysis)],
            own=[s.curve for s in own.strata],
        )
    return time_axis([])


def landmark_axis(strata: Iterable[SurvivalStratum]) -> TimeAxis:
    """The axis of months after one landmark."""
    strata = tuple(strata)
    return time_axis(
        [(s.curve, s.n) for s in strata], shown=[month for s in strata for month in _of_median(s)]
    )


def incidence_axis(results: Results, id: CompetingId) -> TimeAxis:
    """The axis of an analysis of cumulative incidence: every horizon with an estimate is on it."""
    analysis: CompetingAnalysis | None = first(results.competing, id=id)
    strata = analysis.strata if analysis else ()
    shown = [float(month) for s in strata for month, value in s.at.items() if value is not None]
    return time_axis([(s.curve, s.n) for s in strata], shown=shown)


def time_axis(
    groups: Iterable[tuple[StepCurve | IncidenceCurve, int]],
    *,
    shown: Iterable[float | None] = (),
    own: Iterable[StepCurve | IncidenceCurve] | None = None,
) -> TimeAxis:
    """To the tick after the last month at which a group still has one in a hundred of its people.

    groups  each curve with the people whom it is of
    shown   months that must lie on the axis, as medians and horizons
    own     the curves that this axis is of, where it is shared with others
    """
    groups = [(curve, n) for curve, n in groups]
    followed = [
        month
        for curve, n in groups
        for month, at_risk in zip(curve.time, curve.at_risk, strict=True)
        if at_risk >= max(1, SHARE_FOLLOWED * n)
    ]
    end = max([*followed, *(month for month in shown if month is not None), 1])
    tick = next((step for step in STEPS if end / step <= MOST_STEPS), STEPS[-1])
    last = math.ceil(end / tick) * tick
    curves = [curve for curve, _ in groups] if own is None else own
    return TimeAxis(last, tick, sum(followed_past(curve, last) for curve in curves))


def followed_past(curve: StepCurve | IncidenceCurve, month: float) -> int:
    """How many are under observation at the first step after a month."""
    later = (n for time, n in zip(curve.time, curve.at_risk, strict=True) if time > month)
    return int(next(later, 0))


def people_at_risk(stratum: SurvivalStratum, month: float) -> int | None:
    """How many are under observation just before a month; None where only the table could tell.

    Where people enter late, the next step counts some who had not entered by then, so that the table of the
    analysis decides wherever it has the month.
    """
    table = dict(zip(stratum.risk_table.time, stratum.risk_table.at_risk, strict=True))
    if month in table:
        return table[month]
    begins = stratum.risk_table.time[0] if stratum.risk_table.time else 0
    if begins:
        return None
    steps = zip(stratum.curve.time, stratum.curve.at_risk, strict=True)
    return int(next((n for time, n in steps if time >= month), 0))


def _medians(analysis: SurvivalAnalysis) -> list[float | None]:
    return [month for stratum in analysis.strata for month in _of_median(stratum)]


def _of_median(stratum: SurvivalStratum) -> list[float | None]:
    """The median and its log-log limits, which are times seen; SPSS's may lie far beyond any."""
    return [stratum.median, *stratum.median_ci.get("loglog", ())]
