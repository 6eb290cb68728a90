"""What a further estimator outside this package is built of: checked arrays, tail areas, small results."""

from __future__ import annotations

from analytics.estimators._base.arrays import FollowUp, follow_up, numbers, same_length, times
from analytics.estimators._base.distinct import distinct_times
from analytics.estimators._base.distributions import chi_squared_tail, normal_quantile
from analytics.estimators._base.results import Interval, TestResult
from analytics.estimators._curves.survival_curve import crossing

__all__ = [
    "FollowUp", "Interval", "TestResult", "chi_squared_tail", "crossing", "distinct_times", "follow_up",
    "normal_quantile", "numbers", "same_length", "times",
]  # fmt: skip
