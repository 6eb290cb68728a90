"""Tests of proportional hazards: does a coefficient drift with time?

The score test of adding covariate x g(time) to the model, with the full information, which is what R's
``cox.zph`` computes since survival 3.0; the older correlation of scaled Schoenfeld residuals with g(time)
is an approximation of it. Source: Grambsch & Therneau 1994; Therneau's vignette on the score version.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analytics.estimators._base.arrays import FollowUp
from analytics.estimators._base.distributions import chi_squared_tail
from analytics.estimators._base.results import TestResult
from analytics.estimators._curves.kaplan_meier import kaplan_meier

if TYPE_CHECKING:
    from analytics.estimators._cox.model import CoxModel


@dataclass(frozen=True, slots=True, eq=False)
class TermTest(TestResult):
    """A test of one variable."""

    variable: str = ""


def proportional_hazards(
    model: CoxModel, transform: str, terms: dict[str, Iterable[str]] | None
) -> tuple[TermTest, ...]:
    """See ``CoxModel.proportional_hazards``."""
    likelihood, coef = model.likelihood, model.top.coef
    risk, p = likelihood.risk, len(coef)
    kept = model.columns.kept_names
    named = {name: (name,) for name in kept} if terms is None else terms
    groups = {name: tuple(columns) for name, columns in named.items()}
    for name in (name for names in groups.values() for name in names):
        if name not in kept:
            raise ValueError(f"{name!r} is not an estimated column of the model")

    g = time_scale(model.rows, risk.times, transform)
    # The test does not depend on the origin of g; the mean keeps the algebra well conditioned.
    g = g - np.average(g, weights=risk.dead_weight)
    parts = likelihood.parts(coef)
    tied = parts.tied
    drift = g[risk.place]
    u = (parts.event_weight * drift) @ likelihood.x_event
    blocks = []
    for power in range(3):
        weight = g**power
        exposed = risk.spread(tied.hazard * weight)
        exposed[risk.event] -= (tied.lost * weight)[risk.place]
        block = (likelihood.x * (parts.relative * exposed)[:, None]).T @ likelihood.x
        cross = (parts.sums * (tied.square1 * weight)[:, None]).T @ parts.event_sums
        block -= (parts.sums * (tied.square0 * weight)[:, None]).T @ parts.sums - cross - cross.T
        block -= (parts.event_sums * (tied.square2 * weight)[:, None]).T @ parts.event_sums
        blocks.append(block)
        if power == 1:
            u = u - (parts.relative * exposed) @ likelihood.x
    full = np.block([[blocks[0], blocks[1]], [blocks[1], blocks[2]]])
    score = np.concatenate([np.zeros(p), u])

    def test(variable: str, columns: list[int]) -> TermTest:
        rows = [*range(p), *(p + j for j in columns)]
        statistic = float(score[rows] @ np.linalg.solve(full[np.ix_(rows, rows)], score[rows]))
        tail = chi_squared_tail(statistic, len(columns))
        return TermTest(f"schoenfeld_{transform}", statistic, len(columns), tail, variable)

    tests = [test(name, [kept.index(column) for column in names]) for name, names in groups.items()]
    return (*tests, test("GLOBAL", list(range(p))))


def time_scale(rows: FollowUp, at: np.ndarray, transform: str) -> np.ndarray:
    """g at the times ``at``, shape (k,), from all rows together: no strata and no weights, as R does.

    "km": 1 - S(t-) of the Kaplan-Meier curve · "rank": mean rank among all times, censored ones too ·
    "identity" · "log"
    """
    if transform == "identity":
        return at.astype(float)
    if transform == "log":
        if not at.min() > 0:
            raise ValueError("the log transform needs death times above 0")
        logs: np.ndarray = np.log(at)
        return logs
    if transform == "rank":
        times, count = np.unique(rows.exit, return_counts=True)
        return (np.cumsum(count) - (count - 1) / 2)[np.searchsorted(times, at)]
    if transform == "km":
        curve = kaplan_meier(rows.exit, rows.event, entry=rows.entry)
        before = np.concatenate([[1.0], curve.survival])
        return 1 - before[np.searchsorted(curve.times, at)]
    raise ValueError(f"transform must be km, rank, identity or log, not {transform!r}")
