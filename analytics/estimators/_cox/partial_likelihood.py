"""Cox's partial likelihood with Breslow or Efron ties: value, score, information and what follows from them.

With q_i = (row i's relative risk) x (hazard it was exposed to), the information is X' diag(q) X minus the
outer products of the risk-set means: one matrix product instead of one matrix per death. Source: Cox 1972;
Breslow 1974; Efron 1977; the arrangement is ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.estimators._base.newton import Point
from analytics.estimators._cox.risk_sets import RiskSets
from analytics.estimators._cox.tied_deaths import Terms, TermSums


@dataclass(frozen=True, slots=True, eq=False)
class PartialLikelihood:
    """x: shape (n, p), columns centred; x_event: its rows that are events; offset: shape (n,), known part."""

    risk: RiskSets
    terms: Terms
    x: np.ndarray
    x_event: np.ndarray
    offset: np.ndarray

    # A step too far overflows; its value is then not a number and the climber halves the step.
    @np.errstate(over="ignore", invalid="ignore", divide="ignore")
    def at(self, coef: np.ndarray) -> Point:
        """Value, score and information at coef, shape (p,)."""
        return self.point(self.parts(coef))

    def point(self, parts: Parts) -> Point:
        """The same of sums that are known already."""
        x, risk = self.x, self.risk
        value = float(parts.event_weight @ parts.eta[risk.event] - parts.tied.log.sum())
        score = parts.event_weight @ self.x_event - parts.exposure @ x
        information = (x * parts.exposure[:, None]).T @ x
        information -= products_of_means(parts.tied, parts.sums, parts.event_sums)
        return Point(value, score, information)

    def parts(self, coef: np.ndarray) -> Parts:
        """The sums that value, score, information, residuals and baseline share."""
        risk, terms, x = self.risk, self.terms, self.x
        eta = x @ coef + self.offset
        relative = risk.weight * np.exp(eta)
        total = risk.sums(relative)
        sums = risk.sums(x * relative[:, None])
        event_total, event_sums = np.zeros_like(total), np.zeros_like(sums)
        if terms.split:
            dying = relative[risk.event]
            event_total, event_sums = risk.event_sums(dying), risk.event_sums(self.x_event * dying[:, None])
        tied = terms.sums(total, event_total)
        exposed = risk.spread(tied.hazard)
        exposed[risk.event] -= tied.lost[risk.place]
        return Parts(
            eta, risk.weight[risk.event], relative, total, event_total, tied, sums, event_sums,
            relative * exposed,
        )  # fmt: skip


def products_of_means(tied: TermSums, sums: np.ndarray, event_sums: np.ndarray) -> np.ndarray:
    """Sum over terms of c x (mean covariate) (mean covariate)', shape (p, p)."""
    products = (sums * tied.square0[:, None]).T @ sums
    cross = (sums * tied.square1[:, None]).T @ event_sums
    information: np.ndarray = products + (event_sums * tied.square2[:, None]).T @ event_sums - cross - cross.T
    return information


def partial_likelihood(risk: RiskSets, terms: Terms, x: np.ndarray, offset: np.ndarray) -> PartialLikelihood:
    """The likelihood of rows that are at risk at least once: x and offset have the rows of ``risk``."""
    return PartialLikelihood(risk, terms, x, np.asfortranarray(x[risk.event]), offset)


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Sums at one value of the coefficients.

    eta           linear predictor, (n,)
    event_weight  weights of the events
    relative      weight x exp(eta), (n,)
    total, event_total   relative risk of the risk sets and of the dying, (k,)
    tied          sums over the terms of each death time
    sums, event_sums   weighted covariate totals of the risk sets and of the dying, (k, p)
    exposure      relative risk x hazard met, (n,)
    """

    eta: np.ndarray
    event_weight: np.ndarray
    relative: np.ndarray
    total: np.ndarray
    event_total: np.ndarray
    tied: TermSums
    sums: np.ndarray
    event_sums: np.ndarray
    exposure: np.ndarray

    def mean_sums(self) -> np.ndarray:
        """Sum over terms of (c / D) x mean covariate, shape (k, p): the vector companion of the hazard."""
        sums: np.ndarray = (
            self.tied.square0[:, None] * self.sums - self.tied.square1[:, None] * self.event_sums
        )
        return sums

    def mean_sums_lost(self) -> np.ndarray:
        """The same with c f / D: what the dying are spared under Efron."""
        sums: np.ndarray = (
            self.tied.square1[:, None] * self.sums - self.tied.square2[:, None] * self.event_sums
        )
        return sums
