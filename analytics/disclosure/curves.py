"""Survival curves coarse enough to hold no person.

Who knows n and reads a printed curve can solve for the deaths and the numbers at risk at nearly every step of
a small group, even at two decimals. So a curve is drawn only for a group with enough people and deaths, and
only at times between which enough people died; it ends while enough are at risk, and before its two decimals
say that everybody or nobody is left. Every figure is drawn from these points: there is no finer curve in the
file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from analytics.disclosure.cells import PrintedCount
from analytics.disclosure.profiles import Profile
from analytics.results.competing import IncidenceCurve
from analytics.results.survival import StepCurve

LEAST_EVENTS = 6
DECIMALS = 2
SMALL_GROUP = 10
"""Thresholds of people up to which a group has no curve."""


@dataclass(frozen=True, slots=True)
class CoarseCurve:
    """Points of a right-continuous step function: whole months, the estimate there to two decimals."""

    months: tuple[int, ...]
    estimate: tuple[float, ...]

    def at(self, months: int) -> float | None:
        """The step function at a month; None before its first point and after its last one."""
        if months > self.months[-1]:
            return None
        passed = [s for m, s in zip(self.months, self.estimate, strict=True) if m <= months]
        return passed[-1] if passed else None


def may_be_drawn(people: PrintedCount, events: PrintedCount, profile: Profile) -> bool:
    """Does every reader see that a group is large enough for a curve?

    Asked of the counts as shown, so that a curve which is not there tells nothing about them. Two decimals
    leave every step of such a group wide open; a reader who knows the n of a smaller one can solve for the
    deaths of its steps.
    """
    return people.is_at_least(SMALL_GROUP * profile.threshold + 1) and events.is_at_least(profile.threshold)


def coarsened(curve: StepCurve | IncidenceCurve, profile: Profile) -> CoarseCurve | None:
    """The curve at the times by which enough further events have happened; None if none moves it.

    Six events a step would satisfy the usual rule; we take the threshold where that is more, because the
    events between two printed points are a count too. A last point at the other end of the scale is left out,
    whether rounding takes it there or not: survival of 0.4% is not a death of everybody.
    """
    true, start = (curve.survival, 1.0) if isinstance(curve, StepCurve) else (curve.cif, 0.0)
    least = max(LEAST_EVENTS, profile.threshold)
    months: list[int] = []
    estimate: list[float] = []
    since = 0.0
    for time, at_risk, events, value in zip(curve.time, curve.at_risk, curve.events, true, strict=True):
        if at_risk < profile.threshold:
            break
        since += events
        month, rounded = math.ceil(time), round(float(value), DECIMALS)
        remaining = at_risk - events
        if since < least or 0 < remaining < profile.threshold:
            continue
        since = 0.0
        if months and months[-1] == month:
            estimate[-1] = rounded
        elif rounded != (estimate[-1] if estimate else start):
            months.append(month)
            estimate.append(rounded)
    if estimate and estimate[-1] == 1 - start:
        months.pop()
        estimate.pop()
    return CoarseCurve(tuple(months), tuple(estimate)) if months else None
