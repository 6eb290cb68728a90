"""Tail areas and quantiles, from scipy.special.

scipy.stats takes over a second to import; these few functions are all that the estimators need of it.
"""

from __future__ import annotations

from math import erfc, nan, sqrt
from typing import overload

import numpy as np
from scipy import special

from analytics.estimators._base.arrays import number


@overload
def normal_two_sided(z: np.ndarray) -> np.ndarray: ...
@overload
def normal_two_sided(z: float) -> float: ...
def normal_two_sided(z: np.ndarray | float) -> np.ndarray | float:
    """P(|Z| >= |z|) for a standard normal Z; arrays or numbers."""
    if isinstance(z, np.ndarray):
        tails: np.ndarray = special.erfc(np.abs(z) / sqrt(2))
        return tails
    return erfc(abs(float(z)) / sqrt(2))


def outside(level: float) -> float:
    """1 - level of an interval. Raises ValueError for what is no level, such as 95."""
    if not 0 < number(level, "level") < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    return 1 - level


def normal_quantile(level: float) -> float:
    """The z of a two-sided interval: 1.959964 for level 0.95."""
    return float(special.ndtri(1 - outside(level) / 2))


def chi_squared_tail(statistic: float, df: float) -> float:
    """P(chi-squared with df degrees of freedom >= statistic); NaN where df is 0 or the statistic is NaN."""
    if not df > 0 or np.isnan(statistic):
        return nan
    return float(special.chdtrc(df, max(statistic, 0.0)))


def chi_squared_quantile(level: float, df: float) -> float:
    """The point below which a chi-squared variable lies with probability level."""
    return float(special.chdtri(df, outside(level)))


def student_two_sided(t: float, df: float) -> float:
    """P(|T| >= |t|) for Student's t with df degrees of freedom."""
    return float(2 * special.stdtr(df, -abs(t)))


def student_quantile(level: float, df: float) -> float:
    """The t of a two-sided interval."""
    return float(special.stdtrit(df, 1 - outside(level) / 2))
