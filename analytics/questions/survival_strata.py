"""One group's survival, described: what the questions about survival have in common."""

from __future__ import annotations

import numpy as np

from analytics.estimators.survival import SurvivalCurve, kaplan_meier
from analytics.questions.estimable import estimate, finite, limits
from analytics.results.statistical_tests import UNDERFLOW, StatisticalTest
from analytics.results.survival import LateEntry, RestrictedMean, RiskTable, StepCurve, SurvivalStratum

METHODS = ("loglog", "log", "plain", "spss")

NO_INFORMATION = "whenever the event occurred, only one group was at risk, or everybody at risk had it"
"""Why a test between groups has no statistic although there are groups and events."""


def describe(
    level: str,
    months: np.ndarray,
    died: np.ndarray,
    *,
    ticks: np.ndarray,
    tau: float | None,
    entry: np.ndarray | None = None,
    curve: SurvivalCurve | None = None,
    flat: str = "midpoint",
    begins: float = 0,
    **more,
) -> SurvivalStratum | None:
    """Kaplan-Meier of one group; None for an empty group.

    ticks  months at which the figure prints numbers at risk
    curve  where it was estimated together with others
    tau    horizon of the restricted mean, months
    flat   what a median is where the curve is flat at one half (SurvivalCurve.quantile)
    begins where the clock's observation starts, months: who entered by then is at risk there
    """
    if not len(months):
        return None
    curve = kaplan_meier(months, died, entry=entry) if curve is None else curve
    lower, upper = curve.interval("loglog")
    area = estimate(curve.restricted_mean, tau)
    entered = np.zeros(len(months)) if entry is None else entry
    return SurvivalStratum(
        level=level,
        n=len(months),
        events=int(np.sum(died)),
        median=finite(curve.quantile(0.5, flat=flat)),
        median_ci={method: limits(estimate(curve.median_interval, method).result) for method in METHODS},
        restricted_mean=RestrictedMean(tau, *map(finite, area.result)) if area.result and tau else None,
        curve=StepCurve(
            time=tuple(curve.times.tolist()),
            survival=tuple(curve.survival.tolist()),
            std_error=tuple(map(finite, curve.std_error)),
            lower=tuple(map(finite, lower)),
            upper=tuple(map(finite, upper)),
            at_risk=tuple(curve.at_risk.tolist()),
            events=tuple(curve.n_events.tolist()),
            late_entry=_late(entered, begins),
        ),
        risk_table=RiskTable(
            tuple(ticks.tolist()),
            tuple(int(np.sum(((entered < t) | (entered <= begins)) & (months >= t))) for t in ticks),
        ),
        **more,
    )


def _late(entered: np.ndarray, begins: float) -> LateEntry | None:
    """Who enters after the curve has begun; None where nobody does."""
    times, people = np.unique(entered[entered > begins], return_counts=True)
    return LateEntry(tuple(times.tolist()), tuple(people.tolist())) if len(times) else None


def ticks_to(last: float, *, step: int = 60, most: float = 360) -> np.ndarray:
    """Whole steps of months from 0 to where the follow-up ends, itself included."""
    return step * np.arange(min(last, most) // step + 1, dtype=float)


def tested(outcome, name: str | None = None) -> StatisticalTest:
    """A test as a row; nulls and the reason where it cannot be made."""
    underflow = UNDERFLOW if outcome.p_value == 0 else None
    return StatisticalTest(
        name or outcome.test or "logrank",
        finite(outcome.statistic),
        finite(outcome.df),
        finite(outcome.p_value),
        outcome.reason or (NO_INFORMATION if finite(outcome.statistic) is None else underflow),
    )
