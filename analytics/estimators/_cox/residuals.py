"""Score residuals, and the robust covariance that is made of them.

Source: Lin & Wei 1989; Barlow & Prentice 1988; Efron's tie correction as in Therneau & Grambsch, ch. 7.
"""

from __future__ import annotations

import numpy as np

from analytics.estimators._cox.partial_likelihood import PartialLikelihood


def score_residuals(likelihood: PartialLikelihood, coef: np.ndarray) -> np.ndarray:
    """Each row's share of the score, unweighted, shape (n, p); weighted they sum to the score."""
    risk, x = likelihood.risk, likelihood.x
    parts = likelihood.parts(coef)
    means = parts.mean_sums()
    drift = risk.spread(means)
    drift[risk.event] -= parts.mean_sums_lost()[risk.place]
    residuals: np.ndarray = (parts.relative / risk.weight)[:, None] * drift - (parts.exposure / risk.weight)[
        :, None
    ] * x
    # The dying are compared with the mean over their death time's terms, c being the mean weight of the
    # dying.
    average = parts.tied.hazard[:, None] * parts.sums - parts.tied.lost[:, None] * parts.event_sums
    average /= risk.dead_weight[:, None]
    residuals[risk.event] += likelihood.x_event - average[risk.place]
    return residuals


def sandwich(
    likelihood: PartialLikelihood, coef: np.ndarray, bread: np.ndarray, cluster: np.ndarray
) -> np.ndarray:
    """Robust covariance from weighted residuals summed within clusters (codes, all rows), shape (p, p)."""
    risk = likelihood.risk
    influence = (score_residuals(likelihood, coef) * risk.weight[:, None]) @ bread
    code = cluster[risk.kept]
    grouped = np.column_stack([np.bincount(code, column) for column in influence.T])
    return grouped.T @ grouped
