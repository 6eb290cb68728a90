"""Log-rank tests: k groups, strata, late entry, weights that stress early or late differences.

At each death time the deaths of each group are compared with their share of those at risk; the variance is
hypergeometric, (n - d) / (n - 1) included, so that the plain test is R's ``survdiff``. Events at time 0 count
like any other. Source: Mantel 1966; Tarone & Ware 1977; Harrington & Fleming 1982.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analytics.estimators._base.arrays import FollowUp, follow_up, labels
from analytics.estimators._base.distinct import distinct_times
from analytics.estimators._base.distributions import chi_squared_tail
from analytics.estimators._base.results import LogrankResult

WEIGHTINGS = ("logrank", "gehan", "peto", "tarone_ware", "fleming_harrington")


def logrank(
    durations: ArrayLike,
    events: ArrayLike,
    groups: ArrayLike | Sequence[object],
    *,
    entry: ArrayLike | None = None,
    strata: ArrayLike | Sequence[object] | None = None,
    weighting: str = "logrank",
    rho: float = 0.0,
    gamma: float = 0.0,
) -> LogrankResult:
    """Test that k groups share one hazard (within each stratum, where strata are given).

    durations, events, entry   as in ``kaplan_meier``, shapes (n,)
    groups, strata             labels of any kind, shapes (n,)
    weighting  "logrank": 1 · "gehan": the number at risk (SPSS calls it Breslow) · "tarone_ware": its square
               root · "peto": pooled S(t-), R's ``survdiff(rho = 1)`` (Peto-Prentice) ·
               "fleming_harrington": S(t-)^rho (1 - S(t-))^gamma with the pooled left-continuous Kaplan-Meier

    Weights are computed within each stratum. Groups with nobody at risk at any death are dropped from the
    degrees of freedom, as in R. Groups that occur in different strata only are not compared with each other:
    the degrees of freedom are the rank of the covariance (R's ``survdiff`` ends in an error there).
    """
    rows = follow_up(durations, events, entry=entry)
    names, group = labels(groups, "groups", len(rows))
    if len(names) < 2:
        raise ValueError(f"groups holds a single group, {names[0]!r}: there is nothing to compare")
    if not rows.event.any():
        raise ValueError("events holds no event: there is nothing to compare")
    stratum = None if strata is None else labels(strata, "strata", len(rows))[1]
    return contrast(rows, names, group, stratum, weighting=weighting, rho=rho, gamma=gamma)


def contrast(
    rows: FollowUp,
    names: tuple[object, ...],
    group: np.ndarray,
    stratum: np.ndarray | None = None,
    *,
    weighting: str = "logrank",
    rho: float = 0.0,
    gamma: float = 0.0,
) -> LogrankResult:
    """The test on checked rows, group and stratum as codes (n,); an entry below 0 is at risk at 0 too."""
    if weighting not in WEIGHTINGS:
        raise ValueError(f"weighting must be one of {', '.join(WEIGHTINGS)}, not {weighting!r}")
    k = len(names)
    observed, expected, covariance = np.zeros(k), np.zeros(k), np.zeros((k, k))
    for s in range(1 if stratum is None else int(stratum.max()) + 1):
        here = slice(None) if stratum is None else stratum == s
        if not rows.event[here].any():
            continue
        entered = None if rows.entry is None else rows.entry[here]
        part = FollowUp(rows.exit[here], rows.event[here], entered, None)
        table = group_table(part, group[here], k)
        o, e, v = _contrast(table, _weights(table, weighting, rho, gamma))
        observed, expected, covariance = observed + o, expected + e, covariance + v

    used = expected > 0
    statistic, df = quadratic_form((observed - expected)[used], covariance[np.ix_(used, used)])
    return LogrankResult(
        weighting, statistic, df, chi_squared_tail(statistic, df),
        names, np.bincount(group, minlength=k), observed, expected, covariance,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class GroupTable:
    """Deaths and numbers at risk at each death time (t of them) in each group, shapes (t, k)."""

    times: np.ndarray
    deaths: np.ndarray
    at_risk: np.ndarray


def group_table(rows: FollowUp, group: np.ndarray, k: int) -> GroupTable:
    """Count once; every test of the family is arithmetic on this table."""
    times, place = distinct_times(rows.exit)
    m = len(times)

    def count(place: np.ndarray, only: np.ndarray | slice) -> np.ndarray:
        return np.bincount(place[only] * k + group[only], minlength=m * k).reshape(m, k)

    deaths, leaving = count(place, rows.event), count(place, slice(None))
    if rows.entry is not None:
        first = np.searchsorted(times, rows.entry, side="right")
        leaving = leaving - count(first - 1, first > 0)
    at_risk = np.cumsum(leaving[::-1], axis=0)[::-1]
    died = deaths.any(axis=1)
    return GroupTable(times[died], deaths[died].astype(float), at_risk[died].astype(float))


def _weights(table: GroupTable, weighting: str, rho: float, gamma: float) -> np.ndarray:
    n: np.ndarray = table.at_risk.sum(axis=1)
    d: np.ndarray = table.deaths.sum(axis=1)
    if weighting == "logrank":
        return np.ones_like(n)
    if weighting == "gehan":
        return n
    if weighting == "tarone_ware":
        root: np.ndarray = np.sqrt(n)
        return root
    if weighting == "peto":
        rho, gamma = 1.0, 0.0
    before = np.concatenate([[1.0], np.cumprod(1 - d / n)[:-1]])
    return before**rho * (1 - before) ** gamma


def _contrast(table: GroupTable, w: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n, d = table.at_risk.sum(axis=1), table.deaths.sum(axis=1)
    share = table.at_risk / n[:, None]
    # A lone person at risk who dies tells nothing about groups: his term is 0, not 0 / 0.
    spread = w**2 * d * (n - d) / np.maximum(n - 1, 1)
    covariance = -(share * spread[:, None]).T @ share
    # So written it is 0, not what rounding leaves, where a group is alone at risk at every death.
    np.fill_diagonal(covariance, spread @ (share * (1 - share)))
    return w @ table.deaths, (w * d) @ share, covariance


def quadratic_form(difference: np.ndarray, covariance: np.ndarray) -> tuple[float, int]:
    """u' V^- u with a generalised inverse, and the rank of V: (statistic, df).

    Differences within a stratum sum to zero, so that each set of groups that never meets the others costs a
    degree of freedom. NaN and 0 where nothing has a variance (every death had one group at risk alone).
    """
    spread = np.sqrt(np.diag(covariance))
    varies = spread > 1e-12 * spread.max(initial=0)
    if not varies.any():
        return float("nan"), 0
    # On the scale of correlations a small group counts like a large one.
    spread, difference = spread[varies], difference[varies]
    correlation = covariance[np.ix_(varies, varies)] / np.outer(spread, spread)
    values, vectors = np.linalg.eigh(correlation)
    kept = values > 1e-9 * values[-1]
    along = vectors[:, kept].T @ (difference / spread)
    return float((along**2 / values[kept]).sum()), int(kept.sum())
