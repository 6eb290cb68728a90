"""A survival curve and what one reads off it: limits, quantiles, restricted mean."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np

from analytics.estimators._base.arrays import number
from analytics.estimators._base.distributions import normal_quantile
from analytics.estimators._base.results import Interval
from analytics.estimators._curves.spss_percentile import SpssPercentile, spss_percentile

# R's tolerance for "the curve is flat exactly at this level": sqrt(machine epsilon).
TOLERANCE = 1.5e-8


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalCurve:
    """Right-continuous steps at the distinct times seen (deaths and censorings), shapes (m,).

    greenwood   running sum of d / (n (n - d)): the variance of log S(t); infinite once S(t) is 0
    at_risk     rows (or weight) under observation just before each time
    n_events, n_censored   rows (or weight) leaving at each time
    """

    times: np.ndarray
    survival: np.ndarray
    greenwood: np.ndarray
    at_risk: np.ndarray
    n_events: np.ndarray
    n_censored: np.ndarray

    @property
    def std_error(self) -> np.ndarray:
        """Greenwood's standard error of S(t); NaN where S(t) is 0, as in R."""
        with np.errstate(invalid="ignore"):
            error: np.ndarray = self.survival * np.sqrt(self.greenwood)
            return error

    def interval(self, transform: str = "loglog", level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
        """Pointwise limits, shapes (m,): "loglog", "log", "plain", "logit" or "arcsine" scale.

        NaN where the scale has no value: S = 0 everywhere, S = 1 for loglog, logit and arcsine (R's rule).
        "plain" and "log" are cut at 0 and 1. Source: Klein & Moeschberger, section 4.3; R's survfit.
        """
        z, s = normal_quantile(level), self.survival
        with np.errstate(all="ignore"):
            if transform == "plain":
                half = z * self.std_error
                return np.maximum(s - half, 0), np.minimum(s + half, 1)
            s = np.where(s == 0, nan, s)
            half = z * np.sqrt(self.greenwood)
            if transform == "log":
                return s * np.exp(-half), np.minimum(s * np.exp(half), 1)
            if transform == "loglog":
                s = np.where(s == 1, nan, s)
                return s ** np.exp(-half / np.log(s)), s ** np.exp(half / np.log(s))
            if transform == "logit":
                odds, width = s / (1 - s), np.exp(half / (1 - s))
                return odds / width / (1 + odds / width), odds * width / (1 + odds * width)
            if transform == "arcsine":
                middle, half = np.arcsin(np.sqrt(s)), half / 2 * np.sqrt(s / (1 - s))
                return np.sin(np.maximum(middle - half, 0)) ** 2, np.sin(
                    np.minimum(middle + half, np.pi / 2)
                ) ** 2
        raise ValueError(f"transform must be loglog, log, plain, logit or arcsine, not {transform!r}")

    def at(self, time: float) -> float:
        """S(time): 1 before the first step, NaN after the last time seen unless the curve is already 0."""
        time = number(time, "time")
        step = int(np.searchsorted(self.times, time, side="right")) - 1
        if time > self.times[-1] and self.survival[-1] > 0:
            return nan
        return float(self.survival[step]) if step >= 0 else 1.0

    def quantile(self, p: float, *, flat: str = "midpoint") -> float:
        """First time by which a share p has died; NaN if the curve never gets there.

        flat  where S is exactly 1 - p over a stretch: "midpoint" of the stretch (R) or its "first" time
              (SPSS, SAS). A last stretch ends at the last time seen, as in R's ``quantile``; R's ``print``
              gives its first time.
        """
        if not 0 < p < 1:
            raise ValueError(f"p must lie between 0 and 1, not {p}")
        if flat not in ("midpoint", "first"):
            raise ValueError(f"flat must be 'midpoint' or 'first', not {flat!r}")
        return crossing(self.times, self.survival, 1 - p, midpoint=flat == "midpoint")

    @property
    def median(self) -> float:
        """Median survival, R's convention for flat stretches."""
        return self.quantile(0.5)

    def quantile_interval(self, p: float, method: str = "loglog", level: float = 0.95) -> Interval:
        """Limits for ``quantile(p)``.

        "loglog", "log", "plain", "logit", "arcsine": the times at which the limits of S cross 1 - p
        (Brookmeyer & Crowley 1982); NaN where they do not. "spss": see ``spss_percentile``.
        """
        if method == "spss":
            return self.spss_percentile(p, level).interval
        lower, upper = self.interval(method, level)
        return Interval(crossing(self.times, lower, 1 - p), crossing(self.times, upper, 1 - p))

    def spss_percentile(self, p: float = 0.5, level: float = 0.95) -> SpssPercentile:
        """The time by which a share p has died, with SPSS's standard error and limits."""
        deaths = self.n_events > 0
        return spss_percentile(self.times[deaths], self.survival[deaths], self.greenwood[deaths], p, level)

    def median_interval(self, method: str = "loglog", level: float = 0.95) -> Interval:
        """``quantile_interval(0.5)``."""
        return self.quantile_interval(0.5, method, level)

    def restricted_mean(self, tau: float | None = None) -> tuple[float, float]:
        """Area under the curve up to tau, and its standard error.

        tau  same unit as the times; None is the largest time seen (what SPSS and R's rmean = "common" print)

        Variance: sum over death times t <= tau of (area from t to tau)^2 d / (n (n - d)), as in R's survfit
        and survRM2. Past the last time seen the curve is unknown unless it has reached 0: ``ValueError``.
        """
        last = float(self.times[-1])
        tau = last if tau is None else number(tau, "tau")
        if not tau > 0:
            raise ValueError(f"tau must be positive, not {tau:g}")
        if tau > last and self.survival[-1] > 0:
            raise ValueError(
                f"tau = {tau:g} lies past the last time seen, {last:g}, where S is still above 0"
            )
        inside = self.times < tau
        edges = np.concatenate([[0.0], self.times[inside], [tau]])
        heights = np.concatenate([[1.0], self.survival[inside]])
        areas = heights * np.diff(edges)
        after = np.cumsum(areas[::-1])[::-1][1:]
        # Once the curve is 0 there is no area left, and the sum of Greenwood is infinite.
        left = after > 0
        variance = np.diff(self.greenwood[inside][left], prepend=0.0) @ after[left] ** 2
        return float(areas.sum()), float(np.sqrt(variance))


def crossing(times: np.ndarray, curve: np.ndarray, level: float, *, midpoint: bool = True) -> float:
    """First time at which a falling step curve is at or below level; NaN if never. NaN steps are ignored."""
    known = np.isfinite(curve)
    times, curve = times[known], curve[known]
    below = np.flatnonzero(curve <= level + TOLERANCE)
    if not below.size:
        return nan
    first = below[0]
    if midpoint and abs(curve[first] - level) < TOLERANCE:
        lower = np.flatnonzero(curve < curve[first] - TOLERANCE)
        lower = lower[lower > first]
        end = times[lower[0]] if lower.size else times[-1]
        return float((times[first] + end) / 2)
    return float(times[first])
