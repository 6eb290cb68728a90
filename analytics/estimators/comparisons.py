"""Comparisons of groups: tables of counts, means, ranks, standardised differences."""

from __future__ import annotations

from analytics.estimators._counts.contingency import ChiSquaredResult, chi_squared
from analytics.estimators._counts.differences import (
    standardised_difference,
    standardised_difference_levels,
    standardised_difference_proportions,
)
from analytics.estimators._counts.exact_tables import FisherResult, fisher_exact
from analytics.estimators._counts.means import MeanDifference, student_t, welch_t
from analytics.estimators._counts.ranks import RankResult, mann_whitney

__all__ = [
    "ChiSquaredResult", "FisherResult", "MeanDifference", "RankResult", "chi_squared", "fisher_exact",
    "mann_whitney", "standardised_difference", "standardised_difference_levels",
    "standardised_difference_proportions", "student_t", "welch_t",
]  # fmt: skip
