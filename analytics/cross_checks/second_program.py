"""What lifelines computes, of rows that it is given. Nothing else of the report's numbers asks it.

lifelines is imported where it is called: whoever asks for no report does not wait for it.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import chi2, norm

from analytics.cross_checks.rows import Followed, ModelRows

if TYPE_CHECKING:
    import pandas as pd

TIGHT = {"precision": 1e-14, "r_precision": 1e-16}
"""Where Newton's steps end: lifelines' own bounds leave the sixth decimal of a standard error open, and below
1e-16 rounding keeps the steps of its time-varying fitter from ever ending."""

NO_MAXIMUM = "Newton-Raphson failed to converge"

ENDLESS, ENDLESS_ERROR = 10.0, 50.0
"""A coefficient, or its standard error, beyond which lifelines was on its way to infinity."""

HALF = 1e-9
"""lifelines multiplies by adding logarithms, which leaves one half a few bits beside itself."""

INTERVALS = ("loglog", "log", "plain", "spss")
"""What 95% limits of a median are there: the times at which those of S cross one half, and SPSS's."""

Z = float(norm.isf(0.025))


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
class KaplanMeier(Curve):
    """lifelines' curve with what it counted, each shape (m,) at the times of the curve.

    std_error     Greenwood's, of the deaths and the numbers at risk of lifelines' table; NaN where S is 0
    lower, upper  log-log limits; NaN where S is 0 or 1, which have none
    at_risk       just before each time; whoever comes at a time is at risk after it
    """

    std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    table: pd.DataFrame

    def at_risk_before(self, time: float, *, begins: float) -> int:
        """How many are under observation just before a time; all who came by `begins` are."""
        came, left = self.table["entrance"], self.table["removed"]
        seen = self.table.index
        return int(came[(seen < time) | (seen <= begins)].sum() - left[seen < time].sum())

    def median_limits(self, method: str = "loglog") -> tuple[float | None, float | None]:
        """95% limits of the median, by one of INTERVALS."""
        if method == "spss":
            return self._spss_limits()
        half, s = Z * self.std_error, self.survival
        with np.errstate(all="ignore"):
            lower, upper = {
                "loglog": lambda: (self.lower, self.upper),
                "log": lambda: (s * np.exp(-half / s), s * np.exp(half / s)),
                "plain": lambda: (s - half, s + half),
            }[method]()
        known = np.isfinite(lower)
        times = self.times[known]
        below, above = (Curve(times, limit[known]).median(flat="midpoint") for limit in (lower, upper))
        return below, above

    def _spss_limits(self) -> tuple[float | None, float | None]:
        """Greenwood's error over the slope of the curve between 0.55 and 0.45, at deaths alone."""
        dead = self.events > 0
        times, s, error = self.times[dead], self.survival[dead], self.std_error[dead]
        half, below = np.flatnonzero(s <= 0.5 + HALF), np.flatnonzero(s <= 0.45 + HALF)
        if not below.size or s[half[0]] <= HALF:
            return None, None
        above = np.flatnonzero(s >= 0.55 - HALF)
        begins, height = (times[above[-1]], s[above[-1]]) if above.size else (0.0, 1.0)
        slope = (height - s[below[0]]) / (times[below[0]] - begins)
        width = Z * error[half[0]] / slope
        return max(float(times[half[0]] - width), 0.0), float(times[half[0]] + width)

    def area_error(self, tau: float) -> float:
        """The standard error of the restricted mean, from lifelines' counts of deaths and people at risk."""
        inside = self.times < tau
        heights, widths = self.survival[inside], np.diff(np.append(self.times[inside], tau))
        left = np.cumsum((heights * widths)[::-1])[::-1]
        d, n = self.events[inside], self.at_risk[inside]
        return float(np.sqrt(np.sum(left**2 * d / (n * np.maximum(n - d, 1)))))

    def came_late(self, *, begins: float) -> tuple[np.ndarray, np.ndarray]:
        """Times after `begins` at which somebody comes under observation, and how many do."""
        came = self.table["entrance"]
        came = came[(came.index > begins) & (came > 0)]
        return came.index.to_numpy(dtype=float), came.to_numpy(dtype=float)


@dataclass(frozen=True, slots=True)
class ChiSquared:
    """A statistic, its degrees of freedom and the tail beyond it."""

    statistic: float
    df: float
    p_value: float


