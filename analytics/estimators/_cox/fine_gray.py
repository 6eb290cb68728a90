"""Fine and Gray's proportional subdistribution hazards.

Those with a competing event stay at risk, with the falling weight G(t-) / G(their time-), G being the
Kaplan-Meier of the censoring, of their own group where groups are given: R's ``survival::finegray`` followed
by ``coxph``. Instead of splitting each of them into a row a censoring time, the weight is one factor per
death time on the whole group, so that the cost stays that of a Cox fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from analytics.estimators._base.arrays import FollowUp, cause_codes, follow_up, labels, matrix
from analytics.estimators._cox.fit import fit
from analytics.estimators._cox.model import CoxModel
from analytics.estimators._cox.risk_sets import RiskSets, risk_sets


def fine_gray(
    durations: ArrayLike,
    causes: ArrayLike,
    covariates: ArrayLike,
    *,
    names: str | Sequence[str],
    cause: int = 1,
    ties: str = "efron",
    level: float = 0.95,
    censoring_groups: ArrayLike | Sequence[object] | None = None,
) -> CoxModel:
    """Model the subdistribution hazard of one cause; exp(coef) is a subdistribution hazard ratio.

    durations, causes   as in ``cumulative_incidence``, shapes (n,)
    covariates, names   as in ``cox``
    ties                "efron" (as finegray() and coxph()) or "breslow" (as cmprsk's crr)
    censoring_groups    labels, shape (n,): the censoring has a curve of its own in each, 0 beyond the group's
                        last time, as with crr's ``cengroup``. Needed where groups are followed for unequal
                        times; one curve for everybody if omitted

    Errors are robust, a person being a cluster, and take G as known, as finegray() does; crr adds a small
    term for the estimation of G. ``naive_std_error`` is the model's own. A tied event comes before a
    censoring; crr counts it as still at risk of censoring, so that its coefficients differ in the third digit
    where the two tie.
    """
    if ties not in ("efron", "breslow"):
        raise ValueError(f"ties must be 'efron' or 'breslow', not {ties!r}")
    codes = cause_codes(causes)
    rows = follow_up(durations, codes == cause)
    x, names = matrix(covariates, names, len(rows))
    if not rows.event.any():
        raise ValueError(f"causes holds no event of cause {cause}: there is nothing to estimate")
    first = rows.exit[rows.event].min()
    is_first = rows.event & (rows.exit == first)
    if is_first[(rows.exit >= first) | (codes != 0)].all():
        raise ValueError("everybody at risk has the event at once: there is nothing to compare")

    groups = np.zeros(len(rows), np.intp)
    if censoring_groups is not None:
        _, groups = labels(censoring_groups, "censoring_groups", len(rows))
    risk, row = _subdistribution(rows, codes, groups)
    return fit(
        rows, risk, x[row], np.zeros(len(row)), names, ties=ties, penalty=None, cluster=row, level=level
    )


def _uncensored_before(exit: np.ndarray, censored: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """G(t-) of one group as a function of t: Kaplan-Meier of the censoring, its ties after the events."""
    times, place = np.unique(exit, return_inverse=True)
    at_risk = np.cumsum(np.bincount(place)[::-1])[::-1]
    gone = np.bincount(place, minlength=len(times))
    lost = np.bincount(place[censored], minlength=len(times))
    # The tied events have left before the tied censorings are counted against those still there.
    staying = at_risk - (gone - lost)
    steps = 1 - np.divide(lost, staying, out=np.zeros(len(times)), where=staying > 0)
    # Beyond its last time a group is no longer seen, so that nobody of it can linger there.
    before = np.concatenate([[1.0], np.cumprod(steps)[:-1], [0.0]])

    return lambda time: before[np.searchsorted(times, time, side="left")]


def _subdistribution(rows: FollowUp, codes: np.ndarray, groups: np.ndarray) -> tuple[RiskSets, np.ndarray]:
    """Risk sets of the rows followed by a lingering copy of each competing event; and whose row each is."""
    plain = risk_sets(rows)
    at_end, decay = np.empty(len(rows)), []
    for group in range(int(groups.max()) + 1):
        here = groups == group
        g_before = _uncensored_before(rows.exit[here], codes[here] == 0)
        at_end[here] = g_before(rows.exit[here])
        decay.append(g_before(plain.times))

    competing = np.flatnonzero((codes != 0) & ~rows.event)
    k = len(plain.times)
    first = np.searchsorted(plain.times, rows.exit[competing], side="right")
    linger = np.flatnonzero((first < k) & (at_end[competing] > 0))
    copies = competing[linger]
    extra = len(copies)
    row = np.concatenate([np.arange(len(rows)), copies])
    return RiskSets(
        kept=np.concatenate([plain.kept, len(rows) + np.arange(extra)]),
        first=np.concatenate([plain.first, first[linger]]),
        last=np.concatenate([plain.last, np.full(extra, k)]),
        event=plain.event,
        place=plain.place,
        weight=np.concatenate([plain.weight, 1 / at_end[copies]]),
        times=plain.times,
        deaths=plain.deaths,
        dead_weight=plain.dead_weight,
        blocks=plain.blocks,
        lingering=np.concatenate([np.full(len(plain.kept), -1), groups[copies]]),
        decay=np.array(decay),
    ), row
