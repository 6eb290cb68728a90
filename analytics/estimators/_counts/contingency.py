"""Pearson's chi-squared test of a table of counts, uncorrected unless asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan

import numpy as np
from numpy.typing import ArrayLike

from analytics.estimators._base.distributions import chi_squared_tail
from analytics.estimators._base.results import TestResult
from analytics.estimators._counts.exact_tables import counts_table


@dataclass(frozen=True, slots=True, eq=False)
class ChiSquaredResult(TestResult):
    """expected: shape of the table. With ``min_expected`` below 5 prefer the exact test (Cochran 1954)."""

    expected: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    likelihood_ratio: float = nan

    @property
    def min_expected(self) -> float:
        return float(self.expected.min())


def chi_squared(table: ArrayLike, correction: bool = False) -> ChiSquaredResult:
    """Pearson's chi-squared test of an r x c table of counts; rows and columns of zeros are refused.

    correction  Yates's, for 2 x 2 only: each difference drawn towards 0 by at most 1/2 (R's ``chisq.test``)

    ``likelihood_ratio`` is G^2, uncorrected.
    """
    counts = counts_table(table)
    if correction and counts.shape != (2, 2):
        raise ValueError(
            f"Yates's correction is for a 2 x 2 table, not {counts.shape[0]} x {counts.shape[1]}"
        )
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    difference = np.abs(counts - expected)
    if correction:
        difference = difference - min(0.5, float(difference.min()))
    statistic = float((difference**2 / expected).sum())
    df = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    seen = counts > 0
    g2 = 2 * float((counts[seen] * np.log(counts[seen] / expected[seen])).sum())
    name = "pearson_chi2_yates" if correction else "pearson_chi2"
    return ChiSquaredResult(name, statistic, df, chi_squared_tail(statistic, df), expected, g2)
