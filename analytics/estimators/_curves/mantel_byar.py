"""A time-dependent exposure compared honestly.

A test (Mantel & Byar 1974), curves (Simon & Makuch 1984), and the landmark as a check (Anderson et al. 1983).
Grouping people by an exposure that comes later gives them the time they had to live to get it. Here they
count as unexposed until it comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analytics.estimators._base.arrays import follow_up, number
from analytics.estimators._base.results import LogrankResult
from analytics.estimators._curves.exposure import ExposedIntervals, exposed_intervals, exposure_times
from analytics.estimators._curves.kaplan_meier import product_limit
from analytics.estimators._curves.logrank import contrast
from analytics.estimators._curves.survival_curve import SurvivalCurve


def mantel_byar(
    durations: ArrayLike,
    events: ArrayLike,
    exposed_from: ArrayLike | Sequence[float | None],
    *,
    landmark: float = 0.0,
    weighting: str = "logrank",
) -> LogrankResult:
    """Log-rank test in which people change group when exposed.

    durations, events  as in ``kaplan_meier``, shapes (n,)
    exposed_from       when the exposure came, shape (n,); NaN or None for never
    landmark           the test is of those alive and under observation then
    weighting          as in ``logrank``

    Groups are False and True, each with its intervals; the statistic is the score test of a time-dependent
    Cox model of the discrete kind. ``ValueError`` where nobody is exposed, or everybody, or nobody dies.
    """
    cut = exposed_intervals(durations, events, exposed_from, landmark=landmark)
    _refuse_one_state(cut)
    if not cut.event.any():
        raise ValueError("events holds no event: there is nothing to compare")
    return contrast(cut.at_risk(), (False, True), cut.exposed.astype(np.intp), weighting=weighting)


@dataclass(frozen=True, slots=True, eq=False)
class SimonMakuch:
    """Survival of the not yet exposed, and of the exposed entering when exposed; intervals: whom they count.

    The exposed curve starts with few at risk; read it from where ``at_risk`` is worth reading.
    """

    unexposed: SurvivalCurve
    exposed: SurvivalCurve
    intervals: ExposedIntervals


def simon_makuch(
    durations: ArrayLike,
    events: ArrayLike,
    exposed_from: ArrayLike | Sequence[float | None],
    *,
    landmark: float = 0.0,
) -> SimonMakuch:
    """Kaplan-Meier curves of both states with people changing state when exposed.

    durations, events, exposed_from   as in ``mantel_byar``, shapes (n,)
    landmark  curves are conditional on being alive and under observation then; time stays counted from 0

    ``ValueError`` where one of the states is empty.
    """
    cut = exposed_intervals(durations, events, exposed_from, landmark=landmark)
    _refuse_one_state(cut)
    unexposed, exposed = (product_limit(cut.at_risk(here)) for here in (~cut.exposed, cut.exposed))
    return SimonMakuch(unexposed, exposed, cut)


def _refuse_one_state(cut: ExposedIntervals) -> None:
    for state, name in ((False, "unexposed"), (True, "exposed")):
        if not (cut.exposed == state).any():
            raise ValueError(
                f"exposed_from leaves only one state, nobody is {name}: there is nothing to compare"
            )


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


def landmark(
    durations: ArrayLike, events: ArrayLike, exposed_from: ArrayLike | Sequence[float | None], at: float
) -> Landmark:
    """Keep who is followed beyond a landmark time and group by exposure up to and including it.

    durations, events, exposed_from   as in ``mantel_byar``, shapes (n,); at: in their unit

    Somebody last seen exactly at the landmark has no time after it and is left out, dead or not. Where nobody
    is followed beyond it the arrays are empty.
    """
    rows = follow_up(durations, events)
    since = exposure_times(exposed_from, rows.exit)
    at = number(at, "at")
    if at < 0:
        raise ValueError(f"at must not be negative, not {at}")
    person = np.flatnonzero(rows.exit > at)
    return Landmark(
        rows.exit[person] - at, rows.event[person], since[person] <= at, person, len(rows) - len(person)
    )
