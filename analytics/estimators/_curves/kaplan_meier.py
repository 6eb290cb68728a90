"""Kaplan-Meier with late entry and weights.

Ties: a death and a censoring at the same time are taken in that order, so that the censored person is still
at risk for the death (Kaplan & Meier 1958). A row is at risk at t when entry < t <= exit; without ``entry``
everybody is at risk from the start, and so for an event at time 0 too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analytics.estimators._base.arrays import FollowUp, follow_up
from analytics.estimators._base.distinct import distinct_times
from analytics.estimators._curves.survival_curve import SurvivalCurve


def kaplan_meier(
    durations: ArrayLike,
    events: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> SurvivalCurve:
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
