"""The conventional contrast, made quickly for many groupings of one cohort.

A cohort of months has a few hundred distinct times. Deaths and people at risk at those are counted once; a
small group is then counted by itself and the rest by subtraction, so one grouping costs its own size, not
the cohort's. The answers are those of ``kaplan_meier``, ``logrank`` and ``cox(ties="breslow")`` on the same
people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.estimators.building_blocks import chi_squared_tail, crossing, distinct_times, follow_up

MOST_STEPS = 100
# A step of the log hazard ratio is cut here, so that a first step from 0 cannot overshoot into overflow.
LONGEST_STEP = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class CohortTable:
    """times (m,): distinct exits; place (n,): each person's among them; deaths, at_risk (m,); died (n,)."""

    times: np.ndarray
    place: np.ndarray
    died: np.ndarray
    deaths: np.ndarray
    at_risk: np.ndarray


@dataclass(frozen=True, slots=True)
class NaiveContrast:
    """Medians in months (infinite: not reached), hazard ratio with against without, log-rank p-value."""

    median_with: float
    median_without: float
    hazard_ratio: float
    p_value: float


def life_table_of(exit_months, died) -> CohortTable:
    """Count a whole cohort once; shapes (n,)."""
    rows = follow_up(exit_months, died)
    times, place = distinct_times(rows.exit)
    deaths, at_risk = _counts(place, rows.event, len(times))
    return CohortTable(times, place, rows.event, deaths, at_risk)


def grouped_by_future(table: CohortTable, cases: np.ndarray) -> NaiveContrast:
    """Compare the people at positions ``cases`` with all others from time 0, as if known then."""
    deaths, at_risk = _counts(table.place[cases], table.died[cases], len(table.times))
    other_deaths, other_at_risk = table.deaths - deaths, table.at_risk - at_risk
    return NaiveContrast(
        _median(table.times, deaths, at_risk),
        _median(table.times, other_deaths, other_at_risk),
        _breslow_hazard_ratio(deaths, at_risk, table.deaths, other_at_risk),
        _logrank_p(deaths, at_risk, table.deaths, table.at_risk),
    )


def _counts(place: np.ndarray, died: np.ndarray, m: int) -> tuple[np.ndarray, np.ndarray]:
    deaths = np.bincount(place[died], minlength=m)
    return deaths, np.cumsum(np.bincount(place, minlength=m)[::-1])[::-1]


def _median(times: np.ndarray, deaths: np.ndarray, at_risk: np.ndarray) -> float:
    survival = np.cumprod(1 - deaths / np.maximum(at_risk, 1))
    median = crossing(times, survival, 0.5)
    return float("inf") if np.isnan(median) else median


def _breslow_hazard_ratio(
    deaths: np.ndarray, at_risk: np.ndarray, all_deaths: np.ndarray, others: np.ndarray
) -> float:
    """Newton's method on the one coefficient; 0 or infinity where the likelihood rises for ever."""
    is_informative = (all_deaths > 0) & (at_risk > 0) & (others > 0)
    own, every = deaths[is_informative].sum(), all_deaths[is_informative]
    if not is_informative.any():
        return float("nan")
    if own in (0, every.sum()):
        return 0.0 if own == 0 else float("inf")
    ratio, log_ratio = at_risk[is_informative] / others[is_informative], 0.0
    for _ in range(MOST_STEPS):
        odds = ratio * np.exp(log_ratio)
        share = odds / (1 + odds)
        step = (own - every @ share) / (every @ (share * (1 - share)))
        log_ratio += float(np.clip(step, -LONGEST_STEP, LONGEST_STEP))
        if abs(step) < 1e-10:
            return float(np.exp(log_ratio))
    raise ArithmeticError("the naive hazard ratio did not converge")


def _logrank_p(
    deaths: np.ndarray, at_risk: np.ndarray, all_deaths: np.ndarray, everyone: np.ndarray
) -> float:
    share = at_risk / everyone
    spread = all_deaths * (everyone - all_deaths) / np.maximum(everyone - 1, 1)
    variance = float(spread @ (share * (1 - share)))
    if not variance > 0:
        return float("nan")
    return chi_squared_tail(float(deaths.sum() - all_deaths @ share) ** 2 / variance, 1)
