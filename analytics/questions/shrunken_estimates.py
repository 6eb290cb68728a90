"""How much of the hazard ratio of no/unknown chemotherapy is left when it is read with a prior?

A ratio far from 1 on a few deaths is mostly the design speaking. A normal prior on its logarithm says
beforehand which ratios are believable, and the answer is the average of prior and data by their precision
(semi-Bayes; Greenland, Mansournia & Altman 2016). Four priors from sceptical to wide show how far the answer
depends on them.

E-values stand here and nowhere else: that of an inflated estimate measures the inflation.
"""

from __future__ import annotations

from analytics.estimators.sensitivity import e_value
from analytics.estimators.shrinkage import semi_bayes
from analytics.questions.estimable import estimate, finite, limits
from analytics.results.cox import CoxAnalysis, CoxTerm
from analytics.results.guardrails import EValue, ShrunkenRatio
from analytics.results.ids import TOGETHER, alone

PRIORS = (4, 10, 20, 40)
"""k of each prior: 95% of belief lies between 1/k and k."""

VARIABLE = "chemotherapy"
MODELS = (TOGETHER, alone(VARIABLE))
COMMON_ABOVE = 0.15
"""Share of deaths above which a hazard ratio is not a risk ratio (VanderWeele & Ding 2017)."""


def shrunken_estimates(cox: tuple[CoxAnalysis, ...]) -> tuple[ShrunkenRatio, ...]:
    """Every prior on every model; nothing where the ratio itself could not be estimated."""
    return tuple(
        _shrunken(model, term, k)
        for id in MODELS
        for model in cox
        if model.id == id
        for term in model.terms
        if term.variable == VARIABLE and term.coef is not None and term.se
        for k in PRIORS
    )


def _shrunken(model: CoxAnalysis, term: CoxTerm, k: float) -> ShrunkenRatio:
    assert term.coef is not None and term.se is not None
    posterior = semi_bayes(term.coef, term.se, prior_lower=1 / k, prior_upper=k)
    scale = "hazard_ratio" if model.events > COMMON_ABOVE * model.n else "hazard_ratio_rare"
    confounding = estimate(
        e_value, posterior.ratio, posterior.interval.lower, posterior.interval.upper, scale=scale
    )
    return ShrunkenRatio(
        model=model.id,
        variable=term.variable,
        level=term.level,
        reference=term.reference,
        prior=(1 / k, float(k)),
        unshrunken_hr=term.hr,
        unshrunken_ci=term.hr_ci,
        hr=finite(posterior.ratio),
        hr_ci=limits((posterior.interval.lower, posterior.interval.upper)),
        e_value=EValue(finite(confounding.estimate), finite(confounding.limit), scale),
    )
