"""Survival curves and what compares them: Kaplan-Meier, log-rank tests, exposures that come later."""

from __future__ import annotations

from analytics.estimators._base.results import LogrankResult
from analytics.estimators._curves.exposure import ExposedIntervals, exposed_intervals
from analytics.estimators._curves.kaplan_meier import (
    HazardCurve,
    kaplan_meier,
    nelson_aalen,
    reverse_kaplan_meier,
)
from analytics.estimators._curves.logrank import logrank
from analytics.estimators._curves.logrank_family import PairTest, logrank_trend, pairwise_logrank
from analytics.estimators._curves.mantel_byar import (
    Landmark,
    SimonMakuch,
    landmark,
    mantel_byar,
    simon_makuch,
)
from analytics.estimators._curves.restricted_mean import RestrictedMeanComparison, compare_restricted_means
from analytics.estimators._curves.survival_curve import SurvivalCurve

__all__ = [
    "ExposedIntervals", "HazardCurve", "Landmark", "LogrankResult", "PairTest", "RestrictedMeanComparison",
    "SimonMakuch", "SurvivalCurve", "compare_restricted_means", "exposed_intervals", "kaplan_meier",
    "landmark", "logrank", "logrank_trend", "mantel_byar", "nelson_aalen", "pairwise_logrank",
    "reverse_kaplan_meier", "simon_makuch",
]  # fmt: skip
