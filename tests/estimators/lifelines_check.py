"""lifelines as a second opinion, never the source of a number.

It is trusted for Kaplan-Meier points, the plain log-rank test and Cox models with Efron ties. It stops a
Cox fit at a relative change of about 1e-6, so agreement is expected to that order and not beyond.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.estimators._base.arrays import follow_up, labels, matrix
from analytics.estimators._cox.fit import cox
from analytics.estimators._curves.kaplan_meier import kaplan_meier
from analytics.estimators._curves.logrank import logrank


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """Largest absolute difference between our answers and lifelines'; NaN where the data allow no comparison.

    survival: of S(t) at any time · logrank: of the chi-squared statistic · cox: of any coefficient
    """

    survival: float
    logrank: float
    cox: float
    version: str

    @property
    def largest(self) -> float:
        known = [value for value in (self.survival, self.logrank, self.cox) if np.isfinite(value)]
        return max(known, default=float("nan"))


def cross_check(durations, events, *, groups=None, covariates=None, names=None, entry=None) -> CrossCheck:
    """Estimate with both and compare.

    durations, events, entry   as in ``kaplan_meier``, shapes (n,)
    groups       labels, shape (n,), for the log-rank test (without late entry only)
    covariates   shape (n, p), names as in ``cox``; Efron ties; columns that are not estimable are left out
    """
    import lifelines

    rows = follow_up(durations, events, entry=entry)
    curve = kaplan_meier(rows.exit, rows.event, entry=rows.entry)
    theirs = lifelines.KaplanMeierFitter().fit(rows.exit, rows.event, entry=rows.entry)
    steps = theirs.survival_function_at_times(curve.times).to_numpy()
    difference = float(np.abs(curve.survival - steps).max())

    test = coefficient = float("nan")
    if groups is not None and rows.entry is None and rows.event.any():
        from lifelines.statistics import multivariate_logrank_test

        codes = labels(groups, "groups", len(rows))[1]
        statistic = multivariate_logrank_test(rows.exit, codes, rows.event).test_statistic
        test = abs(logrank(rows.exit, rows.event, codes).statistic - float(statistic))
    if covariates is not None and rows.event.any():
        coefficient = _cox_difference(rows, covariates, names)
    return CrossCheck(difference, test, coefficient, lifelines.__version__)


def _cox_difference(rows, covariates, names) -> float:
    import pandas
    from lifelines import CoxPHFitter

    x, names = matrix(covariates, names, len(rows))
    ours = cox(rows.exit, rows.event, x, names=names, entry=rows.entry)
    usable = np.isfinite(ours.coef)
    if not usable.any() or ours.separated:
        return float("nan")
    frame = pandas.DataFrame(x[:, usable], columns=[f"x{j}" for j in np.flatnonzero(usable)])
    frame["time"], frame["event"] = rows.exit, rows.event
    if rows.entry is not None:
        frame["entry"] = rows.entry
    entry = None if rows.entry is None else "entry"
    theirs = CoxPHFitter().fit(
        frame, "time", "event", entry_col=entry, fit_options={"precision": 1e-10, "r_precision": 1e-12}
    )
    return float(np.abs(theirs.params_.to_numpy() - ours.coef[usable]).max())
