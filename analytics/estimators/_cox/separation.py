"""Separation: directions of the coefficients along which the likelihood rises for ever.

Along such a direction nobody at risk ever scores above those who die. Going to the limit, the likelihood
approaches its supremum, and whoever scores below the dying drops out of their risk set. What is left is the
same model with its strata divided further by the score along the direction. It no longer sees the direction,
but sees everything beside it, such as the contrast of two levels that run off together.

The limit's information is blind to exactly the span of all such directions. A coefficient that one of them
moves is infinite; the others are estimated in the limit, with the limit's errors.

That a maximum is finite is proved where the climb ended (``_is_finite``). Only where that fails are linear
programmes asked for a direction. Their constraints are those that the last answer broke, at most one a death
time: the differences between all at risk and all dying are never listed. Source: Bryson & Johnson 1981;
Clarkson & Jennrich 1991 (the limit); Bach 2010 (the proof).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from analytics.estimators._base.newton import Maximum, Objective, Point, maximise
from analytics.estimators._cox.design import SMALLEST_PIVOT
from analytics.estimators._cox.exact_ties import ExactLikelihood
from analytics.estimators._cox.partial_likelihood import PartialLikelihood, partial_likelihood
from analytics.estimators._cox.risk_sets import RiskSets, divided
from analytics.estimators._cox.tied_deaths import tied_terms

# Events x (longest distance between two rows in standard errors)^2: beyond it rounding can feign a vanishing
# score.
SHARPEST = 1e10
# Log hazard ratio of two rows beyond which differences of running totals are not trusted.
STEEPEST = 12.0
# Beyond this the exponential of one of them leaves the range of numbers.
FURTHEST = 500.0
# Linear programmes for one direction, and constraints that each may add.
MOST_PROGRAMMES = 100
MOST_CUTS = 300
# Gain of a direction, as a share of the score's largest entry, that is above the programmes' tolerance.
LEAST_GAIN = 1e-9
# Scores closer than this share of their range are level.
LEVEL = 1e-9
# Entries of a direction up to this are rounding.
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """What the likelihood of p columns tends to: itself where its maximum is finite.

    risk        its risk sets
    kept        positions of the columns that the limit still tells apart, (q,); the others' coefficient is 0
    objective, top   the limiting likelihood of the kept columns, and its maximum
    likelihood  makes the same person by person, unpenalised, when asked
    separated   positions of the columns whose maximum likelihood estimate is infinite
    undecided   positions of those of which that was not shown, though the climb reached no maximum
    level       ranks of the rows along what runs off, (n,): they come before the linear predictor
    """

    risk: RiskSets
    kept: np.ndarray
    objective: Objective
    top: Maximum
    likelihood: Callable[[], PartialLikelihood]
    separated: tuple[int, ...] = ()
    undecided: tuple[int, ...] = ()
    level: np.ndarray | None = None


def limit(climbed: Limit, ties: str) -> Limit:
    """Follow a likelihood without penalty from where its climb ended to its supremum."""
    if not len(climbed.kept) or _is_finite(climbed, ties):
        return climbed
    p, whole, highest = len(climbed.kept), climbed.likelihood(), climbed
    level = np.zeros(len(whole.x), np.intp)
    while len(highest.kept) and not _is_finite(highest, ties):
        along = _direction(highest, ties)
        if along is None:
            return _withheld(highest)
        if not along.any():
            if not highest.risk.subtracts:
                return highest if highest.top.converged else _withheld(highest)
            # There is a maximum, and running totals may have hidden it.
            here = highest.likelihood()
            here = replace(here, risk=replace(here.risk, careful=True))
            again = _climbed(here, ties, np.arange(len(highest.kept)))
            highest = replace(again, kept=highest.kept, separated=highest.separated, level=highest.level)
            continue
        level = _ranks(whole.x[:, highest.kept] @ along, level)
        here = _divided(whole, level, ties)
        kept, moved = _seen(
            _objective(here, ties).at(np.zeros(p)).information, float(here.risk.dead_weight.sum())
        )
        if len(kept) == len(highest.kept):
            return _withheld(highest)
        highest = replace(_climbed(here, ties, kept), separated=moved, level=level)
    return highest


def _climbed(likelihood: PartialLikelihood, ties: str, kept: np.ndarray) -> Limit:
    """Climb the likelihood of some of its columns."""
    here = replace(
        likelihood, x=np.asfortranarray(likelihood.x[:, kept]), x_event=likelihood.x_event[:, kept]
    )
    objective, start = _objective(here, ties), np.zeros(len(kept))
    if len(kept):
        top = maximise(objective.at, start)
    else:
        null = _objective(likelihood, ties).at(np.zeros(likelihood.x.shape[1]))
        top = Maximum(start, Point(null.value, start, np.zeros((0, 0))), True, 0)
    return Limit(here.risk, kept, objective, top, lambda: here)


def _withheld(limit: Limit) -> Limit:
    return replace(limit, undecided=tuple(int(j) for j in limit.kept if j not in limit.separated))


def _is_finite(climbed: Limit, ties: str) -> bool:
    """Whether the point where the climb ended proves that the maximum is finite.

    Along any direction h the information falls at most as exp(-w t), w being the largest difference in x'h
    between two rows; so the likelihood turns down if w |score'h| < h' information h. With distances measured
    by the information that is (length of the score) x (longest distance of two rows) < 1. A likelihood that
    rises for ever has a product of at least 1 everywhere, however small its score.
    """
    point, risk, x = climbed.top.point, climbed.risk, climbed.objective.x
    if np.ptp(x @ climbed.top.coef) > (STEEPEST if risk.subtracts else FURTHEST):
        return False
    try:
        measure = np.linalg.inv(np.linalg.cholesky(point.information)).T
    except np.linalg.LinAlgError:
        return False
    rows = x @ measure
    rows -= rows.mean(axis=0)
    # With exact ties whole sets of the dying are compared.
    together = int(risk.deaths.max()) if ties == "exact" else 1
    longest = 2 * together * np.sqrt((rows**2).sum(axis=1).max())
    length = np.linalg.norm(point.score @ measure)
    return bool(longest * length < 0.5 and risk.dead_weight.sum() * longest**2 < SHARPEST)


def _objective(likelihood: PartialLikelihood, ties: str) -> PartialLikelihood | ExactLikelihood:
    return ExactLikelihood(likelihood) if ties == "exact" else likelihood


def _divided(whole: PartialLikelihood, level: np.ndarray, ties: str) -> PartialLikelihood:
    """The likelihood with its strata divided by level: only those on one level are compared."""
    risk, rows = divided(whole.risk, level)
    terms = tied_terms(risk, "efron" if ties == "exact" else ties)
    return partial_likelihood(risk, terms, np.asfortranarray(whole.x[rows]), whole.offset[rows])


def _seen(information: np.ndarray, events: float) -> tuple[np.ndarray, tuple[int, ...]]:
    """Columns that the information tells apart, in order; and those that its blind directions move."""
    left, seen = information.copy(), np.zeros(len(information), bool)
    for j in range(len(left)):
        if left[j, j] > SMALLEST_PIVOT * max(information[j, j], events):
            seen[j] = True
            left -= np.outer(left[:, j], left[j]) / left[j, j]
    kept, rest = np.flatnonzero(seen), np.flatnonzero(~seen)
    blind = np.linalg.solve(information[np.ix_(kept, kept)], information[np.ix_(kept, rest)])
    moved = kept[(np.abs(blind) > ROUNDING).any(axis=1)]
    return kept, tuple(sorted(int(j) for j in (*rest, *moved)))


def _ranks(score: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Ranks of the rows by level and, within it, by score; scores that rounding tells apart are level."""
    order = np.argsort(score)
    step = np.diff(score[order]) > LEVEL * np.ptp(score)
    rank = np.empty(len(score), np.intp)
    rank[order] = np.concatenate([[0], np.cumsum(step)])
    return np.unique(level * (rank.max() + 1) + rank, return_inverse=True)[1]


