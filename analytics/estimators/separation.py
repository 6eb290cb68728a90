"""Separation: a direction of the coefficients along which the likelihood rises for ever.

It exists when, in that direction, nobody at risk ever scores above those who die. A finite maximum, reached
with a vanishing score, proves that there is none; where the climb looks otherwise, linear programmes
decide, and name the columns whose estimates are infinite. Source: Bryson & Johnson 1981; Heinze & Schemper
2001.
"""

from __future__ import annotations

import numpy as np

from analytics.estimators.newton import Maximum, Objective
from analytics.estimators.partial_likelihood import PartialLikelihood
from analytics.estimators.risk_sets import RiskSets

# Hazard ratios between two people beyond exp(this) are taken for a climb to infinity until proved otherwise.
STEEPEST = 12.0
# Comparisons (person at risk x death time) beyond which the steepness alone decides.
MOST_COMPARISONS = 20_000_000


def may_be_trusted(objective: Objective, top: Maximum) -> bool:
    """Whether the climb ended at a finite maximum beyond doubt, so that nothing can be separated."""
    if not len(top.coef):
        return True
    return top.converged and bool(np.ptp(objective.x @ top.coef) <= STEEPEST)


def separated_columns(likelihood: PartialLikelihood, top: Maximum, *, exact: bool) -> tuple[int, ...]:
    """Positions, among the kept columns, of those without a finite maximum likelihood estimate."""
    risk, x = likelihood.risk, likelihood.x
    steep = np.ptp(x @ top.coef) > STEEPEST
    if int((risk.last - risk.first).sum()) > MOST_COMPARISONS:
        spans = np.ptp(x, axis=0) * np.abs(top.coef)
        return tuple(int(j) for j in np.flatnonzero(spans > STEEPEST)) if steep else ()
    return _recession(_comparisons(x, risk, exact), x.shape[1])


def _comparisons(x: np.ndarray, risk: RiskSets, exact: bool) -> np.ndarray:
    """Distinct differences (at risk minus dying) that a direction of separation must not make positive."""
    found = []
    for k in range(len(risk.times)):
        here = (risk.first <= k) & (k < risk.last)
        dying = np.zeros(len(x), bool)
        dying[risk.event[risk.place == k]] = True
        # The exact likelihood asks only that the dying outscore the others, not that they be level.
        at_risk = np.unique(x[here & ~dying] if exact else x[here], axis=0)
        for person in np.unique(x[dying], axis=0):
            found.append(at_risk - person)
    differences = np.unique(np.round(np.concatenate(found), 12), axis=0)
    return differences[np.abs(differences).max(axis=1) > 1e-9]


def _recession(differences: np.ndarray, p: int) -> tuple[int, ...]:
    """Columns that some direction d with differences @ d <= 0 moves."""
    from scipy.optimize import linprog

    if not len(differences):
        return ()
    moved = []
    for j in range(p):
        for sign in (1.0, -1.0):
            goal = np.zeros(p)
            goal[j] = sign
            best = linprog(goal, A_ub=differences, b_ub=np.zeros(len(differences)), bounds=[(-1, 1)] * p)
            if best.status == 0 and best.fun < -1e-7:
                moved.append(j)
                break
    return tuple(moved)
