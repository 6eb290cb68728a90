"""The partial likelihood of people who share covariates, counted instead of listed.

A registry's covariates are few-valued: a million people have some thousand different rows. Of each pattern
only two counts matter at a death time, how many are at risk and how many die; with them the likelihood is
two matrix products, exactly what summing person by person gives. Worth it where the table is not much
larger than the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.estimators._base.newton import Point
from analytics.estimators._cox.partial_likelihood import products_of_means
from analytics.estimators._cox.risk_sets import RiskSets
from analytics.estimators._cox.tied_deaths import CHUNK, Terms

# Fewer rows than this are quick anyhow.
FEWEST_ROWS = 5000
# Cells of the table for each row; beyond it, listing people is cheaper.
MOST_CELLS_A_ROW = 4
# Values a column may take, judged on a thousand of its rows.
MOST_LEVELS = 300


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """m patterns: x (m, p), offset and weight (m,); at_risk and died at the k death times, (k, m)."""

    x: np.ndarray
    offset: np.ndarray
    weight: np.ndarray
    at_risk: np.ndarray
    died: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class PatternLikelihood:
    """Value, score and information of ``PartialLikelihood``; x: the patterns' columns as fitted, (m, p)."""

    patterns: Patterns
    terms: Terms
    x: np.ndarray

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")
    def at(self, coef: np.ndarray) -> Point:
        """Value, score and information at coef, shape (p,)."""
        counts, terms, x = self.patterns, self.terms, self.x
        eta = x @ coef + counts.offset
        relative = np.exp(eta)
        weighted = np.column_stack([relative, x * relative[:, None]])
        total, dying = counts.at_risk @ weighted, counts.died @ weighted
        tied = terms.sums(total[:, 0], dying[:, 0])
        exposure = relative * (tied.hazard @ counts.at_risk - tied.lost @ counts.died)
        deaths = counts.died.sum(axis=0)
        information = (x * exposure[:, None]).T @ x
        information -= products_of_means(tied, total[:, 1:], dying[:, 1:])
        value = float(deaths @ eta - tied.log.sum())
        return Point(value, (deaths - exposure) @ x, information)


def patterns(risk: RiskSets, x: np.ndarray, offset: np.ndarray) -> Patterns | None:
    """Count the rows of ``risk`` by pattern (x, offset: rows it points into); None where not worth it."""
    n, k = len(risk.kept), len(risk.times)
    if n < FEWEST_ROWS or risk.decay is not None:
        return None
    rows, known = (x, offset) if n == len(x) else (x[risk.kept], offset[risk.kept])
    codes = _codes(np.column_stack([rows, known]) if known.any() else rows)
    if codes is None:
        return None
    code, levels = codes
    place, m = _compressed(code, levels)
    if m * k > MOST_CELLS_A_ROW * n:
        return None
    person = np.empty(m, np.intp)
    person[place] = risk.kept

    def count(times: np.ndarray, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        return np.bincount(times * m + place[rows], risk.weight[rows], k * m).reshape(k, m)

    at_risk = count(risk.last - 1)
    late = np.flatnonzero(risk.first > 0)
    if late.size:
        at_risk -= count(risk.first[late] - 1, late) * risk.inside[:, None]
    return Patterns(
        x[person], offset[person], np.bincount(place, risk.weight, m),
        risk.accumulate(at_risk), count(risk.place, risk.event),
    )  # fmt: skip


def _codes(x: np.ndarray) -> tuple[np.ndarray, int] | None:
    """A code for each row, alike for like rows, and what they are below; None if a column is many-valued."""
    low = np.array([column.min() for column in x.T])
    span = 2 * (np.array([column.max() for column in x.T]) - low)
    if span.max() < MOST_LEVELS:
        # Whole and half numbers are their own codes.
        levels = span.astype(np.int64) + 1
        radix = np.concatenate([[1], np.cumprod(levels.astype(float))])
        if radix[-1] < 2**62 and (code := _whole_codes(x, low, radix[:-1].astype(np.int64))) is not None:
            return code, int(radix[-1])
    code, below = np.zeros(len(x), np.int64), 1
    for column in x.T:
        if len(np.unique(column[:: max(1, len(column) // 1000)])) > MOST_LEVELS:
            return None
        values, place = np.unique(column, return_inverse=True)
        if len(values) > MOST_LEVELS or below * len(values) > 2**62:
            return None
        code, below = code * len(values) + place, below * len(values)
    return code, below


def _whole_codes(x: np.ndarray, low: np.ndarray, radix: np.ndarray) -> np.ndarray | None:
    """Codes of rows that are whole or half numbers above low; None at the first that is not."""
    code = np.empty(len(x), np.int64)
    for start in range(0, len(x), CHUNK):
        doubled = (x[start : start + CHUNK] - low) * 2
        whole = doubled.astype(np.int64)
        if (whole != doubled).any():
            return None
        code[start : start + CHUNK] = whole @ radix
    return code


def _compressed(code: np.ndarray, levels: int) -> tuple[np.ndarray, int]:
    """Codes renumbered without gaps, and how many there are."""
    if levels > MOST_CELLS_A_ROW * len(code):
        values, place = np.unique(code, return_inverse=True)
        return place, len(values)
    seen = np.bincount(code, minlength=levels) > 0
    return (np.cumsum(seen) - 1)[code], int(seen.sum())
