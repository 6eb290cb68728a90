"""Which columns of a design can be estimated at all, and on what scale they are fitted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.estimators._base.newton import Point
from analytics.estimators._cox.partial_likelihood import PartialLikelihood, partial_likelihood
from analytics.estimators._cox.patterns import PatternLikelihood, patterns
from analytics.estimators._cox.risk_sets import RiskSets
from analytics.estimators._cox.tied_deaths import Terms

# A column that keeps less than this share of its information beside earlier columns is their combination.
SMALLEST_PIVOT = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """kept: positions of the estimable columns among names; centre and scale: how they were fitted, (q,)."""

    names: tuple[str, ...]
    kept: np.ndarray
    centre: np.ndarray
    scale: np.ndarray
    constant: tuple[str, ...]
    collinear: tuple[str, ...]

    @property
    def kept_names(self) -> tuple[str, ...]:
        return tuple(self.names[j] for j in self.kept)

    @property
    def jacobian(self) -> float:
        """What log |information|^(1/2) gains on the user's scale."""
        return float(np.log(self.scale).sum())

    def likelihood(
        self, risk: RiskSets, terms: Terms, x: np.ndarray, offset: np.ndarray
    ) -> PartialLikelihood:
        """Person by person, for what needs people; x and offset have the rows ``risk.kept`` points into."""
        rows = np.asfortranarray(x[np.ix_(risk.kept, self.kept)])
        rows -= self.centre
        rows /= self.scale
        return partial_likelihood(risk, terms, rows, offset[risk.kept])

    def widen(self, values: np.ndarray) -> np.ndarray:
        """Values of the kept columns, (q,) or (q, q), among all columns, NaN elsewhere."""
        wide = np.full((len(self.names),) * values.ndim, np.nan)
        wide[np.ix_(*[self.kept] * values.ndim)] = values
        return wide


def design(
    risk: RiskSets, terms: Terms, x: np.ndarray, offset: np.ndarray, names: tuple[str, ...], *, grouped: bool
) -> tuple[Design, PartialLikelihood | PatternLikelihood, Point]:
    """Centre, scale and sort out the columns; x and offset have the rows that ``risk.kept`` points into.

    grouped  count people by pattern where that is quicker

    Information at coefficient 0 is the criterion: it is what the likelihood can see, strata and risk sets
    included. Columns are taken in order, as R does, so that a later one is called the combination of earlier
    ones. Also returns the likelihood of the columns kept, and its value at 0.
    """
    counted = patterns(risk, x, offset) if grouped else None
    rows = np.asfortranarray(x[risk.kept]) if counted is None else counted.x.copy()
    weight = risk.weight if counted is None else counted.weight
    centre = np.average(rows, axis=0, weights=weight)
    rows -= centre
    scale = np.sqrt(np.average(rows**2, axis=0, weights=weight))
    flat = scale <= 1e-12 * np.maximum(np.abs(centre), 1e-300)
    scale = np.where(flat, 1.0, scale)
    rows /= scale

    def likelihood_of(columns: np.ndarray) -> PartialLikelihood | PatternLikelihood:
        if counted is None:
            return partial_likelihood(risk, terms, columns, offset[risk.kept])
        return PatternLikelihood(counted, terms, columns)

    likelihood = likelihood_of(rows)
    null = likelihood.at(np.zeros(len(names)))
    left, own = null.information.copy(), np.diag(null.information)
    events = float(risk.dead_weight.sum())
    positions: list[int] = []
    constant, collinear = [], []
    for j, name in enumerate(names):
        if flat[j] or own[j] <= SMALLEST_PIVOT * events:
            constant.append(name)
        elif left[j, j] <= SMALLEST_PIVOT * own[j]:
            collinear.append(name)
        else:
            positions.append(j)
            left -= np.outer(left[:, j], left[j]) / left[j, j]
    kept = np.array(positions, np.intp)
    columns = Design(names, kept, centre[kept], scale[kept], tuple(constant), tuple(collinear))
    if len(kept) < len(names):
        likelihood = likelihood_of(np.asfortranarray(rows[:, kept]))
        null = Point(null.value, null.score[kept], null.information[np.ix_(kept, kept)])
    return columns, likelihood, null
