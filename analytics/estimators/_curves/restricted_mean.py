"""Two restricted means compared.

Source: Royston & Parmar 2013; Uno et al. 2014 (survRM2). The ratio's interval is on the log scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

from analytics.estimators._base.arrays import number
from analytics.estimators._base.distributions import normal_quantile, normal_two_sided
from analytics.estimators._base.results import Estimate
from analytics.estimators._curves.survival_curve import SurvivalCurve


@dataclass(frozen=True, slots=True)
class RestrictedMeanComparison:
    """a against b up to tau: difference a - b (in the curves' unit), ratio a / b, ratio of the time lost."""

    tau: float
    difference: Estimate
    ratio: Estimate
    ratio_of_time_lost: Estimate


def compare_restricted_means(
    a: SurvivalCurve, b: SurvivalCurve, tau: float, level: float = 0.95
) -> RestrictedMeanComparison:
    """Difference and ratios of the areas under two independent curves up to tau.

    ``ValueError`` where tau lies past the last time seen on either curve (see ``restricted_mean``), or where
    one curve loses no time at all, so that a ratio of time lost has no error.
    """
    tau = number(tau, "tau")
    (mean_a, error_a), (mean_b, error_b) = a.restricted_mean(tau), b.restricted_mean(tau)
    z = normal_quantile(level)
    difference, error = mean_a - mean_b, sqrt(error_a**2 + error_b**2)
    if not error > 0:
        raise ValueError("no death before tau on either curve: there is no error to judge the difference by")
    return RestrictedMeanComparison(
        tau,
        Estimate(
            difference,
            error,
            difference - z * error,
            difference + z * error,
            normal_two_sided(difference / error),
        ),
        _ratio(mean_a, error_a, mean_b, error_b, z),
        _ratio(tau - mean_a, error_a, tau - mean_b, error_b, z),
    )


def _ratio(a: float, error_a: float, b: float, error_b: float, z: float) -> Estimate:
    """a / b; std_error is that of its logarithm."""
    if not min(a, b) > 0:
        return Estimate(*[float("nan")] * 5)
    error = sqrt((error_a / a) ** 2 + (error_b / b) ** 2)
    centre = log(a / b)
    return Estimate(
        a / b, error, exp(centre - z * error), exp(centre + z * error), normal_two_sided(centre / error)
    )
