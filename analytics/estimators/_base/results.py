"""The small results that several estimators share.

Every field is a plain number or array, never rounded; NaN means "not estimable" and never "zero".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan
from typing import NamedTuple

import numpy as np


class Interval(NamedTuple):
    """Two limits. NaN is a limit that the data do not determine ("not reached")."""

    lower: float
    upper: float


UNKNOWN = Interval(nan, nan)


@dataclass(frozen=True, slots=True, eq=False)
class TestResult:
    """One test of one hypothesis.

    test       what was computed, such as "logrank" or "pearson_chi2"
    statistic  its value; NaN for an exact test that has none
    df         degrees of freedom; None where the test has none
    p_value    two-sided unless the function says otherwise
    """

    __test__ = False  # pytest would take the name for a test class

    test: str
    statistic: float
    df: float | None
    p_value: float


@dataclass(frozen=True, slots=True, eq=False)
class LogrankResult(TestResult):
    """A log-rank type test with what it was made of.

    groups      the k labels, in sorted order
    n           rows in each group, shape (k,)
    observed    weighted deaths seen in each group, shape (k,)
    expected    weighted deaths expected were all groups alike, shape (k,)
    covariance  hypergeometric covariance of observed - expected, shape (k, k)
    """

    groups: tuple[object, ...] = ()
    n: np.ndarray = field(default_factory=lambda: np.zeros(0))
    observed: np.ndarray = field(default_factory=lambda: np.zeros(0))
    expected: np.ndarray = field(default_factory=lambda: np.zeros(0))
    covariance: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
