"""Proportional hazards regression, and covariates whose effect may bend."""

from __future__ import annotations

from analytics.estimators._cox.fit import cox
from analytics.estimators._cox.model import CoxModel
from analytics.estimators._cox.spline import Spline, natural_spline

__all__ = ["CoxModel", "Spline", "cox", "natural_spline"]
