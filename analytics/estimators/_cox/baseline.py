"""Baseline hazard and predicted survival of a Cox model.

The hazard follows the model's tie rule: Breslow's estimator, or its Efron counterpart. Errors carry both the
hazard's own and the coefficients' (Tsiatis 1981; Link 1984), as R's ``survfit.coxph``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.estimators._base.arrays import as_floats, matrix
from analytics.estimators._base.distributions import normal_quantile


@dataclass(frozen=True, slots=True, eq=False)
class BaselineHazard:
    """Cumulative hazard, right-continuous steps at the death times; stratum: which baseline; shapes (k,)."""

    times: np.ndarray
    hazard: np.ndarray
    stratum: np.ndarray

    def at(self, time: float, stratum: int = 0) -> float:
        """The hazard accumulated by a time; 0 before the first death."""
        here = self.stratum == stratum
        step = int(np.searchsorted(self.times[here], time, side="right")) - 1
        return float(self.hazard[here][step]) if step >= 0 else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class PredictedCurves:
    """Survival of m new rows at the k death times, shapes (k, m); stratum: which baseline, shape (k,)."""

    times: np.ndarray
    stratum: np.ndarray
    survival: np.ndarray
    std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


def baseline(model, *, centred: bool) -> BaselineHazard:
    """See ``CoxModel.baseline``."""
    parts = model.likelihood.parts(model.top.coef)
    # The fit is on centred columns, so that the step to covariates of 0 is exp(-centre . coef).
    shift = 0.0 if centred else float(model.columns.centre @ (model.top.coef / model.columns.scale))
    stratum, hazard = _accumulate(model.risk.blocks, parts.tied.hazard)
    return BaselineHazard(model.risk.times, hazard * np.exp(-shift), stratum)


def predicted(model, covariates, level: float) -> PredictedCurves:
    """See ``CoxModel.predict``."""
    people = np.atleast_2d(as_floats(covariates, "covariates"))
    array, _ = matrix(people, model.names, len(people))
    columns, risk, coef = model.columns, model.risk, model.top.coef
    new = (array[:, columns.kept] - columns.centre) / columns.scale
    relative = np.exp(new @ coef)
    parts = model.likelihood.parts(coef)
    stratum, hazard = _accumulate(risk.blocks, parts.tied.hazard)
    own = _accumulate(risk.blocks, parts.tied.square0)[1]
    means = np.column_stack([_accumulate(risk.blocks, column)[1] for column in parts.mean_sums().T])
    bread = np.linalg.inv(model.top.point.information)
    if model.penalty is None and not np.array_equal(model.covariance, model.naive_covariance, equal_nan=True):
        scale = columns.scale
        bread = model.covariance[np.ix_(columns.kept, columns.kept)] * np.outer(scale, scale)

    cumulative = hazard[:, None] * relative
    lever = hazard[:, None, None] * new - means[:, None, :]
    variance = relative**2 * (own[:, None] + np.einsum("kmi,ij,kmj->km", lever, bread, lever))
    survival, error = np.exp(-cumulative), np.sqrt(variance)
    z = normal_quantile(level)
    return PredictedCurves(
        risk.times, stratum, survival, survival * error,
        np.exp(-cumulative - z * error), np.minimum(np.exp(-cumulative + z * error), 1),
    )  # fmt: skip


def _accumulate(blocks: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Running totals within each stratum, and the stratum's number at each step."""
    sizes = np.diff(blocks)
    running = np.cumsum(steps)
    before = np.concatenate([[0.0], running])[blocks[:-1]]
    return np.repeat(np.arange(len(sizes)), sizes), running - np.repeat(before, sizes)
