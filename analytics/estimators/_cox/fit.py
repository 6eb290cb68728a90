"""Proportional hazards regression.

Ties: "efron" (R's default), "breslow" (SPSS and SAS's default) or "exact" (the discrete model: R's "exact",
SAS's "discrete"). Time-varying covariates: one row per interval, with ``entry``; a row is at risk on
(entry, exit]. Source: Cox 1972; Efron 1977; Breslow 1974; Firth 1993 with Heinze & Schemper 2001.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from analytics.estimators._base.arrays import FollowUp, follow_up, labels, matrix, numbers, same_length
from analytics.estimators._base.distributions import chi_squared_tail, normal_quantile, normal_two_sided
from analytics.estimators._base.newton import Maximum, Objective, maximise
from analytics.estimators._base.results import TestResult
from analytics.estimators._cox.design import SMALLEST_PIVOT, design
from analytics.estimators._cox.exact_ties import ExactLikelihood
from analytics.estimators._cox.firth import FirthLikelihood
from analytics.estimators._cox.model import CoxModel
from analytics.estimators._cox.partial_likelihood import PartialLikelihood
from analytics.estimators._cox.profile_likelihood import profile_interval, profile_p_value
from analytics.estimators._cox.residuals import sandwich
from analytics.estimators._cox.risk_sets import RiskSets, risk_sets
from analytics.estimators._cox.separation import Limit, limit
from analytics.estimators._cox.tied_deaths import tied_terms


def cox(
    durations: ArrayLike,
    events: ArrayLike,
    covariates: ArrayLike,
    *,
    names: str | Sequence[str],
    entry: ArrayLike | None = None,
    strata: ArrayLike | Sequence[object] | None = None,
    ties: str = "efron",
    penalty: str | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | Sequence[object] | None = None,
    offset: ArrayLike | None = None,
    level: float = 0.95,
) -> CoxModel:
    """Fit by maximum partial likelihood, or with Firth's penalty.

    durations, events, entry, weights   as in ``kaplan_meier``, shapes (n,)
    covariates  shape (n, p), finite; names: the p names. Categories come as 0/1 columns
    strata      labels, shape (n,): a baseline hazard for each
    ties        "efron", "breslow" or "exact"
    penalty     None or "firth": limits and p-values are then of the penalised profile likelihood (as coxphf)
    cluster     labels, shape (n,): errors are then robust to dependence within a label (one label a row gives
                the plain robust error); without it the errors are those of the model, weights or not
    offset      known part of the linear predictor, shape (n,)

    A column that is constant within strata, a combination of earlier ones, or separated (its maximum
    likelihood estimate is infinite) is not estimated: its coefficient is NaN and its name stands in
    ``constant``, ``collinear`` or ``separated``. The other columns are fitted as R fits them. Beside
    separated ones they, their errors and the log-likelihood are those of the limit to which the likelihood
    rises. With the penalty separated columns are estimable and are estimated.
    """
    if ties not in ("efron", "breslow", "exact"):
        raise ValueError(f"ties must be 'efron', 'breslow' or 'exact', not {ties!r}")
    if penalty not in (None, "firth"):
        raise ValueError(f"penalty must be None or 'firth', not {penalty!r}")
    if ties == "exact" and any(given is not None for given in (penalty, weights, cluster)):
        raise ValueError("exact ties are for the plain likelihood: no penalty, weights or cluster")
    rows = follow_up(durations, events, entry=entry, weights=weights)
    x, names = matrix(covariates, names, len(rows))
    if not rows.event.any():
        raise ValueError("events holds no event: there is nothing to estimate")
    stratum_names, stratum = ((None,), None) if strata is None else labels(strata, "strata", len(rows))
    known = np.zeros(len(rows))
    if offset is not None:
        known = numbers(offset, "offset")
        same_length(durations=rows.exit, offset=known)
    clusters = None if cluster is None else labels(cluster, "cluster", len(rows))[1]

    risk = risk_sets(rows, stratum)
    model = fit(rows, risk, x, known, names, ties=ties, penalty=penalty, cluster=clusters, level=level)
    return replace(model, strata=stratum_names)


def fit(
    rows: FollowUp,
    risk: RiskSets,
    x: np.ndarray,
    offset: np.ndarray,
    names: tuple[str, ...],
    *,
    ties: str,
    penalty: str | None,
    cluster: np.ndarray | None,
    level: float,
) -> CoxModel:
    """Fit on ready risk sets; x, offset and cluster have the rows that ``risk.kept`` points into."""
    terms = tied_terms(risk, "efron" if ties == "exact" else ties)
    plain = penalty is None and ties != "exact"
    columns, quick, null = design(risk, terms, x, offset, names, grouped=plain)
    p, scale = len(columns.kept), columns.scale

    def likelihood() -> PartialLikelihood:
        return columns.likelihood(risk, terms, x, offset)

    objective: Objective = quick
    if p and not plain:
        objective = FirthLikelihood(likelihood()) if penalty else ExactLikelihood(likelihood())
        null = objective.at(np.zeros(p))
        if not penalty and np.linalg.eigvalsh(null.information)[0] <= SMALLEST_PIVOT * len(risk.event):
            raise ValueError("with exact ties the covariates carry no information beside each other")
    top = (
        maximise(objective.at, np.zeros(p), null, penalised=penalty is not None)
        if p
        else Maximum(np.zeros(0), null, False, 0)
    )

    end = Limit(risk, np.arange(p), objective, top, likelihood)
    if not penalty:
        end = limit(end, ties)
    withheld = [*end.separated, *end.undecided]
    bread, covariance = (_beside(end.kept, block, p, withheld) for block in _covariances(end, cluster))

    coef = np.zeros(p)
    coef[end.kept] = end.top.coef
    coef[withheld] = np.nan
    lower, upper, p_value = _inference(objective, top, coef, covariance, penalty, level)
    # The penalty is a determinant and knows the scale of the covariates; the plain likelihood does not.
    jacobian = columns.jacobian if penalty else 0.0
    ratio = 2 * (end.top.point.value - null.value) if p else np.nan
    score = float(null.score @ np.linalg.solve(null.information, null.score)) if p else np.nan
    return CoxModel(
        names=columns.names,
        coef=columns.widen(coef / scale),
        covariance=columns.widen(covariance / np.outer(scale, scale)),
        naive_covariance=columns.widen(bread / np.outer(scale, scale)),
        lower=columns.widen(np.exp(lower / scale)),
        upper=columns.widen(np.exp(upper / scale)),
        p_value=columns.widen(p_value),
        level=level,
        ties=ties,
        penalty=penalty,
        n=len(rows),
        events=len(risk.event),
        loglik_null=null.value + jacobian,
        loglik=end.top.point.value + jacobian,
        likelihood_ratio=TestResult("likelihood_ratio", ratio, p, chi_squared_tail(ratio, p)),
        score=TestResult("score", score, p, chi_squared_tail(score, p)),
        converged=bool(p and end.top.converged and not withheld),
        iterations=end.top.steps,
        constant=columns.constant,
        collinear=columns.collinear,
        separated=tuple(columns.kept_names[j] for j in end.separated),
        undecided=tuple(columns.kept_names[j] for j in end.undecided),
        strata=(None,),
        rows=rows,
        columns=columns,
        risk=end.risk if end.level is None else risk,
        terms=terms,
        covariates=x,
        offset=offset,
        objective=objective,
        limit=end,
        cluster=cluster,
    )


def _covariances(end: Limit, cluster: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The model's covariance and the one to report, of the columns kept in the limit, on the fitted scale."""
    bread = np.linalg.inv(end.top.point.information)
    if cluster is None or not len(end.kept):
        return bread, bread
    return bread, sandwich(end.likelihood(), end.top.coef, bread, cluster)


def _beside(kept: np.ndarray, block: np.ndarray, p: int, withheld: list[int]) -> np.ndarray:
    """A covariance among all p fitted columns: NaN for those withheld."""
    wide = np.full((p, p), np.nan)
    wide[np.ix_(kept, kept)] = block
    wide[withheld], wide[:, withheld] = np.nan, np.nan
    return wide


def _inference(
    objective: Objective,
    top: Maximum,
    coef: np.ndarray,
    covariance: np.ndarray,
    penalty: str | None,
    level: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Limits and p-values of the coefficients: Wald's, or the penalised profile likelihood's."""
    if penalty == "firth":
        each = range(len(coef))
        limits = [profile_interval(objective.at, top, j, level, penalised=True) for j in each]
        lower, upper = np.array(limits).reshape(-1, 2).T
        p_values = [profile_p_value(objective.at, top, j, penalised=True) for j in each]
        return lower, upper, np.array(p_values)
    error = np.sqrt(np.diag(covariance))
    half = normal_quantile(level) * error
    with np.errstate(invalid="ignore", divide="ignore"):
        return coef - half, coef + half, normal_two_sided(coef / error)
