"""What follows a log-rank test: a trend over ordered groups, and which pairs differ."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from analytics.estimators._base.arrays import follow_up, labels, numbers
from analytics.estimators._base.distributions import chi_squared_tail
from analytics.estimators._base.results import LogrankResult, TestResult
from analytics.estimators._curves.logrank import logrank
from analytics.estimators.multiplicity import benjamini_hochberg, holm


def logrank_trend(
    durations, events, groups, *, scores=None, entry=None, strata=None, weighting: str = "logrank"
) -> TestResult:
    """One degree of freedom for groups in order (Tarone 1975).

    scores  one number a group in the sorted order of the labels, shape (k,); 0, 1, 2, ... if omitted

    The variance is hypergeometric; ``cox(..., ties="breslow").score`` on the scores differs from it by the
    tie factor (n - d) / (n - 1).
    """
    result = logrank(durations, events, groups, entry=entry, strata=strata, weighting=weighting)
    k = len(result.groups)
    scores = np.arange(k, dtype=float) if scores is None else numbers(scores, "scores")
    if len(scores) != k:
        raise ValueError(f"groups holds {k} groups and scores {len(scores)}")
    spread = float(scores @ result.covariance @ scores)
    if not spread > 1e-12 * float(scores**2 @ np.diag(result.covariance)):
        raise ValueError("scores are all alike: there is no trend to test")
    statistic = float((scores @ (result.observed - result.expected)) ** 2 / spread)
    return TestResult(f"{weighting}_trend", statistic, 1, chi_squared_tail(statistic, 1))


@dataclass(frozen=True, slots=True)
class PairTest:
    """Two groups compared; p_holm and p_benjamini_hochberg allow for all the pairs."""

    first: object
    second: object
    test: LogrankResult
    p_holm: float
    p_benjamini_hochberg: float


def pairwise_logrank(
    durations, events, groups, *, entry=None, strata=None, weighting: str = "logrank"
) -> tuple[PairTest, ...]:
    """Every pair of groups by itself, each with the rows of the two only (R's ``pairwise_survdiff``).

    A pair without an event is a ``ValueError``: drop the group first, and say so.
    """
    rows = follow_up(durations, events, entry=entry)
    names, group = labels(groups, "groups", len(rows))
    stratum = None if strata is None else labels(strata, "strata", len(rows))[1]
    pairs, tests = list(combinations(range(len(names)), 2)), []
    if not pairs:
        raise ValueError(f"groups holds a single group, {names[0]!r}: there is nothing to compare")
    for a, b in pairs:
        here = (group == a) | (group == b)
        if not rows.event[here].any():
            raise ValueError(f"groups {names[a]!r} and {names[b]!r} have no event between them")
        entered = None if rows.entry is None else rows.entry[here]
        within = None if stratum is None else stratum[here]
        tests.append(
            logrank(
                rows.exit[here],
                rows.event[here],
                np.array(group[here]),
                entry=entered,
                strata=within,
                weighting=weighting,
            )
        )
    p_values = [test.p_value for test in tests]
    adjusted = zip(holm(p_values), benjamini_hochberg(p_values), strict=True)
    return tuple(
        PairTest(names[a], names[b], test, float(h), float(bh))
        for (a, b), test, (h, bh) in zip(pairs, tests, adjusted, strict=True)
    )
