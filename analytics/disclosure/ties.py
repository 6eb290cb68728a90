"""Counts of different tables that by the study's definitions are of the same people, or some of them.

Whoever reads two tables side by side ties them without being told. Each pair is a relation that the attacker
may use: the same number where the two are the same, and otherwise the smaller is at most the larger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, pairwise

from analytics.disclosure.cells import Cell, Sum, adding_up, nested
from analytics.disclosure.compared import group_keys, groups_of, models_with_groups, total_keys
from analytics.disclosure.followup import (
    ALL_FOLLOWED,
    at_landmark,
    at_risk_cells,
    first_event_keys,
    stratum_keys,
)
from analytics.results.competing import CompetingAnalysis
from analytics.results.cox import CoxAnalysis
from analytics.results.document import Results
from analytics.results.ids import TOGETHER, CompetingId, Cox, SurvivalId

Pairs = Iterator[tuple[str, str]]

FROM_DIAGNOSIS = "sir|from=diagnosis"
WITH, WITHOUT = (stratum_keys(SurvivalId.BY_SECOND, level) for level in ("with", "without"))
AFTER_SECOND = stratum_keys(SurvivalId.FROM_SECOND, "all")
FIRST_REMOVED_OF_THE_CORRECTED = 3
"""From this rule on the corrected cohort keeps whom the published one loses."""


def ties(cells: Mapping[str, Cell], results: Results) -> Iterator[Cell | Sum]:
    """The relations between `cells`, the counts of all tables; a count that is not there ties nothing."""
    parts = (_chosen_definition, _first_events, _curves, _landmarks, _models, _models_after_the_second)
    for part in parts:
        for one, other in part(results):
            if one in cells and other in cells:
                yield from nested(cells[one], cells[other])
    yield from _first_events_of_all(cells, results)
    yield from _removed_by_the_published(cells, results)


def with_or_without_reference(sir_key: str) -> str:
    """The key of a stratum's second primaries, whether or not a reference rate covers them."""
    return f"{sir_key} with or without reference"


def _chosen_definition(results: Results) -> Pairs:
    """The chosen definition is that of the cohort."""
    for row in results.definitions:
        if row.is_selected:
            yield "second", f"second|definition={row.definition}"


def _first_events(results: Results) -> Pairs:
    """Second primaries that come first are those of the ratio; deaths that come first are deaths."""
    for analysis in results.competing:
        for level, (_, seconds, deaths) in _levels(analysis).items():
            variable = analysis.id.variable
            stratum = f"sir|{variable}={level}" if variable else "sir|all"
            yield with_or_without_reference(stratum), seconds
            yield stratum, seconds
            if variable == "era":
                yield stratum_keys(SurvivalId.BY_ERA, level)[1], deaths
            if not variable:
                yield ALL_FOLLOWED[1], deaths
                yield WITHOUT[1], deaths


def _curves(results: Results) -> Pairs:
    """Those with a second primary, however an analysis came to them, and those still watched later."""
    yield from zip(WITH, AFTER_SECOND, strict=True)
    strata = {
        (analysis.id, stratum.level): stratum for analysis in results.survival for stratum in analysis.strata
    }
    for (id, level), stratum in strata.items():
        if id is SurvivalId.BY_ERA or (id, level) == (SurvivalId.FROM_INDEX, "all"):
            at_risk = "risk" if level == "all" else f"risk|era={level}"
            yield from ((at_risk, cell.key) for _, cell in at_risk_cells(id, stratum)[:1])
    later = strata.get((SurvivalId.FROM_SECOND, "all"))
    before = strata.get((SurvivalId.BY_SECOND, "with"))
    if later and before:
        # Who is watched so long after the second cancer was watched longer after the first.
        for month, cell in at_risk_cells(SurvivalId.FROM_SECOND, later):
            earlier = [c for m, c in at_risk_cells(SurvivalId.BY_SECOND, before) if m <= month]
            yield from ((c.key, cell.key) for c in earlier[-1:])


