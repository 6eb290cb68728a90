"""Can this model carry a conclusion? One card a fit.

A hazard ratio from a handful of deaths is a fact about the design. So every model says how many deaths stand
behind each coefficient and each group, whether a coefficient is separated, whether hazards are proportional,
and which hazard ratio a study of this size could have found at all.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from analytics.estimable import Estimable, estimate, finite
from analytics.estimators.cox_model import CoxModel
from analytics.estimators.detectable import minimum_detectable_hazard_ratio
from analytics.results_guardrails import Detectable, GroupCount, ModelCard

CARRIED, FRAGILE, CANNOT, NOT_ESTIMATED = "carried", "fragile", "cannot_be_carried", "not_estimated"
FEW, TOO_FEW = 10, 5
"""Deaths a coefficient below which a model is fragile, and cannot be carried (Peduzzi 1995; Vittinghoff &
McCulloch 2007). The same least numbers are asked of the smallest group that a coefficient compares, which is
our rule: a group of one patient tells nothing however many deaths the others have."""

DRIFTS = 0.05
POWER = 0.8


def model_card(
    model: Estimable,
    groups: tuple[GroupCount, ...],
    labels: tuple[tuple[str, str], ...],
    *,
    penalised: bool,
    drift: float | None,
) -> ModelCard:
    """Judge one fitted model.

    groups   the levels that its coefficients compare, references among them
    labels   variable and level of each column, the level empty for a number
    drift    P of the test of proportional hazards of the whole model
    """
    per_coefficient = finite(model.events_per_coefficient)
    separated = tuple(model.separated or ())
    if model.result is None or per_coefficient is None:
        return ModelCard(NOT_ESTIMATED, (model.reason or "nothing to estimate",), (), None, (), groups, ())
    too_few = _too_few(per_coefficient, groups, separated, TOO_FEW)
    few = _too_few(per_coefficient, groups, (), FEW)
    verdict = CANNOT if too_few and not penalised else FRAGILE if few or too_few else CARRIED
    cautions = []
    if penalised and (too_few or few):
        cautions.append("Firth's penalty removes bias and infinite estimates, not imprecision")
    if drift is not None and drift < DRIFTS:
        cautions.append("hazards are not proportional: each ratio is an average over the follow-up")
    return ModelCard(
        verdict,
        tuple((too_few or few) if verdict != CARRIED else ()),
        tuple(cautions),
        per_coefficient,
        separated,
        groups,
        _detectable(model.result, labels),
    )


def _too_few(
    per_coefficient: float, groups: tuple[GroupCount, ...], separated: tuple[str, ...], least: int
) -> list[str]:
    reasons = []
    if per_coefficient < least:
        reasons.append(f"{per_coefficient:.1f} deaths a coefficient, fewer than {least}")
    reasons += [f"{name} is separated: its hazard ratio grows without limit" for name in separated]
    small = [group for group in groups if group.events < least]
    if small:
        group = min(small, key=lambda group: group.events)
        level = f"{group.variable.replace('_', ' ')}: {group.level}"
        reasons.append(f"{_deaths(group)} ({level}), fewer than {least}")
    return reasons


def _deaths(group: GroupCount) -> str:
    return f"{group.events} death{'' if group.events == 1 else 's'} of {group.n}"


def _detectable(model: CoxModel, labels: tuple[tuple[str, str], ...]) -> tuple[Detectable, ...]:
    """From the information that the columns carry about each coefficient were all hazard ratios 1.

    Schoenfeld's formula wants the share p of people exposed; p (1 - p) a death is that information where the
    exposure stands alone and never changes. Taken from the likelihood it holds for any exposure and is less
    where the other columns tell the same.
    """
    kept, scale = model.columns.kept, model.columns.scale
    information = model.objective.at(np.zeros(len(kept))).information
    own = estimate(np.linalg.inv, information).result
    found = dict.fromkeys(labels)
    for j, at in enumerate(kept):
        if own is None or model.names[at] in model.separated:
            continue
        per_death = float(scale[j] ** 2 / own[j, j]) / model.events
        if 0 < per_death <= 0.25:
            share = (1 - sqrt(1 - 4 * per_death)) / 2
            found[labels[at]] = minimum_detectable_hazard_ratio(model.events, share, power=POWER)
    return tuple(Detectable(*label, finite(found[label])) for label in labels if label[1])
