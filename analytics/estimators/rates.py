"""Events over person-time: a rate, and two of them compared.

Limits of counts are in ``poisson``, ratios to an expected count in ``incidence_ratios``, ratios within strata
in ``stratified_rates``, age standardisation in ``age_standardised``; all are offered here too, since this is
where one looks for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan

from analytics.estimators.age_standardised import age_standardised_rate
from analytics.estimators.exact_incidence_ratios import sir_homogeneity_exact, sir_trend_exact
from analytics.estimators.incidence_ratios import (
    StandardisedIncidenceRatio,
    sir_homogeneity,
    sir_trend,
    standardised_incidence_ratio,
)
from analytics.estimators.poisson import event_count, poisson_interval, poisson_p_value, positive
from analytics.estimators.proportions import exact_binomial_p, proportion_interval
from analytics.estimators.results import Interval
from analytics.estimators.stratified_rates import StratifiedRateRatio, stratified_rate_ratio

__all__ = [
    "Rate", "RateRatio", "StandardisedIncidenceRatio", "StratifiedRateRatio", "age_standardised_rate",
    "poisson_interval", "poisson_p_value", "rate", "rate_ratio", "sir_homogeneity", "sir_homogeneity_exact",
    "sir_ratio", "sir_trend", "sir_trend_exact", "standardised_incidence_ratio", "stratified_rate_ratio",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rate:
    """count / person_years, with limits; multiply by 100,000 when printing, not before."""

    count: float
    person_years: float
    value: float
    lower: float
    upper: float

    @property
    def interval(self) -> Interval:
        return Interval(self.lower, self.upper)


@dataclass(frozen=True, slots=True)
class RateRatio:
    """Ratio of two rates (or SIRs) with exact conditional limits and p-value."""

    value: float
    lower: float
    upper: float
    p_value: float

    @property
    def interval(self) -> Interval:
        return Interval(self.lower, self.upper)


def rate(count: float, person_years: float, level: float = 0.95, method: str = "exact") -> Rate:
    """Events per unit of person-time, limits of the count divided by the person-time."""
    limits = poisson_interval(count, level, method)
    years = positive(person_years, "person_years")
    return Rate(float(count), years, count / years, limits.lower / years, limits.upper / years)


def rate_ratio(
    count_a: float, person_years_a: float, count_b: float, person_years_b: float, *, level: float = 0.95
) -> RateRatio:
    """Rate a over rate b; exact, given the total (R's two-sample ``poisson.test``).

    Without events in b the ratio is infinite with a finite lower limit; without any it is NaN.
    """
    a, b = event_count(count_a, "count_a"), event_count(count_b, "count_b")
    years_a, years_b = (
        positive(person_years_a, "person_years_a"),
        positive(person_years_b, "person_years_b"),
    )
    if a + b == 0:
        return RateRatio(nan, 0.0, inf, 1.0)
    value = (a / years_a) / (b / years_b) if b else inf
    low, high = proportion_interval(a, a + b, level=level)
    scale = years_b / years_a
    upper = high / (1 - high) * scale if high < 1 else inf
    p_value = exact_binomial_p(a, a + b, years_a / (years_a + years_b))
    return RateRatio(value, low / (1 - low) * scale, upper, p_value)


def sir_ratio(
    observed_a: float, expected_a: float, observed_b: float, expected_b: float, *, level: float = 0.95
) -> RateRatio:
    """SIR a over SIR b, exact given the total count (Breslow & Day 1987, p. 93)."""
    return rate_ratio(observed_a, expected_a, observed_b, expected_b, level=level)
