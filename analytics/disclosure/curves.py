"""Survival curves coarse enough to hold no person.

Who knows n and reads a printed curve can solve for the deaths and the numbers at risk at nearly every step of
a small group, even at two decimals. So a curve is drawn only for a group with enough people and deaths, and
only at times between which enough people died; it ends while enough are at risk. Every figure is drawn from
these points: there is no finer curve in the file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analytics.disclosure.profiles import Profile

LEAST_EVENTS = 6
DECIMALS = 2
STARTS = {"survival": 1.0, "cif": 0.0}
SMALL_GROUP = 10
"""Thresholds of people up to which a curve is attacked before it leaves."""


@dataclass(frozen=True, slots=True)
class CoarseCurve:
    """Points of a right-continuous step function: whole months, the estimate there to two decimals."""

    months: tuple[int, ...]
    estimate: tuple[float, ...]

    def at(self, months: int, start: float = 1.0) -> float | None:
        """The step function at a month; None after its last point."""
        if not self.months or months > self.months[-1]:
            return None
        passed = [s for m, s in zip(self.months, self.estimate, strict=True) if m <= months]
        return passed[-1] if passed else start


def withheld_because(n: int, events: int, profile: Profile) -> str | None:
    """Why a group may have no curve at all; None if it may."""
    if n < profile.threshold:
        return "the group has too few people"
    if events < profile.threshold:
        return "the group has too few events"
    return None


def coarsened(curve: dict[str, list[float]], profile: Profile, *, of: str = "survival") -> CoarseCurve | None:
    """The curve at the times by which enough further events have happened; None if none moves it.

    curve  time, at_risk and events of results.json, with the estimate under `of`. Six events a step would
           satisfy the usual rule; we take the threshold where that is more, because the events between two
           printed points are a count too.
    """
    if not {"time", "at_risk", "events", of} <= curve.keys():
        return None
    least = max(LEAST_EVENTS, profile.threshold)
    months: list[int] = []
    estimate: list[float] = []
    since = 0.0
    for time, at_risk, events, value in zip(
        curve["time"], curve["at_risk"], curve["events"], curve[of], strict=True
    ):
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
        elif rounded != (estimate[-1] if estimate else STARTS[of]):
            months.append(month)
            estimate.append(rounded)
    return CoarseCurve(tuple(months), tuple(estimate)) if months else None


def gives_deaths_away(curve: CoarseCurve, n: int, profile: Profile) -> bool:
    """Would a reader who knows n be sure of a small number of deaths at some step?

    Asked of small groups only: beyond them two decimals leave every step wide open.
    """
    if n > SMALL_GROUP * profile.threshold:
        return False
    given_away = deaths_given_away(n, list(curve.estimate), decimals=DECIMALS)
    return any(most < profile.threshold for _, most in given_away)


def numbers_at_risk(table: dict[str, list[float]], profile: Profile) -> list[tuple[int, int]]:
    """(month, rounded number at risk), from the first tick after 0 until too few are left."""
    found = []
    for month, at_risk in zip(table["time"], table["at_risk"], strict=True):
        if at_risk < profile.threshold:
            break
        if month > 0:
            base = profile.curve_base
            found.append((int(month), base * int((at_risk + base // 2) // base)))
    return found


def deaths_given_away(n: int, estimate: list[float], *, decimals: int) -> list[tuple[int, int]]:
    """For each printed step, the least and the most deaths that n and the printed curve allow.

    The attack of a reader who knows only n: follow every number that can still be at risk, with the range of
    the true curve that goes with it, forward step by step; drop what cannot be continued, backward. At most
    one death time is supposed between two printed points, which a coarse curve does not keep, so that the
    answer is the attacker's best hope.
    """
    half = 0.5 * 10.0**-decimals
    worlds = [{n: (1.0, 1.0)}]
    moves: list[list[tuple[int, int, int]]] = []
    for printed in estimate:
        after: dict[int, tuple[float, float]] = {}
        made = []
        for before, (low, high) in worlds[-1].items():
            at_risk = np.arange(before, 0, -1)[:, None]
            deaths = np.arange(1, before + 1)[None, :]
            with np.errstate(invalid="ignore"):
                left = 1 - deaths / at_risk
            fits = (deaths <= at_risk) & (low * left <= printed + half) & (high * left >= printed - half)
            for row, column in np.argwhere(fits):
                died, remaining = int(column) + 1, int(at_risk[row, 0]) - int(column) - 1
                made.append((before, died, remaining))
                factor = float(left[row, column])
                ends = max(low * factor, printed - half), min(high * factor, printed + half)
                known = after.get(remaining, ends)
                after[remaining] = (min(known[0], ends[0]), max(known[1], ends[1]))
        worlds.append(after)
        moves.append(made)
    reachable = set(worlds[-1])
    given_away: list[tuple[int, int]] = []
    for made in reversed(moves):
        kept = [(before, died) for before, died, remaining in made if remaining in reachable]
        reachable = {before for before, _ in kept}
        numbers = [died for _, died in kept] or [0, n]
        given_away.append((min(numbers), max(numbers)))
    return given_away[::-1]
