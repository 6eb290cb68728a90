"""Directly standardised rates: one rate for a population of the standard's age structure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analytics.estimators._base.arrays import numbers
from analytics.estimators._base.distributions import normal_quantile, outside
from analytics.estimators._base.results import Interval


@dataclass(frozen=True, slots=True)
class StandardisedRate:
    """value and its limits per unit of person-time; crude: all events over all person-time."""

    value: float
    std_error: float
    lower: float
    upper: float
    crude: float

    @property
    def interval(self) -> Interval:
        return Interval(self.lower, self.upper)


def age_standardised_rate(
    counts: ArrayLike,
    person_years: ArrayLike,
    weights: ArrayLike,
    *,
    level: float = 0.95,
    method: str = "fay_feuer",
) -> StandardisedRate:
    """Sum of stratum rates times standard weights; counts, person_years, weights: shapes (k,).

    weights  the standard population, any scale: they are divided by their sum
    method   "fay_feuer": gamma limits (Fay & Feuer 1997; SEER*Stat, epitools) · "tiwari": their modification
             with the mean instead of the largest weight in the upper limit (Tiwari, Clegg & Zou 2006) ·
             "normal": value +/- z standard errors, cut at 0

    Strata without person-time but with weight cannot be standardised: ``ValueError``.
    """
    d, years, w = (
        numbers(counts, "counts"),
        numbers(person_years, "person_years"),
        numbers(weights, "weights"),
    )
    if not len(d) == len(years) == len(w):
        raise ValueError(f"counts, person_years and weights have {len(d)}, {len(years)} and {len(w)} strata")
    for name, bad in (("counts", d < 0), ("person_years", years <= 0), ("weights", w < 0)):
        if bad.any():
            raise ValueError(f"{name}[{int(np.argmax(bad))}] is out of range")
    if not w.sum() > 0:
        raise ValueError("weights are all zero")
    each = w / w.sum() / years
    value, variance = float(each @ d), float(each**2 @ d)
    if method == "normal":
        half = normal_quantile(level) * variance**0.5
        lower, upper = max(value - half, 0.0), value + half
    elif method in ("fay_feuer", "tiwari"):
        tail = outside(level) / 2
        if method == "fay_feuer":
            step, square = float(each.max()), float(each.max() ** 2)
        else:
            step, square = float(each.mean()), float((each**2).mean())
        lower = variance / value * float(special.gammaincinv(value**2 / variance, tail)) if value else 0.0
        above, spread = value + step, variance + square
        upper = spread / above * float(special.gammainccinv(above**2 / spread, tail))
    else:
        raise ValueError(f"method must be 'fay_feuer', 'tiwari' or 'normal', not {method!r}")
    return StandardisedRate(value, variance**0.5, lower, upper, float(d.sum() / years.sum()))
