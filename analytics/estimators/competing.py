"""Competing risks: cumulative incidence, Gray's test, Fine and Gray's model."""

from __future__ import annotations

from analytics.estimators._cox.fine_gray import fine_gray
from analytics.estimators._curves.cumulative_incidence import IncidenceCurve, cumulative_incidence
from analytics.estimators._curves.gray import gray_test

__all__ = ["IncidenceCurve", "cumulative_incidence", "fine_gray", "gray_test"]
