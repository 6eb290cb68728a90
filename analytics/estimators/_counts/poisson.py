"""A Poisson count: limits of its mean, and its p-value against a given mean.

Limits: "exact" (Garwood 1936, the chi-squared link), "midp" (half the probability of the count seen), "byar"
(Rothman & Boice's approximation with count + 1/2 in both limits, as epitools in R), "byar_breslow_day" (count
in the lower and count + 1 in the upper limit, as printed by Breslow & Day 1987, p. 69).
"""

from __future__ import annotations

from math import exp, sqrt

from scipy import special

from analytics.estimators._base.arrays import number
from analytics.estimators._base.distributions import normal_quantile, outside
from analytics.estimators._base.results import Interval
from analytics.estimators._counts.single_counts import log_poisson, other_tail


def poisson_interval(count: float, level: float = 0.95, method: str = "exact") -> Interval:
    """Limits of the mean of a Poisson count; the lower limit of 0 is 0.

    count    whole, from 0
    level    of the interval, between 0 and 1
    method   "exact", "midp", "byar" or "byar_breslow_day"; their sources stand above

    epitools prints a negative Byar limit for a count of 0; a mean cannot be negative, so it is cut at 0 here.
    """
    count, tail = event_count(count, "count"), outside(level) / 2
    z = normal_quantile(level)
    if method == "exact":
        lower = float(special.gammaincinv(count, tail)) if count else 0.0
        return Interval(lower, float(special.gammainccinv(count + 1, tail)))
    if method == "byar":
        return Interval(_byar(count + 0.5, -z), _byar(count + 0.5, z))
    if method == "byar_breslow_day":
        return Interval(_byar(count, -z) if count else 0.0, _byar(count + 1, z))
    if method == "midp":
        return _mid_p(count, tail)
    raise ValueError(f"method must be 'exact', 'midp', 'byar' or 'byar_breslow_day', not {method!r}")


def poisson_p_value(count: float, mean: float, method: str = "exact") -> float:
    """Two-sided p-value of a count (whole, from 0) against a given mean (above 0).

    method  "exact": counts no likelier than the one seen (R's ``poisson.test``) · "twice_tail": twice the
            smaller tail, at most 1
    """
    count, mean = event_count(count, "count"), positive(mean, "mean")
    lower, upper = _poisson_tails(count, mean)
    if method == "twice_tail":
        return min(1.0, 2 * min(lower, upper))
    if method != "exact":
        raise ValueError(f"method must be 'exact' or 'twice_tail', not {method!r}")
    if count == mean:
        return 1.0
    edge = other_tail(int(count), mean, None, lambda other: log_poisson(other, mean))
    own, side = (lower, 1) if count < mean else (upper, 0)
    return min(1.0, own + (0.0 if edge is None else _poisson_tails(float(edge), mean)[side]))


def event_count(value: float, name: str) -> float:
    """A number of events: whole and not negative."""
    count = number(value, name)
    if count < 0 or count != int(count):
        raise ValueError(f"{name} must be a whole number of events, not {value}")
    return count


def positive(value: float, name: str) -> float:
    """A finite number above 0."""
    checked = number(value, name)
    if checked <= 0:
        raise ValueError(f"{name} must be positive, not {value}")
    return checked


def _poisson_tails(count: float, mean: float) -> tuple[float, float]:
    """P(X <= count) and P(X >= count)."""
    return float(special.pdtr(count, mean)), float(special.pdtrc(count - 1, mean)) if count >= 1 else 1.0


def _byar(count: float, z: float) -> float:
    return max(count * (1 - 1 / (9 * count) + z / (3 * sqrt(count))) ** 3, 0.0)


def _mid_p(count: float, tail: float) -> Interval:
    from scipy.optimize import brentq

    def above(mean: float) -> float:
        """P(X > count) + half P(X = count), rising with the mean."""
        at = exp(special.xlogy(count, mean) - mean - special.gammaln(count + 1))
        return float(special.pdtrc(count, mean)) + at / 2

    def mean_with(share: float) -> float:
        return float(brentq(lambda mean: above(mean) - share, 0, top, xtol=1e-13, rtol=1e-14))

    top = poisson_interval(count, 1 - tail).upper + 10
    return Interval(mean_with(tail) if count else 0.0, mean_with(1 - tail))
