"""Tables of counts: Pearson's chi-squared test, and the trend of proportions. Uncorrected unless asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan

import numpy as np

from analytics.estimators._base.arrays import numbers
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

    @property
    def cells_below_five(self) -> int:
        return int((self.expected < 5).sum())


def chi_squared(table, correction: bool = False) -> ChiSquaredResult:
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


def cochran_armitage(events, totals, scores=None) -> TestResult:
    """Trend in proportions over k ordered groups: events out of totals, shapes (k,).

    scores  shape (k,); 0, 1, 2, ... if omitted. Variance with n, as R's ``prop.trend.test``
    """
    events, totals = numbers(events, "events"), numbers(totals, "totals")
    if not len(events) == len(totals) >= 2:
        raise ValueError(f"events has {len(events)} groups and totals {len(totals)}; at least 2 are needed")
    outside = (events < 0) | (events > totals) | (totals <= 0)
    if outside.any():
        raise ValueError(f"events[{int(np.argmax(outside))}] does not lie between 0 and its total")
    scores = np.arange(len(events), dtype=float) if scores is None else numbers(scores, "scores")
    if len(scores) != len(events):
        raise ValueError(f"events has {len(events)} groups and scores {len(scores)}")
    share, centred = events.sum() / totals.sum(), scores - totals @ scores / totals.sum()
    spread = share * (1 - share) * (totals @ centred**2)
    if not spread > 0:
        raise ValueError("no trend can be tested: the scores, or the outcomes, are all alike")
    statistic = float((events @ centred) ** 2 / spread)
    return TestResult("cochran_armitage", statistic, 1, chi_squared_tail(statistic, 1))
