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

CENSORED = 75
"""Marks of censoring that an axis of months holds at most."""

LONGEST = 10
"""Times by which the limits of a ratio may stretch its axis beyond the estimates."""

SHARE_FOLLOWED = 0.01
"""An axis goes on while some group still has this share of its people under observation."""

STEPS = (1, 3, 6, 12, 24, 60, 120, 240)
MOST_STEPS = 7
"""Months between two ticks: the least that leaves no more than so many steps on the axis."""

MOST_TICKS = 10
"""On an axis of ratios: 1, 2 and 5 of each power of ten, or only these powers where that would be more."""

PALETTE = ("blue", "orange", "green", "purple", "ink")
ERA_PALETTE = ("purple", "green", "blue", "orange", "ink")
PALETTES: dict[SurvivalId | CompetingId, tuple[str, ...]] = {
    SurvivalId.BY_ERA: ERA_PALETTE,
    CompetingId.BY_ERA: ERA_PALETTE,
    CompetingId.BY_CHEMOTHERAPY: (*PALETTE[2:], *PALETTE[:2]),
}
"""Of analyses whose levels have colours of their own, in every figure the same."""

DASHES: tuple[tuple[float, ...], ...] = ((), (5, 1.2), (2, 1), (1, 1), (6, 1, 1, 1))
MARKERS = ("o", "s", "D", "^", "v")


def palette_of(id: SurvivalId | CompetingId, n_levels: int) -> tuple[str, ...]:
    """Colours of an analysis; people with the second cancer keep theirs where nobody stands beside them."""
    return PALETTE[1:] if id == SurvivalId.FROM_SECOND and n_levels == 1 else PALETTES.get(id, PALETTE)


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


TOLD_APART = len(PALETTE) * len(DASHES)
"""Levels of which no two have colour and dash in common."""


def looks(n: int, palette: Sequence[str] = PALETTE) -> tuple[Look, ...]:
    """One for each of n levels; those after the first TOLD_APART repeat."""
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
    """The axis of an analysis of survival."""
    analysis: SurvivalAnalysis | None = first(results.survival, id=id)
    return landmark_axis(analysis.strata if analysis else ())


def landmark_axis(strata: Iterable[SurvivalStratum]) -> TimeAxis:
    """The axis of groups whose clocks start together, at a landmark or before."""
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
) -> TimeAxis:
    """To the tick after the last month at which a group still has one in a hundred of its people.

    groups  each curve with the people whom it is of
    shown   months that must lie on the axis, as medians and horizons
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
    return TimeAxis(last, tick, sum(followed_past(curve, last) for curve, _ in groups))


@dataclass(frozen=True, slots=True)
class RatioAxis:
    """A logarithmic axis from `low` to `high`; a limit outside is drawn as an arrow head at its end."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def place(self, value: float) -> float:
        """Share of the axis to the left of a value."""
        return math.log(value / self.low) / math.log(self.high / self.low)

    def labelled(self, inches: float, points: float) -> list[float]:
        """The ticks that have room for their number: 1 before powers of ten, these before the others."""
        by_rank = sorted(self.ticks, key=lambda tick: (tick != 1, not math.log10(tick).is_integer(), tick))
        kept: list[tuple[float, float, float]] = []
        for tick in by_rank:
            middle, half = self.place(tick) * inches, 0.36 * len(f"{tick:g}") * points / 72
            if all(middle - half > right or middle + half < left for _, left, right in kept):
                kept.append((tick, middle - half, middle + half))
        return sorted(tick for tick, _, _ in kept)


@dataclass(frozen=True, slots=True)
class LinearAxis:
    """An axis from 0 to `high`."""

    high: float
    low: float = 0.0

    def place(self, value: float) -> float:
        """Share of the axis to the left of a value."""
        return value / self.high


def linear_axis(values: Iterable[float | None]) -> LinearAxis:
    """From 0 past the largest of the values that there are."""
    return LinearAxis(max((value for value in values if value), default=1.0) * 1.06)


def ratio_axis(
    estimates: Iterable[float | None], limits: Iterable[tuple[float | None, float | None]]
) -> RatioAxis:
    """Wide enough for 1, for every estimate and for the limits that lie within a factor LONGEST of those.

    An estimate of 0 has no place on it: its upper limit has.
    """
    pairs = list(limits)
    values = [value for value in estimates if value and math.isfinite(value)]
    # Of no event nothing is known but the upper limit.
    values += [high for low, high in pairs if not low and high and math.isfinite(high)]
    values.append(1.0)
    least, most = min(values) / LONGEST, max(values) * LONGEST
    ends = [min(max(end, least), most) for pair in pairs for end in pair if end and math.isfinite(end)]
    low, high = min([*values, *ends]) / 1.15, max([*values, *ends]) * 1.15
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    fine = [digit * 10.0**power for power in decades for digit in (1, 2, 5)]
    step = max(1, math.ceil(math.log10(high / low) / MOST_STEPS))
    coarse = [10.0**power for power in decades if power % step == 0]
    inside = [[tick for tick in each if low <= tick <= high] for each in (fine, coarse)]
    ticks = tuple(next((each for each in inside if len(each) <= MOST_TICKS), inside[-1]))
    return RatioAxis(low, high, ticks)


def censored(curve: StepCurve, last: float) -> tuple[tuple[float, float], ...]:
    """Month and height of the curve where somebody's follow-up ended alive, to the end of an axis.

    Of months too close to be told apart, CENSORED on the whole axis, one is enough.
    """
    late, apart = curve.late_entry, last / CENSORED
    entering = list(zip(late.time, late.people, strict=True)) if late else []
    found: list[tuple[float, float]] = []
    later = zip((*curve.time[1:], math.inf), (*curve.at_risk[1:], 0.0), strict=True)
    for month, height, at_risk, events, (after, left) in zip(
        curve.time, curve.survival, curve.at_risk, curve.events, later, strict=True
    ):
        entered = sum(people for time, people in entering if month <= time < after)
        ended = at_risk - events - (left - entered)
        if ended > 0.5 and month <= last and (not found or month - found[-1][0] >= apart):
            found.append((month, height))
    return tuple(found)


def followed_past(curve: StepCurve | IncidenceCurve, month: float) -> int:
    """How many are under observation at the first step after a month."""
    later = (n for time, n in zip(curve.time, curve.at_risk, strict=True) if time > month)
    return int(next(later, 0))


def people_at_risk(stratum: SurvivalStratum, month: float, begins: float = 0) -> int | None:
    """How many are under observation just before a month; None before the curve begins.

    The table of the analysis where it has the month, else the next step without those who had not entered.
    """
    if month < begins:
        return None
    table = dict(zip(stratum.risk_table.time, stratum.risk_table.at_risk, strict=True))
    if month in table:
        return table[month]
    curve = stratum.curve
    steps = ((time, n) for time, n in zip(curve.time, curve.at_risk, strict=True) if time >= month)
    step, people = next(steps, (month, 0.0))
    late = curve.late_entry
    entering = zip(late.time, late.people, strict=True) if late else ()
    return int(people) - sum(n for time, n in entering if month <= time < step)


def _of_median(stratum: SurvivalStratum) -> list[float | None]:
    """The median and its log-log limits, which are times seen; SPSS's may lie far beyond any."""
    return [stratum.median, *stratum.median_ci.get("loglog", ())]
