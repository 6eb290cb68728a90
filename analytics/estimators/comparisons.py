"""Comparisons of groups: tables of counts, means, ranks.

Nothing is corrected unless asked for. Exact tests of tables are in ``exact_tables``, standardised
differences in ``differences``; both are offered here too, since this is where one looks for them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan, sqrt

import numpy as np

from analytics.estimators.arrays import numbers
from analytics.estimators.differences import (
    standardised_difference,
    standardised_difference_levels,
    standardised_difference_proportions,
)
from analytics.estimators.distributions import chi_squared_tail, f_tail, student_quantile, student_two_sided
from analytics.estimators.exact_tables import FisherResult, counts_table, fisher_exact
from analytics.estimators.ranks import RankResult, kruskal, mann_whitney
from analytics.estimators.results import UNKNOWN, Interval, TestResult

__all__ = [
    "ChiSquaredResult", "FisherResult", "MeanDifference", "RankResult", "chi_squared", "cochran_armitage",
    "fisher_exact", "kruskal", "levene", "mann_whitney", "standardised_difference",
    "standardised_difference_levels", "standardised_difference_proportions", "student_t", "welch_t",
]  # fmt: skip


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


@dataclass(frozen=True, slots=True, eq=False)
class MeanDifference(TestResult):
    """A t test; difference is mean(a) - mean(b), with its interval."""

    difference: float = nan
    interval: Interval = UNKNOWN


def student_t(a, b, level: float = 0.95) -> MeanDifference:
    """Two-sample t test with pooled variance; a, b: shapes (n,), (m,)."""
    a, b = _two_samples(a, b)
    df = len(a) + len(b) - 2
    pooled = ((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / df
    return _t("student_t", a, b, sqrt(pooled * (1 / len(a) + 1 / len(b))), df, level)


def welch_t(a, b, level: float = 0.95) -> MeanDifference:
    """Two-sample t test without assuming equal variances (Welch 1947, Satterthwaite's df)."""
    a, b = _two_samples(a, b)
    va, vb = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    if not va + vb > 0:
        raise ValueError("both samples are constant: there is no variance to judge the difference by")
    df = (va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1))
    return _t("welch_t", a, b, sqrt(va + vb), df, level)


def levene(a, b) -> TestResult:
    """Levene's test of equal variances, about the means (as SPSS prints beside its t test).

    df is that of the denominator; the numerator's is 1.
    """
    a, b = _two_samples(a, b)
    a, b = np.abs(a - a.mean()), np.abs(b - b.mean())
    n = len(a) + len(b)
    within = ((a - a.mean()) ** 2).sum() + ((b - b.mean()) ** 2).sum()
    if not within > 0:
        raise ValueError("the samples do not vary: their variances cannot be compared")
    between = len(a) * len(b) / n * (a.mean() - b.mean()) ** 2
    statistic = float(between / (within / (n - 2)))
    return TestResult("levene", statistic, n - 2, f_tail(statistic, 1, n - 2))


def _two_samples(a, b) -> tuple[np.ndarray, np.ndarray]:
    a, b = numbers(a, "a"), numbers(b, "b")
    for name, sample in (("a", a), ("b", b)):
        if len(sample) < 2:
            raise ValueError(f"{name} has one value: its variance is unknown")
    return a, b


def _t(name: str, a: np.ndarray, b: np.ndarray, error: float, df: float, level: float) -> MeanDifference:
    difference = float(a.mean() - b.mean())
    if not error > 0:
        raise ValueError("both samples are constant: there is no variance to judge the difference by")
    half = student_quantile(level, df) * error
    t = difference / error
    return MeanDifference(
        name, t, df, student_two_sided(t, df), difference, Interval(difference - half, difference + half)
    )
