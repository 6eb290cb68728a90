"""Kaplan-Meier and Nelson-Aalen with late entry and weights.

Ties: a death and a censoring at the same time are taken in that order, so that the censored person is still
at risk for the death (Kaplan & Meier 1958). A row is at risk at t when entry < t <= exit; without ``entry``
everybody is at risk from the start, and so for an event at time 0 too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.estimators._base.arrays import FollowUp, follow_up
from analytics.estimators._base.distinct import distinct_times
from analytics.estimators._curves.survival_curve import SurvivalCurve


@dataclass(frozen=True, slots=True, eq=False)
class HazardCurve:
    """A cumulative hazard as right-continuous steps at the distinct times, shapes (m,)."""

    times: np.ndarray
    hazard: np.ndarray
    std_error: np.ndarray


def kaplan_meier(durations, events, *, entry=None, weights=None) -> SurvivalCurve:
    """Product-limit estimate of survival with Greenwood's standard error.

    durations  time last seen, shape (n,), any unit; the curve keeps it
    events     whether that was a death (0/1 or bool), shape (n,)
    entry      time each row came under observation, shape (n,); at risk on (entry, exit]
    weights    case weights, shape (n,); Greenwood's sum then uses the weighted counts, as R's
               ``survfit(..., robust = FALSE)`` does

    No events is allowed: the curve stays at 1. Where a late-entry risk set empties by death the curve is 0
    from then on. Source: Kaplan & Meier 1958; Greenwood 1926; late entry as in Klein & Moeschberger, ch. 4.
    """
    return product_limit(follow_up(durations, events, entry=entry, weights=weights))


def product_limit(rows: FollowUp) -> SurvivalCurve:
    """The curve of checked rows; an entry below 0 is at risk at time 0 too."""
    table = life_table(rows)
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(1 - table.n_events / table.at_risk)
        terms = table.n_events / (table.at_risk * (table.at_risk - table.n_events))
    # Weighted counts can leave a last step a rounding error away from zero.
    survival = np.where(survival < 1e-14, 0.0, survival)
    return SurvivalCurve(
        table.times, survival, np.cumsum(terms), table.at_risk, table.n_events, table.n_censored
    )


def reverse_kaplan_meier(durations, events, *, entry=None, weights=None) -> SurvivalCurve:
    """Follow-up as it would have been without deaths: Kaplan-Meier with event and censoring exchanged.

    Its median is the median follow-up (Schemper & Smith 1996). As in R's ``survfit(Surv(time, 1 - death))`` a
    tied censoring is then taken before the death.
    """
    rows = follow_up(durations, events, entry=entry, weights=weights)
    return kaplan_meier(rows.exit, ~rows.event, entry=rows.entry, weights=rows.weight)


def nelson_aalen(durations, events, *, entry=None, weights=None, ties: str = "poisson") -> HazardCurve:
    """Cumulative hazard.

    ties  "poisson": d / n at each time, variance d / n^2 (R's ctype = 1);
          "fleming_harrington": the d deaths one after another, sum of 1 / (n - j), variance sum of
          1 / (n - j)^2, for j = 0 .. d - 1 (R's ctype = 2); unweighted rows only
    """
    rows = follow_up(durations, events, entry=entry, weights=weights)
    table = life_table(rows)
    if ties == "poisson":
        steps = table.n_events / table.at_risk
        variances = table.n_events / table.at_risk.astype(float) ** 2
    elif ties == "fleming_harrington":
        if rows.weight is not None:
            raise ValueError("fleming_harrington ties need whole deaths: do not give weights")
        deaths = table.n_events
        turn = np.arange(deaths.sum()) - np.repeat(np.cumsum(deaths) - deaths, deaths)
        left = np.repeat(table.at_risk, deaths) - turn
        where = np.repeat(np.arange(len(deaths)), deaths)
        steps = np.bincount(where, 1 / left, len(deaths))
        variances = np.bincount(where, 1 / left.astype(float) ** 2, len(deaths))
    else:
        raise ValueError(f"ties must be 'poisson' or 'fleming_harrington', not {ties!r}")
    return HazardCurve(table.times, np.cumsum(steps), np.sqrt(np.cumsum(variances)))


@dataclass(frozen=True, slots=True, eq=False)
class LifeTable:
    """Counts at each distinct exit time, shapes (m,): whole numbers, or sums of weights if there are any."""

    times: np.ndarray
    at_risk: np.ndarray
    n_events: np.ndarray
    n_censored: np.ndarray


def life_table(rows: FollowUp) -> LifeTable:
    """Who was at risk, died and was censored at each distinct exit time of a row with weight.

    A row of no weight is nobody: it makes no step, and no curve goes on after the last weight has left.
    """
    if rows.weight is not None and not rows.weight.all():
        here = rows.weight > 0
        entered = None if rows.entry is None else rows.entry[here]
        rows = FollowUp(rows.exit[here], rows.event[here], entered, rows.weight[here])
    times, place = distinct_times(rows.exit)
    m = len(times)

    def count(where: np.ndarray, only: np.ndarray | None = None) -> np.ndarray:
        weight = rows.weight
        if only is not None:
            where, weight = where[only], None if weight is None else weight[only]
        return np.bincount(where, weight, m)

    leaving, dying = count(place), count(place, rows.event)
    waiting = np.zeros(m, leaving.dtype)
    if rows.entry is not None:
        # Not yet under observation at times[k] when entry >= times[k].
        first = np.searchsorted(times, rows.entry, side="right")
        waiting = count(first - 1, first > 0)
    at_risk = np.cumsum((leaving - waiting)[::-1])[::-1]
    return LifeTable(times, at_risk, dying, leaving - dying)
