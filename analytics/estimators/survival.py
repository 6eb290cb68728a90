"""Survival curves and what compares them: Kaplan-Meier, log-rank tests, exposures that come later."""

from __future__ import annotations

from analytics.estimators._base.results import LogrankResult
from analytics.estimators._curves.exposure import ExposedIntervals, exposed_intervals
from analytics.estimators._curves.kaplan_meier import kaplan_meier
from analytics.estimators._curves.logrank import logrank
from analytics.estimators._curves.mantel_byar import (
    Landmark,
    SimonMakuch,
    landmark,
    mantel_byar,
    simon_makuch,
)
from analytics.estimators._curves.survival_curve import SurvivalCurve

__all__ = [
    "ExposedIntervals", "Landmark", "LogrankResult", "SimonMakuch", "SurvivalCurve", "exposed_intervals",
    "kaplan_meier", "landmark", "logrank", "mantel_byar", "simon_makuch",
]  # fmt: skip
