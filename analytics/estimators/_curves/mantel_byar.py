"""A time-dependent exposure compared honestly.

A test (Mantel & Byar 1974), curves (Simon & Makuch 1984), and the landmark as a check (Anderson et al. 1983).
Grouping people by an exposure that comes later gives them the time they had to live to get it. Here they
count as unexposed until it comes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analytics.estimators._base.arrays import follow_up, number
from analytics.estimators._base.results import LogrankResult
from analytics.estimators._curves.exposure import exposed_intervals, exposure_times
from analytics.estimators._curves.kaplan_meier import kaplan_meier
from analytics.estimators._curves.logrank import logrank
from analytics.estimators._curves.survival_curve import SurvivalCurve


def mantel_byar(durations, events, exposed_from, *, weighting: str = "logrank") -> LogrankResult:
    """Log-rank test in which people change group when exposed.

    durations, events  as in ``kaplan_meier``, shapes (n,)
    exposed_from       when the exposure came, shape (n,); NaN or None for never

    Groups are False and True; the statistic is the score test of a time-dependent Cox model with exact
    ties. Nobody exposed before the end of follow-up is a ``ValueError``. For rows already cut use
    ``logrank(entry=...)``.
    """
    cut = exposed_intervals(durations, events, exposed_from)
    if cut.exposed.all() or not cut.exposed.any():
        raise ValueError("exposed_from leaves only one state: there is nothing to compare")
    return logrank(cut.stop + 1, cut.event, cut.exposed, entry=_entry(cut.start), weighting=weighting)


def _entry(start: np.ndarray) -> np.ndarray:
    """Entries on a clock moved on by 1, so that those there from the beginning are at risk at time 0."""
    return np.where(start == 0, 0.0, start + 1)


@dataclass(frozen=True, slots=True, eq=False)
class SimonMakuch:
    """Survival of the not yet exposed, and of the exposed entering when exposed.

    The exposed curve starts with few at risk; read it from where ``at_risk`` is worth reading.
    """

    unexposed: SurvivalCurve
    exposed: SurvivalCurve


def simon_makuch(durations, events, exposed_from, *, landmark: float = 0.0) -> SimonMakuch:
    """Kaplan-Meier curves of both states with people changing state when exposed.

    landmark  curves are conditional on being alive and under observation then; time stays counted from 0
    """
    cut = exposed_intervals(durations, events, exposed_from)
    if cut.exposed.all() or not cut.exposed.any():
        raise ValueError("exposed_from leaves only one state: there is nothing to compare")
    landmark = number(landmark, "landmark")
    curves = []
    for state in (False, True):
        here = (cut.exposed == state) & ((cut.stop > landmark) | (landmark == 0))
        if not here.any():
            raise ValueError(f"nobody is left {'exposed' if state else 'unexposed'} after {landmark:g}")
        entry = _entry(np.maximum(cut.start[here], landmark))
        curve = kaplan_meier(cut.stop[here] + 1, cut.event[here], entry=entry)
        curves.append(replace(curve, times=curve.times - 1))
    return SimonMakuch(*curves)


@dataclass(frozen=True, slots=True, eq=False)
class Landmark:
    """Those still followed at the landmark; durations counted from it; exposed: exposed by then.

    person: positions given; n_before: left out since they had died or been lost by the landmark.
    """

    durations: np.ndarray
    events: np.ndarray
    exposed: np.ndarray
    person: np.ndarray
    n_before: int


def landmark(durations, events, exposed_from, at: float) -> Landmark:
    """Keep who is followed beyond a landmark time and group by exposure up to and including it.

    Somebody last seen exactly at the landmark has no time after it and is left out, dead or not.
    """
    rows = follow_up(durations, events)
    since = exposure_times(exposed_from, rows.exit)
    at = number(at, "at")
    if at < 0:
        raise ValueError(f"at must not be negative, not {at}")
    person = np.flatnonzero(rows.exit > at)
    if not person.size:
        raise ValueError(f"nobody is followed beyond {at:g}")
    return Landmark(
        rows.exit[person] - at, rows.event[person], since[person] <= at, person, len(rows) - len(person)
    )
