"""The percentile of survival time with the standard error that SPSS prints.

SPSS does not invert a confidence band. It divides Greenwood's error at the percentile by a crude density, the
slope of the curve between the survival levels 5 points above and below. The interval is symmetric.
Source: Klein & Moeschberger, 2nd edition, p. 122, note 3; worked figures in the tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np

from analytics.estimators._base.distributions import normal_quantile
from analytics.estimators._base.results import Interval

# Half-width of the survival band over which SPSS takes the slope.
HALF_BAND = 0.05
# Products of fractions miss levels such as 0.55 by a rounding error.
ROUNDING = 1e-10


@dataclass(frozen=True, slots=True)
class SpssPercentile:
    """time: the percentile; std_error and density: NaN where SPSS prints none; interval: cut at 0 below."""

    time: float
    std_error: float
    density: float
    interval: Interval


def spss_percentile(
    times: np.ndarray, survival: np.ndarray, greenwood: np.ndarray, p: float = 0.5, level: float = 0.95
) -> SpssPercentile:
    """The time by which a share p has died, as SPSS's Kaplan-Meier procedure estimates it.

    times, survival, greenwood  a ``SurvivalCurve`` at its times of death alone, shapes (d,)
    p                           a share of deaths: p = 0.25 is where S falls to 0.75, SPSS's line "75%"

    time     first death time with S <= 1 - p
    density  (S(u) - S(l)) / (l - u), u the last death time with S >= 1 - p + 0.05 (time 0 if none) and l the
             first with S <= 1 - p - 0.05; if there is no such l, SPSS prints no error and all is NaN here
    """
    z = normal_quantile(level)
    reached = np.flatnonzero(survival <= 1 - p + ROUNDING)
    if not reached.size:
        return SpssPercentile(nan, nan, nan, Interval(nan, nan))
    at = reached[0]
    above = np.flatnonzero(survival >= 1 - p + HALF_BAND - ROUNDING)
    below = np.flatnonzero(survival <= 1 - p - HALF_BAND + ROUNDING)
    time = float(times[at])
    if not below.size or survival[at] == 0:
        return SpssPercentile(time, nan, nan, Interval(nan, nan))
    u_time, u_survival = (times[above[-1]], survival[above[-1]]) if above.size else (0.0, 1.0)
    density = float((u_survival - survival[below[0]]) / (times[below[0]] - u_time))
    error = float(survival[at]) * sqrt(greenwood[at]) / density
    return SpssPercentile(time, error, density, Interval(max(time - z * error, 0.0), time + z * error))