def _direction(climbed: Limit, ties: str) -> np.ndarray | None:
    """A direction along which the likelihood rises for ever, shape (q,); 0 if there is none; None: undecided.

    The score at 0 is a sum, with positive weights, of all differences (dying minus at risk). So a direction
    that makes no difference negative gains something along the score unless it makes all of them 0.
    """
    from scipy.optimize import linprog

    likelihood, q = climbed.likelihood(), len(climbed.kept)
    score = climbed.objective.at(np.zeros(q)).score
    gain, cuts = score / np.abs(score).max(), np.empty((0, q))
    for _ in range(MOST_PROGRAMMES):
        best = linprog(
            -gain, A_ub=cuts, b_ub=np.zeros(len(cuts)), bounds=(-1, 1), method="highs-ds",
            options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
        )  # fmt: skip
        if best.status != 0:
            return None
        if -best.fun <= LEAST_GAIN:
            return np.zeros(q)
        along: np.ndarray = best.x / np.abs(best.x).max()
        broken = _broken(likelihood, along, ties)
        if not len(broken):
            return along
        known = len(cuts)
        cuts = np.unique(np.concatenate([cuts, broken]), axis=0)
        if len(cuts) == known:
            return None
    return None


def _broken(likelihood: PartialLikelihood, along: np.ndarray, ties: str) -> np.ndarray:
    """Differences (at risk minus dying) that are positive along a direction, the largest of each death time.

    Scaled to a largest entry of 1; the most broken MOST_CUTS, shape (m, q).
    """
    risk, x = likelihood.risk, likelihood.x
    score = x @ along
    order = np.argsort(score)
    rank = np.empty(len(score), np.intp)
    rank[order] = np.arange(len(score))
    last = risk.last.copy()
    if risk.decay is not None and risk.lingering is not None:
        # Nobody lingers where the weight of their group has come to 0.
        stays = (risk.decay > 0).sum(axis=1)[risk.lingering]
        last = np.where(risk.lingering >= 0, np.minimum(last, stays), last)
    if ties == "exact":
        # The exact likelihood asks only that the dying outscore the others, not that they be level.
        last[risk.event] -= 1
    highest = risk.gather(rank, np.maximum, -1, last)
    lowest = np.full(len(risk.times), len(score))
    np.minimum.at(lowest, risk.place, rank[risk.event])
    met = np.flatnonzero(highest >= 0)
    high, low = order[highest[met]], order[lowest[met]]
    excess = score[high] - score[low]
    over = np.flatnonzero(excess > LEVEL * np.ptp(score))
    over = over[np.argsort(-excess[over])][:MOST_CUTS]
    difference = x[high[over]] - x[low[over]]
    scaled: np.ndarray = difference / np.abs(difference).max(axis=1, keepdims=True)
    return scaled
