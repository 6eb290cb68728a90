"""Counts, proportions and rates: limits, ratios, tests, and ratios to an expected count."""

from __future__ import annotations

from analytics.estimators._counts.age_standardised import StandardisedRate, age_standardised_rate
from analytics.estimators._counts.exact_incidence_ratios import sir_homogeneity_exact, sir_trend_exact
from analytics.estimators._counts.incidence_ratios import (
    StandardisedIncidenceRatio,
    sir_homogeneity,
    sir_trend,
    standardised_incidence_ratio,
)
from analytics.estimators._counts.person_time import Rate, RateRatio, rate, rate_ratio
from analytics.estimators._counts.poisson import poisson_interval, poisson_p_value
from analytics.estimators._counts.proportions import exact_binomial_p, proportion_interval
from analytics.estimators._counts.stratified_rates import StratifiedRateRatio, stratified_rate_ratio

__all__ = [
    "Rate", "RateRatio", "StandardisedIncidenceRatio", "StandardisedRate", "StratifiedRateRatio",
    "age_standardised_rate", "exact_binomial_p", "poisson_interval", "poisson_p_value", "proportion_interval",
    "rate", "rate_ratio", "sir_homogeneity", "sir_homogeneity_exact", "sir_trend", "sir_trend_exact",
    "standardised_incidence_ratio", "stratified_rate_ratio",
]  # fmt: skip
