"""Baseline hazard of a Cox model, by its tie rule: Breslow's estimator, or its Efron counterpart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analytics.estimators._cox.model import CoxModel


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


def baseline(model: CoxModel, *, centred: bool) -> BaselineHazard:
    """See ``CoxModel.baseline``."""
    parts = model.likelihood.parts(model.top.coef)
    # The fit is on centred columns, so that the step to covariates of 0 is exp(-centre . coef).
    shift = 0.0 if centred else float(model.columns.centre @ (model.top.coef / model.columns.scale))
    stratum, hazard = _accumulate(model.risk.blocks, parts.tied.hazard)
    return BaselineHazard(model.risk.times, hazard * np.exp(-shift), stratum)


def _accumulate(blocks: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Running totals within each stratum, and the stratum's number at each step."""
    sizes = np.diff(blocks)
    running = np.cumsum(steps)
    before = np.concatenate([[0.0], running])[blocks[:-1]]
    return np.repeat(np.arange(len(sizes)), sizes), running - np.repeat(before, sizes)
