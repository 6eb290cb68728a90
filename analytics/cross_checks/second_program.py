"""What lifelines computes, of rows that it is given. Nothing else of the report's numbers asks it.

lifelines is imported where it is called: whoever asks for no report does not wait for it.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from analytics.cross_checks.rows import Followed, ModelRows

TIGHT = {"precision": 1e-14, "r_precision": 1e-16}
"""Where Newton's steps end: lifelines' own bounds leave the sixth decimal of a standard error open, and below
1e-16 rounding keeps the steps of its time-varying fitter from ever ending."""

NO_MAXIMUM = "Newton-Raphson failed to converge"

HALF = 1e-9
"""lifelines multiplies by adding logarithms, which leaves one half a few bits beside itself."""


class NoCurve(ValueError):
    """lifelines estimates no curve of these people."""


class NoMaximum(ValueError):
    """lifelines found no maximum of the likelihood."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Steps at the distinct times seen, time 0 not included: times (m,), survival (m,)."""

    times: np.ndarray
    survival: np.ndarray

    def at(self, times: np.ndarray) -> np.ndarray:
        """S at these times, shape (k,): 1 before the first step."""
        return np.concatenate([[1.0], self.survival])[np.searchsorted(self.times, times, side="right")]

    def median(self, *, flat: str = "first") -> float | None:
        """First time with S at or below one half, None where it stays above.

        flat  "midpoint": the middle of the stretch where S is one half, as R prints it
        """
        reached = np.flatnonzero(self.survival <= 0.5 + HALF)
        if not reached.size:
            return None
        first = reached[0]
        if flat == "midpoint" and abs(self.survival[first] - 0.5) <= HALF:
            below = np.flatnonzero(self.survival < 0.5 - HALF)
            return float(self.times[first] + (self.times[below[0]] if below.size else self.times[-1])) / 2
        return float(self.times[first])

    def area(self, tau: float) -> float:
        """The restricted mean: the area below the steps up to tau."""
        edges = np.concatenate([[0.0], self.times[self.times < tau], [tau]])
        return float(np.sum(np.diff(edges) * self.at(edges[:-1])))


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A Cox model: coefficients (p,), their standard errors (p,), and the log-likelihood."""

    coef: np.ndarray
    std_error: np.ndarray
    loglik: float


def version() -> str:
    import lifelines

    return str(lifelines.__version__)


def kaplan_meier(rows: Followed) -> Curve:
    """The product-limit curve by lifelines.

    Raises NoCurve where it gives none: nobody is at risk any more while others are still to enter.
    """
    from lifelines import KaplanMeierFitter
    from lifelines.exceptions import StatError

    with warnings.catch_warnings():
        # It warns of curves that begin with few people at risk, as those with late entry do.
        warnings.simplefilter("ignore")
        try:
            fitted = KaplanMeierFitter().fit(rows.months, rows.died, entry=rows.entry)
        except StatError:
            raise NoCurve from None
    times = np.unique(rows.months)
    return Curve(times, fitted.survival_function_at_times(times).to_numpy())


def logrank(groups: dict[str, Followed]) -> float:
    """The chi-squared statistic of the unstratified log-rank test between groups without late entry."""
    from lifelines.statistics import multivariate_logrank_test

    months = np.concatenate([rows.months for rows in groups.values()])
    died = np.concatenate([rows.died for rows in groups.values()])
    label = np.repeat(np.arange(len(groups)), [len(rows.months) for rows in groups.values()])
    return float(multivariate_logrank_test(months, label, died).test_statistic)


def cox(rows: ModelRows) -> Fit:
    """A Cox model with Efron ties; its time-varying fitter where people come later or strata differ.

    Raises NoMaximum where lifelines' steps do not end.
    """
    import pandas as pd
    from lifelines import CoxPHFitter, CoxTimeVaryingFitter
    from lifelines.exceptions import ConvergenceError

    names = [f"x{at}" for at in range(rows.design.shape[1])]
    frame = pd.DataFrame(rows.design, columns=names)
    settings = {"fit_options": TIGHT, "initial_point": _start(rows) * frame.std().to_numpy()}
    frame["months"], frame["died"] = rows.followed.months, rows.followed.died
    strata = None
    if rows.strata is not None:
        frame["stratum"] = np.unique(rows.strata, return_inverse=True)[1]
        strata = ["stratum"]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            if rows.followed.entry is None:
                fitter = CoxPHFitter().fit(frame, "months", "died", strata=strata, **settings)
            else:
                frame["entry"] = rows.followed.entry
                fitter = CoxTimeVaryingFitter().fit(
                    frame, "died", start_col="entry", stop_col="months", strata=strata, **settings
                )
        except ConvergenceError as problem:
            raise NoMaximum from problem
    if any(NO_MAXIMUM in str(warning.message) for warning in said):
        raise NoMaximum
    return Fit(
        fitter.params_.loc[names].to_numpy(),
        fitter.standard_errors_.loc[names].to_numpy(),
        float(fitter.log_likelihood_),
    )


def _start(rows: ModelRows) -> np.ndarray:
    """Where Newton's steps begin, shape (p,): the log of the ratio of crude rates for 0/1 columns, else 0.

    From 0 on, lifelines steps beyond all numbers where few people are exposed and their ratio is large. The
    likelihood has one maximum, wherever the steps begin.
    """
    followed = rows.followed
    time = followed.months - (0 if followed.entry is None else followed.entry)
    start = np.zeros(rows.design.shape[1])
    for at, column in enumerate(rows.design.T):
        inside = column == 1
        if not np.isin(column, (0, 1)).all():
            continue
        deaths = followed.died[inside].sum(), followed.died[~inside].sum()
        if all(deaths):
            start[at] = np.log(deaths[0] / time[inside].sum() / (deaths[1] / time[~inside].sum()))
    return start
