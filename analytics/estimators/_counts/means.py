"""Two means compared."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from numpy.typing import ArrayLike

from analytics.estimators._base.arrays import numbers
from analytics.estimators._base.distributions import student_quantile, student_two_sided
from analytics.estimators._base.results import UNKNOWN, Interval, TestResult


@dataclass(frozen=True, slots=True, eq=False)
class MeanDifference(TestResult):
    """A t test; difference is mean(a) - mean(b), with its interval."""

    difference: float = nan
    interval: Interval = UNKNOWN


def student_t(a: ArrayLike, b: ArrayLike, level: float = 0.95) -> MeanDifference:
    """Two-sample t test with pooled variance (Student 1908); the difference is in the samples' unit.

    a, b   values, shapes (n,), (m,), at least two each; level: of the interval of mean(a) - mean(b)

    ``ValueError`` where both samples are constant: nothing says how far chance carries.
    """
    a, b = _two_samples(a, b)
    df = len(a) + len(b) - 2
    pooled = ((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / df
    return _t("student_t", a, b, sqrt(pooled * (1 / len(a) + 1 / len(b))), df, level)


def welch_t(a: ArrayLike, b: ArrayLike, level: float = 0.95) -> MeanDifference:
    """Two-sample t test without assuming equal variances (Welch 1947, Satterthwaite's df).

    Arguments, unit and refusals as in ``student_t``.
    """
    a, b = _two_samples(a, b)
    va, vb = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    if not va + vb > 0:
        raise ValueError("both samples are constant: there is no variance to judge the difference by")
    df = (va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1))
    return _t("welch_t", a, b, sqrt(va + vb), df, level)


def _two_samples(a: ArrayLike, b: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
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
