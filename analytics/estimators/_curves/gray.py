"""Gray's test: do k groups share the cumulative incidence of one cause?

A log-rank test on the subdistribution hazard, with its own variance since those with a competing event stay
at risk. Source: Gray 1988, with rho; the sums follow his published algorithm, in cmprsk.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from analytics.estimators._base.arrays import cause_codes, follow_up, labels
from analytics.estimators._base.distributions import chi_squared_tail
from analytics.estimators._base.results import LogrankResult
from analytics.estimators._curves.logrank import quadratic_form


def gray_test(
    durations: ArrayLike,
    causes: ArrayLike,
    groups: ArrayLike | Sequence[object],
    *,
    cause: int = 1,
    strata: ArrayLike | Sequence[object] | None = None,
    rho: float = 0.0,
) -> LogrankResult:
    """Compare groups (labels, shape (n,)) for one cause; durations, causes as in ``cumulative_incidence``.

    rho     weight (1 - F(t-))^rho, F the pooled incidence; 0 is the usual test
    strata  labels, shape (n,): the comparison is made within each and added up

    A single group, or no event of the cause, is a ``ValueError``. Where rho is not 0, ``expected`` is
    observed less the weighted score. Source: Gray 1988.
    """
    codes = cause_codes(causes)
    rows = follow_up(durations, codes > 0)
    names, group = labels(groups, "groups", len(rows))
    if len(names) < 2:
        raise ValueError(f"groups holds a single group, {names[0]!r}: there is nothing to compare")
    if not (codes == cause).any():
        raise ValueError(f"causes holds no event of cause {cause}: there is nothing to compare")
    stratum = np.zeros(len(rows), np.intp) if strata is None else labels(strata, "strata", len(rows))[1]
    k = len(names)
    score, covariance = np.zeros(k), np.zeros((k, k))
    for s in range(int(stratum.max()) + 1):
        here = stratum == s
        u, v = _contrast(rows.exit[here], codes[here], group[here], k, cause, rho)
        score, covariance = score + u, covariance + v
    statistic, df = quadratic_form(score, covariance)
    n, observed = np.bincount(group, minlength=k), np.bincount(group[codes == cause], minlength=k)
    tail = chi_squared_tail(statistic, df)
    return LogrankResult("gray", statistic, df, tail, names, n, observed, observed - score, covariance)


def _contrast(
    exits: np.ndarray, codes: np.ndarray, group: np.ndarray, k: int, cause: int, rho: float
) -> tuple[np.ndarray, np.ndarray]:
    """Score of each group and its covariance, shapes (k,) and (k, k)."""
    times, place = np.unique(exits, return_inverse=True)
    m = len(times)

    def count(rows: np.ndarray) -> np.ndarray:
        return np.bincount(place[rows] * k + group[rows], minlength=m * k).reshape(m, k).astype(float)

    of_cause, others, leaving = (
        count(codes == cause),
        count((codes > 0) & (codes != cause)),
        count(codes >= 0),
    )
    at_risk = np.cumsum(leaving[::-1], axis=0)[::-1]

    score, total = np.zeros(k), np.zeros((k, k))
    # Running values just before each time: own survival and incidence, pooled incidence, and Gray's sums.
    survival, incidence, pooled = np.ones(k), np.zeros(k), 0.0
    c, v2, v3 = np.zeros((k, k)), np.zeros((k, k)), np.zeros(k)
    for j in np.flatnonzero((of_cause + others).any(axis=1)):
        n, d, e = at_risk[j], of_cause[j], others[j]
        here = n > 0
        size = np.where(here, n, 1.0)
        after = np.where(here, survival * (n - d - e) / size, survival)
        later = np.where(here, incidence + survival * d / size, incidence)
        adjusted = np.where(here, n / np.where(here, survival, 1.0), 0.0)
        total_adjusted, deaths = adjusted.sum(), d.sum()
        now = pooled + deaths / total_adjusted
        weight = (1 - pooled) ** rho
        a = weight * (np.diag(adjusted) - np.outer(adjusted, adjusted) / total_adjusted)
        c += a * deaths / (total_adjusted * (1 - pooled))
        still = adjusted * (1 - incidence)
        score += weight * (d - deaths * still / still.sum()) * here
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(after > 0, (1 - now) / after, 0.0)
        for g in np.flatnonzero(here):
            if deaths > 0:
                t4 = 1 - ratio[g]
                tie = 1 - (deaths - 1) / (total_adjusted * survival[g] - 1) if deaths > 1 else 1.0
                t3 = tie * survival[g] * deaths / (total_adjusted * n[g])
                t1 = a[:, g] - t4 * c[:, g]
                v3[g] += t4**2 * t3
                v2[:, g] += t1 * t4 * t3
                total += np.outer(t1, t1) * t3
            if e[g] > 0 and after[g] > 0:
                t4 = ratio[g]
                tie = 1 - (e[g] - 1) / (n[g] - 1) if e[g] > 1 else 1.0
                t3 = tie * survival[g] ** 2 * e[g] / n[g] ** 2
                t1 = t4 * c[:, g]
                v3[g] += t4**2 * t3
                v2[:, g] -= t1 * t4 * t3
                total += np.outer(t1, t1) * t3
        survival, incidence, pooled = after, later, now
    total += (c * v3) @ c.T + c @ v2.T + v2 @ c.T
    return score, total