def _landmarks(results: Results) -> Pairs:
    """Whoever is there at a later landmark was there at the earlier one; without the second cancer then, so
    before. With it by the earlier one and still watched is with it by the later one."""
    strata = [
        stratum
        for analysis in results.survival
        if analysis.id is SurvivalId.AT_LANDMARKS
        for stratum in analysis.strata
        if stratum.landmark_months is not None
    ]
    for one, other in combinations(sorted(strata, key=lambda each: each.landmark_months or 0), 2):
        if one.group != other.group or one.landmark_months == other.landmark_months:
            continue
        id = SurvivalId.AT_LANDMARKS
        if one.group == "without":
            yield from zip(stratum_keys(id, one.level), stratum_keys(id, other.level), strict=True)
        between = (other.landmark_months or 0) - (one.landmark_months or 0)
        at_later = {0: stratum_keys(id, other.level)[0]}
        at_later |= {month: cell.key for month, cell in at_risk_cells(id, other)}
        for month, cell in at_risk_cells(id, one):
            if month - between in at_later:
                yield at_later[month - between], cell.key
    exposed = [with_or_without_reference(FROM_DIAGNOSIS), FROM_DIAGNOSIS, "observed"]
    for stratum in strata:
        if stratum.group == "with":
            yield from ((key, stratum_keys(SurvivalId.AT_LANDMARKS, stratum.level)[0]) for key in exposed)


def _models(results: Results) -> Pairs:
    """Models after the index cancer: their deaths, their second primaries, and one model beside another."""
    models = {model.id.kind: model for model in results.cox if model.id.is_after_index}
    for model in models_with_groups(results):
        if model.id.is_after_index:
            yield ALL_FOLLOWED[1], total_keys(model)[1]
    landmarks = [m for m in models_with_groups(results) if m.id.landmark_months is not None]
    for one, other in pairwise(sorted(landmarks, key=lambda m: m.id.landmark_months or 0)):
        yield from zip(total_keys(one), total_keys(other), strict=True)
    dependent = [models[kind] for kind in (Cox.UNADJUSTED, Cox.ADJUSTED) if kind in models]
    for model in dependent:
        n, deaths = group_keys(model, "second_primary", "with")
        for key in (with_or_without_reference(FROM_DIAGNOSIS), FROM_DIAGNOSIS, "observed", WITH[0]):
            yield key, n
        yield WITH[1], deaths
        yield from zip(WITHOUT, group_keys(model, "second_primary", "without"), strict=True)
        for landmark in landmarks:
            months = landmark.id.landmark_months or 0
            group = stratum_keys(SurvivalId.AT_LANDMARKS, at_landmark("with", months))
            yield from zip((n, deaths), group, strict=True)
    yield from (pair for one, other in pairwise(dependent) for pair in _same_groups(one, other))


def _models_after_the_second(results: Results) -> Pairs:
    """Models of death after the second cancer: their people and deaths are those of its curve, and whoever is
    in the model of all variables is in that of each."""
    models = [model for model in models_with_groups(results) if not model.id.is_after_index]
    together = next((model for model in models if model.id == TOGETHER), None)
    for model in models:
        yield AFTER_SECOND[1], total_keys(model)[1]
        if together is not None and model is not together:
            yield from _same_groups(model, together)


def _same_groups(one: CoxAnalysis, other: CoxAnalysis) -> Pairs:
    yield from zip(total_keys(one), total_keys(other), strict=True)
    for group in groups_of(one):
        both = (group_keys(model, group.variable, group.level) for model in (one, other))
        yield from zip(*both, strict=True)


def _first_events_of_all(cells: Mapping[str, Cell], results: Results) -> Iterator[Cell | Sum]:
    """The groups of first events make up everybody, as far as their variable is known."""
    whole = first_event_keys(CompetingId.EVERYBODY, "all")
    for analysis in results.competing:
        if not (analysis.id.variable and analysis.strata):
            continue
        for total, parts in zip(whole, zip(*_levels(analysis).values(), strict=True), strict=True):
            if total in cells:
                rest = f"{total} of no {analysis.id.variable}"
                yield from adding_up(cells[total], [cells[key] for key in parts], rest=rest)


def _removed_by_the_published(cells: Mapping[str, Cell], results: Results) -> Iterator[Cell | Sum]:
    """A second cancer that only the corrected cohort has is of somebody whom the published one removed."""
    removed = range(FIRST_REMOVED_OF_THE_CORRECTED, len(results.attrition) + 1)
    keys = ("second", *(f"removed|{step}" for step in removed))
    if not removed or any(key not in cells for key in keys):
        return
    most = Cell("second or removed", sum(cells[key].value for key in keys), "attrition", public=False)
    yield from (most, Sum(most.key, keys))
    for key in (with_or_without_reference(FROM_DIAGNOSIS), FROM_DIAGNOSIS, "observed"):
        if key in cells and cells[key].value <= most.value:
            yield from nested(most, cells[key])


def _levels(analysis: CompetingAnalysis) -> dict[str, tuple[str, str, str]]:
    return {stratum.level: first_event_keys(analysis.id, stratum.level) for stratum in analysis.strata}
