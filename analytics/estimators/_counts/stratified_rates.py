"""Two groups' rates compared within strata: one ratio for all of them.

The estimate is Mantel and Haenszel's, for person-time (Rothman, Greenland & Lash 2008, chapter 15). Limits
are exact given each stratum's number of events (Breslow & Day 1987, section 3.6), or Greenland and Robins's
(1985) where there are many.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, log, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analytics.estimators._base.arrays import same_length, times, whole_numbers
from analytics.estimators._base.distributions import normal_quantile, normal_two_sided
from analytics.estimators._base.results import Interval
from analytics.estimators._counts.exact_tables import conditional_ratio

# Up to so many events exact limits cost nothing; beyond them they are kept for a group with few.
MANY_EVENTS = 1000
FEW_IN_A_GROUP = 5
# Probabilities below this are lost to floating point anyway.
LEAST = 1e-300


@dataclass(frozen=True, slots=True)
class StratifiedRateRatio:
    """One rate ratio over strata.

    value       Mantel and Haenszel's; 0 or infinite where one group has no event
    method      of the limits and the p-value: "exact_conditional" or "greenland_robins"
    n_strata    strata with person-time of both groups and an event
    observed, observed_0   the events of these strata, exposed and reference
    """

    value: float
    lower: float
    upper: float
    p_value: float
    method: str
    n_strata: int
    observed: int
    observed_0: int

    @property
    def interval(self) -> Interval:
        return Interval(self.lower, self.upper)


def stratified_rate_ratio(
    counts: ArrayLike,
    person_years: ArrayLike,
    counts_0: ArrayLike,
    person_years_0: ArrayLike,
    *,
    level: float = 0.95,
) -> StratifiedRateRatio:
    """Rate of the exposed over rate of the reference group, k strata held constant; arrays of shapes (k,).

    counts, counts_0              events: whole, from 0
    person_years, person_years_0  person-time, from 0, any unit

    A stratum without person-time of one group, or without an event, says nothing of the ratio and is left
    out with its events. Up to 1000 events, or with fewer than 5 (seen, or expected were the rates alike) in
    either group, the limits are exact: given its events, the exposed ones of a stratum are binomial, and the
    distribution of their sum is the convolution. The tails are Clopper and Pearson's, p is twice the smaller
    one, at most 1; a group without an event has one limit, with half of 1 - level beyond it, as has
    ``rate_ratio``. Otherwise limits and p are Wald's on the log scale. Exact limits belong to the conditional
    likelihood; should they not hold the estimate, they are widened to it.

    ``ValueError`` where no stratum says anything, with the reason.
    """
    d1, d0 = whole_numbers(counts, "counts"), whole_numbers(counts_0, "counts_0")
    t1, t0 = times(person_years, "person_years"), times(person_years_0, "person_years_0")
    same_length(counts=d1, person_years=t1, counts_0=d0, person_years_0=t0)
    z = normal_quantile(level)
    both = (t1 > 0) & (t0 > 0)
    if not both.any():
        raise ValueError("no stratum holds person-time of both groups: their rates cannot be compared")
    used = both & (d1 + d0 > 0)
    if not used.any():
        raise ValueError("no event in a stratum with person-time of both groups: there is nothing to compare")
    d1, d0, t1, t0 = d1[used], d0[used], t1[used], t0[used]
    share = t1 / (t1 + t0)
    for_1, for_0 = float(d1 @ (1 - share)), float(d0 @ share)
    value = for_1 / for_0 if for_0 else inf
    events = d1 + d0
    seen, n = int(d1.sum()), int(events.sum())
    fewest = min(seen, n - seen, float(events @ share), float(events @ (1 - share)))
    if n <= MANY_EVENTS or fewest < FEW_IN_A_GROUP:
        method = "exact_conditional"
        lower, upper, p_value = _exact(seen, events, t1 / t0, level)
        lower, upper = min(lower, value), max(upper, value)
    else:
        method = "greenland_robins"
        error = sqrt(float(events @ (share * (1 - share))) / (for_1 * for_0))
        lower, upper = value * exp(-z * error), value * exp(z * error)
        p_value = float(normal_two_sided(log(value) / error))
    return StratifiedRateRatio(value, lower, upper, p_value, method, int(used.sum()), seen, n - seen)


def _exact(seen: int, events: np.ndarray, odds: np.ndarray, level: float) -> tuple[float, float, float]:
    """Limits and p-value, each stratum's events given; odds: person-time exposed over reference."""
    from scipy.optimize import brentq

    n = float(events.sum())

    def exposed_share(log_ratio: float) -> np.ndarray:
        shares: np.ndarray = special.expit(log_ratio + np.log(odds))
        return shares

    # The distribution is worked out about the ratio that expects what was seen: nothing near it underflows.
    middle = min(max(seen, 0.5), n - 0.5)
    about = float(brentq(lambda r: float(events @ exposed_share(r)) - middle, -700, 700))
    first, chance = _sum_of_binomials(events, exposed_share(about))
    support = np.arange(first, first + len(chance), dtype=float)
    _, (lower, upper) = conditional_ratio(np.log(chance), support, seen, level)
    first, chance = _sum_of_binomials(events, exposed_share(0.0))
    at = seen - first
    tails = float(chance[: max(at + 1, 0)].sum()), float(chance[max(at, 0) :].sum())
    return lower * exp(about), upper * exp(about), min(1.0, 2 * min(tails))


def _sum_of_binomials(sizes: np.ndarray, shares: np.ndarray) -> tuple[int, np.ndarray]:
    """The least possible sum of binomial counts and the probabilities from it on, all above ``LEAST``."""
    first, chance = 0, np.ones(1)
    for size, share in zip(sizes, shares, strict=True):
        k = np.arange(size + 1)
        ways = special.gammaln(size + 1) - special.gammaln(k + 1) - special.gammaln(size - k + 1)
        part = np.exp(ways + special.xlogy(k, share) + special.xlog1py(size - k, -share))
        start, part = _trimmed(part)
        shift, chance = _trimmed(np.convolve(chance, part))
        first += start + shift
    return first, chance


def _trimmed(chance: np.ndarray) -> tuple[int, np.ndarray]:
    """Where what matters begins, and what matters."""
    matters = np.flatnonzero(chance > LEAST)
    return int(matters[0]), chance[matters[0] : matters[-1] + 1]