def chi_squared(statistic: float, df: float) -> ChiSquared:
    return ChiSquared(statistic, df, float(chi2.sf(statistic, df)))


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A Cox model: coefficients (p,), their standard errors (p,), and the log-likelihood.

    covariance  of the coefficients (p, p); None where only their standard errors are known
    """

    coef: np.ndarray
    std_error: np.ndarray
    loglik: float
    covariance: np.ndarray | None = None

    def joint_wald(self, at: Sequence[int]) -> ChiSquared | None:
        """That these coefficients are all 0; None of several without a covariance."""
        coef = self.coef[at]
        if len(at) == 1:
            return chi_squared(float((coef[0] / self.std_error[at[0]]) ** 2), 1)
        if self.covariance is None:
            return None
        return chi_squared(float(coef @ np.linalg.inv(self.covariance[np.ix_(at, at)]) @ coef), len(at))

    @property
    def ratio(self) -> np.ndarray:
        """Hazard ratios, shape (p,)."""
        ratio: np.ndarray = np.exp(self.coef)
        return ratio

    @property
    def limits(self) -> tuple[np.ndarray, np.ndarray]:
        """Wald's 95% limits of the hazard ratios, shapes (p,)."""
        half = Z * self.std_error
        return np.exp(self.coef - half), np.exp(self.coef + half)

    @property
    def p_value(self) -> np.ndarray:
        """Wald's, shape (p,)."""
        tail: np.ndarray = 2 * norm.sf(np.abs(self.coef / self.std_error))
        return tail

    def runs_off(self, at: int) -> bool:
        """Whether this coefficient was still on its way to infinity when the steps ended."""
        return not (abs(self.coef[at]) < ENDLESS and self.std_error[at] < ENDLESS_ERROR)


def version() -> str:
    import lifelines

    return str(lifelines.__version__)


def kaplan_meier(rows: Followed) -> KaplanMeier:
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
    times, table = np.unique(rows.months), fitted.event_table
    survival = fitted.survival_function_at_times(times).to_numpy()
    events = table["observed"].loc[times].to_numpy(dtype=float)
    at_risk = table["at_risk"].loc[times].to_numpy(dtype=float)
    # The table counts whoever comes at a time as there already; at the curve's beginning so do we.
    came = table["entrance"].loc[times].to_numpy(dtype=float)
    at_risk -= np.where(times > table.index[0], came, 0)
    has_limits = (survival > HALF) & (survival < 1)
    lower, upper = fitted.confidence_interval_survival_function_.loc[times].to_numpy().T
    with np.errstate(all="ignore"):
        error = survival * np.sqrt(np.cumsum(events / (at_risk * (at_risk - events))))
    return KaplanMeier(
        times=times,
        survival=survival,
        std_error=np.where(survival > HALF, error, np.nan),
        lower=np.where(has_limits, lower, np.nan),
        upper=np.where(has_limits, upper, np.nan),
        at_risk=at_risk,
        events=events,
        table=table,
    )


def compared_groups(groups: dict[str, Followed]) -> dict[str, Followed]:
    """Those that a log-rank test without late entry compares: at risk when the first death occurs.

    Empty where no test can be made: these are fewer than two, or all in them die at once.
    """
    deaths = [rows.months[rows.died].min() for rows in groups.values() if rows.died.any()]
    first = min(deaths, default=np.inf)
    at_risk = {level: rows for level, rows in groups.items() if (rows.months >= first).any()}
    n = sum(int((rows.months >= first).sum()) for rows in at_risk.values())
    d = sum(int((rows.died & (rows.months == first)).sum()) for rows in at_risk.values())
    return at_risk if len(at_risk) > 1 and d < n else {}


def logrank(groups: dict[str, Followed]) -> ChiSquared:
    """The unstratified log-rank test between groups without late entry."""
    from lifelines.statistics import multivariate_logrank_test

    months = np.concatenate([rows.months for rows in groups.values()])
    died = np.concatenate([rows.died for rows in groups.values()])
    label = np.repeat(np.arange(len(groups)), [len(rows.months) for rows in groups.values()])
    found = multivariate_logrank_test(months, label, died)
    return chi_squared(float(found.test_statistic), float(found.degrees_of_freedom))


def cumulative_incidence(rows: Followed, first: KaplanMeier) -> np.ndarray:
    """Aalen and Johansen's sum over lifelines' counts, shape (m,) at the times of `first`.

    first  lifelines' curve of these rows, whose events are those that the incidence is of

    lifelines' own fitter of it moves tied times at random.
    """
    ended = rows.died if rows.other is None else rows.died | rows.other
    free = kaplan_meier(replace(rows, died=ended)).survival
    before = np.concatenate([[1.0], free[:-1]])
    incidence: np.ndarray = np.cumsum(before * first.events / first.at_risk)
    return incidence


def cox(rows: ModelRows, start: np.ndarray | None = None) -> Fit:
    """A Cox model with Efron ties; its time-varying fitter where people come later or strata differ.

    start  coefficients of the first columns from which the steps begin; those of crude rates if left out

    Raises NoMaximum where lifelines' steps do not end, or it cannot begin.
    """
    import pandas as pd
    from lifelines import CoxPHFitter, CoxTimeVaryingFitter

    names = [f"x{at}" for at in range(rows.design.shape[1])]
    frame = pd.DataFrame(rows.design, columns=names)
    begin = _start(rows)
    if start is not None:
        begin[: len(start)] = start
    settings = {"fit_options": TIGHT, "initial_point": begin * frame.std().to_numpy()}
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
        except Exception as problem:
            # Of one row, or of rows that are all the same, it fails in ways of its own.
            raise NoMaximum from problem
    if any(NO_MAXIMUM in str(warning.message) for warning in said):
        raise NoMaximum
    return Fit(
        fitter.params_.loc[names].to_numpy(),
        fitter.standard_errors_.loc[names].to_numpy(),
        float(fitter.log_likelihood_),
        fitter.variance_matrix_.to_numpy(dtype=float),
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
