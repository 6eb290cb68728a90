"""Are there enough events for this coefficient, and for this model? One card for each coefficient and fit.

A hazard ratio from a handful of deaths is a fact about the design. So every model says how many deaths stand
behind each coefficient and each group, whether a coefficient is separated, whether hazards are proportional,
and which hazard ratio a study of this size could have found at all. A printed ratio carries the verdict of
its own coefficient: few deaths in another covariate's level are no reproach to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

import numpy as np

from analytics.estimators.cox import CoxModel
from analytics.estimators.sensitivity import minimum_detectable_hazard_ratio
from analytics.questions.estimable import Estimable, estimate, finite
from analytics.results.cox import CoxTerm
from analytics.results.guardrails import Detectable, EvidenceCard, GroupCount, ModelCard

ADEQUATE, FEW_EVENTS, TOO_FEW_EVENTS, NOT_ESTIMATED = (
    "adequate",
    "few_events",
    "too_few_events",
    "not_estimated",
)
FEW, TOO_FEW = 10, 5
"""Deaths per coefficient below which a model has few events, and too few (Peduzzi 1995; Vittinghoff &
McCulloch 2007). The same least numbers are asked of the smallest group that a coefficient compares, which is
our rule: a group of one patient tells nothing however many deaths the others have."""

NO_FINITE_RATIO = "no finite hazard ratio, because the deaths do not overlap between the groups"
DRIFTS = 0.05
POWER = 0.8
NO_WORDS: Mapping[str, str] = {}


def model_card(
    model: Estimable,
    groups: tuple[GroupCount, ...],
    labels: tuple[tuple[str, str], ...],
    *,
    penalised: bool,
    drift: float | None,
    asked: str | None = None,
    words: Mapping[str, str] = NO_WORDS,
) -> ModelCard:
    """Judge one fitted model.

    groups   the levels that its coefficients compare, references among them
    labels   variable and level of each column, the level empty for a number
    drift    P of the test of proportional hazards: of the variable asked about, else of the whole model
    asked    the variable whose coefficients alone are judged; None judges all
    words    what "variable: level" is called, where not so
    """
    judged = tuple(group for group in groups if asked in (None, group.variable))
    per_coefficient = finite(model.events_per_coefficient)
    separated = tuple(model.separated or ())
    if model.result is None or per_coefficient is None:
        return ModelCard(NOT_ESTIMATED, (model.reason or "nothing to estimate",), (), None, (), judged, ())
    own = [name for name in separated if asked is None or name.startswith(f"{asked}: ")]
    verdict, reasons = _judged(per_coefficient, judged, tuple(own), words)
    cautions = []
    if penalised and reasons:
        cautions.append("Firth's penalty removes bias and infinite estimates, not imprecision")
    if drift is not None and drift < DRIFTS:
        cautions.append("hazards are not proportional: each ratio is an average over the follow-up")
    return ModelCard(
        verdict,
        reasons,
        tuple(cautions),
        per_coefficient,
        tuple(words.get(name, name) for name in separated),
        judged,
        _detectable(model.result, labels),
    )


def evidence_card(
    per_coefficient: float | None,
    groups: tuple[GroupCount, ...],
    *,
    separated: tuple[str, ...] = (),
    reason: str | None = None,
    event: str = "death",
    words: Mapping[str, str] = NO_WORDS,
) -> EvidenceCard:
    """Judge one coefficient, or one test, by the events that it rests on.

    per_coefficient  events of the model for each of its coefficients; None where it was not estimated
    groups           those that this coefficient compares
    separated        its name where it is separated
    reason           why it was not estimated
    event            what is counted, in the singular
    words            as in model_card
    """
    if per_coefficient is None:
        return EvidenceCard(NOT_ESTIMATED, (reason or "nothing to estimate",), None, bool(separated), groups)
    verdict, reasons = _judged(per_coefficient, groups, separated, words, event)
    return EvidenceCard(verdict, reasons, per_coefficient, bool(separated), groups)


def why_no_ratio(term: CoxTerm) -> str:
    """As its card says: "sex: Male has no finite hazard ratio, because ..."; empty where it has a ratio."""
    if term.hr is not None:
        return ""
    of_separation = (reason for reason in term.reasons if reason.endswith(NO_FINITE_RATIO))
    return next(of_separation, next(iter(term.reasons), ""))


def _judged(
    per_coefficient: float,
    groups: tuple[GroupCount, ...],
    separated: tuple[str, ...],
    words: Mapping[str, str],
    event: str = "death",
) -> tuple[str, tuple[str, ...]]:
    """The verdict and its reasons: one rule for every model, since a penalty adds no deaths."""
    too_few = _too_few(per_coefficient, groups, separated, TOO_FEW, words, event)
    few = _too_few(per_coefficient, groups, (), FEW, words, event)
    verdict = TOO_FEW_EVENTS if too_few else FEW_EVENTS if few else ADEQUATE
    return verdict, tuple(too_few or few)


def _too_few(
    per_coefficient: float,
    groups: tuple[GroupCount, ...],
    separated: tuple[str, ...],
    least: int,
    words: Mapping[str, str],
    event: str,
) -> list[str]:
    reasons = []
    if per_coefficient < least:
        reasons.append(f"{per_coefficient:.1f} {_plural(event)} per coefficient, fewer than {least}")
    reasons += [f"{words.get(name, name)} has {NO_FINITE_RATIO}" for name in separated]
    small = [group for group in groups if group.events < least]
    if small:
        group = min(small, key=lambda group: group.events)
        named = f"{group.variable}: {group.level}"
        level = words.get(named, named.replace("_", " "))
        events_of_people = f"{group.events} {event if group.events == 1 else _plural(event)} of {group.n:,}"
        reasons.append(f"{events_of_people} ({level}), fewer than {least}")
    return reasons


def _plural(event: str) -> str:
    return f"{event[:-1]}ies" if event.endswith("y") else f"{event}s"


def _detectable(model: CoxModel, labels: tuple[tuple[str, str], ...]) -> tuple[Detectable, ...]:
    """From the information that the columns carry about each coefficient were all hazard ratios 1.

    Schoenfeld's formula wants the share p of people exposed; p (1 - p) a death is that information where the
    exposure stands alone and never changes. Taken from the likelihood it holds for any exposure and is less
    where the other columns tell the same.
    """
    kept, scale = model.columns.kept, model.columns.scale
    information = model.objective.at(np.zeros(len(kept))).information
    own = estimate(np.linalg.inv, information).result
    ratios = dict.fromkeys(labels)
    for j, at in enumerate(kept):
        if own is None or model.names[at] in model.separated:
            continue
        per_death = float(scale[j] ** 2 / own[j, j]) / model.events
        if 0 < per_death <= 0.25:
            share = (1 - sqrt(1 - 4 * per_death)) / 2
            ratios[labels[at]] = minimum_detectable_hazard_ratio(model.events, share, power=POWER)
    return tuple(Detectable(*label, finite(ratios[label])) for label in labels if label[1])
