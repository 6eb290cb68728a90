"""A ratio read with a stated prior, and the arithmetic between a ratio, its interval and its p-value."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

from analytics.estimators._base.arrays import number
from analytics.estimators._base.distributions import normal_quantile, normal_two_sided
from analytics.estimators._base.results import Interval
from analytics.estimators._counts.poisson import positive


@dataclass(frozen=True, slots=True)
class RatioEstimate:
    """A hazard, odds or rate ratio; std_error and z are on the log scale."""

    ratio: float
    std_error: float
    z: float
    p_value: float
    interval: Interval


def from_interval(
    lower: float, upper: float, *, level: float = 0.95, ratio: float | None = None
) -> RatioEstimate:
    """What a printed Wald interval of a ratio implies: its error, and Wald's z and p-value.

    ratio  the printed estimate; the limits' geometric mean if omitted
    """
    for name, value in (("lower", lower), ("upper", upper)):
        if number(value, name) <= 0:
            raise ValueError(f"{name} must be a positive number, not {value}")
    if not lower < upper:
        raise ValueError(f"lower ({lower}) must be below upper ({upper})")
    z = normal_quantile(level)
    error = log(upper / lower) / (2 * z)
    ratio = sqrt(lower * upper) if ratio is None else positive(ratio, "ratio")
    score = log(ratio) / error
    return RatioEstimate(ratio, error, score, normal_two_sided(score), Interval(lower, upper))


def semi_bayes(
    coef: float, std_error: float, *, prior_lower: float, prior_upper: float, level: float = 0.95
) -> RatioEstimate:
    """Posterior of a log ratio under a normal prior, by inverse-variance weighting (Greenland 2006).

    coef, std_error           estimate on the log scale
    prior_lower, prior_upper  the ratios between which 95% of prior belief lies, such as 1/4 and 4
    level                     of the posterior interval; the prior's is always 95%
    """
    coef, std_error = number(coef, "coef"), positive(std_error, "std_error")
    prior = from_interval(prior_lower, prior_upper)
    weight, prior_weight = 1 / std_error**2, 1 / prior.std_error**2
    mean = (coef * weight + log(prior.ratio) * prior_weight) / (weight + prior_weight)
    error, z = 1 / sqrt(weight + prior_weight), normal_quantile(level)
    interval = Interval(exp(mean - z * error), exp(mean + z * error))
    return RatioEstimate(exp(mean), error, mean / error, normal_two_sided(mean / error), interval)
