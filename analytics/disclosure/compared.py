"""Counts behind models and means: who is compared, and of how many people a mean is.

Groups of a model of second primaries are levels of Table 1, as far as each was followed; those of a model of
everybody are the groups of a survival curve. Each such tie is a sum the attacker may use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analytics.disclosure.cells import Cell, Sum, adding_up, nested
from analytics.disclosure.followup import at_landmark, stratum_keys
from analytics.results.characteristics import NumericSummary
from analytics.results.cox import CoxAnalysis
from analytics.results.document import Results
from analytics.results.guardrails import GroupCount
from analytics.results.ids import EFRON, FIRTH, TOGETHER, Cox, SurvivalId

SAME_PEOPLE = {EFRON: TOGETHER, FIRTH: TOGETHER}
"""Models that fit the people of another one in another way."""

NUMERIC_GROUPS = {"without": "without", "with": "second"}


def models(results: Results, people: Mapping[str, Cell]) -> Iterator[Cell | Sum]:
    """People and events of each model and of each level that it compares.

    people  the counts of other tables, by key
    """
    for model in models_with_groups(results):
        (n_key, events_key) = total_keys(model)
        total = _cells(n_key, events_key, model.n, model.events)
        yield from _with_their_sum(total)
        if (everybody := _everybody(model, people)) is not None:
            yield from nested(everybody, total[0])
        by_variable: dict[str, list[tuple[Cell, Cell]]] = {}
        for group in groups_of(model):
            keys = group_keys(model, group.variable, group.level)
            cells = _cells(*keys, group.n, group.events)
            yield from _with_their_sum(cells)
            by_variable.setdefault(group.variable, []).append(cells)
            for known, same in zip(_known(model, group, people), cells, strict=False):
                yield from nested(known, same)
        for variable, levels in by_variable.items():
            for whole, parts in zip(total, zip(*levels, strict=True), strict=True):
                yield from adding_up(whole, list(parts), rest=f"{whole.key} of no {variable}")


def numeric(results: Results) -> Iterator[Cell | Sum]:
    """Of how many people each mean is; never more than the group has."""
    cohort = results.cohort
    totals = {"without": cohort.n_without_second, "second": cohort.n_second}
    for row in results.table1_numeric:
        group = NUMERIC_GROUPS[row.group]
        total = totals[group]
        measured = Cell(measured_key(row), row.n, "table1_numeric")
        yield measured
        if total is not None:
            yield from adding_up(Cell(group, total, "cohort"), [measured], rest=f"{measured.key} not")


def models_with_groups(results: Results) -> Iterator[CoxAnalysis]:
    """The models, and once only those that fit the same people in another way."""
    keys_seen = set()
    for model in results.cox:
        if (keys := total_keys(model)) not in keys_seen:
            keys_seen.add(keys)
            yield model


def groups_of(model: CoxAnalysis) -> tuple[GroupCount, ...]:
    """The levels that a model compares; none of a model that does not tell them."""
    return model.card.groups if model.card else ()


def measured_key(row: NumericSummary) -> str:
    return f"{NUMERIC_GROUPS[row.group]}|{row.variable} measured"


def total_keys(model: CoxAnalysis) -> tuple[str, str]:
    """Keys of a model's people and of its events."""
    return f"cox|{_people_of(model)} n", f"cox|{_people_of(model)} events"


def group_keys(model: CoxAnalysis, variable: str, level: str) -> tuple[str, str]:
    """Keys of the people and of the events of one level that a model compares."""
    prefix = f"cox|{_people_of(model)}|{variable}={level}"
    return f"{prefix} n", f"{prefix} events"


def _people_of(model: CoxAnalysis) -> str:
    return str(SAME_PEOPLE.get(model.id, model.id))


def _cells(n_key: str, events_key: str, n: int, events: int) -> tuple[Cell, Cell]:
    return Cell(n_key, n, "cox", coarse=True), Cell(events_key, events, "cox", coarse=True)


def _with_their_sum(cells: tuple[Cell, Cell]) -> Iterator[Cell | Sum]:
    n, events = cells
    without = Cell(f"{n.key} without event", n.value - events.value, "cox", public=False)
    yield from (n, events, without, Sum(n.key, (events.key, without.key)))


def _everybody(model: CoxAnalysis, people: Mapping[str, Cell]) -> Cell | None:
    curve = SurvivalId.FROM_INDEX if model.id.is_after_index else SurvivalId.FROM_SECOND
    return people.get(stratum_keys(curve, "all")[0])


def _known(model: CoxAnalysis, group: GroupCount, people: Mapping[str, Cell]) -> list[Cell]:
    """People, and where a curve has them events, that are almost this group's."""
    if not model.id.is_after_index:
        people_of_group = people.get(f"second|{group.variable}={group.level}")
        return [] if people_of_group is None else [people_of_group]
    if model.id.kind is Cox.NAIVE:
        keys = stratum_keys(SurvivalId.BY_SECOND, group.level)
    elif model.id.landmark_months is not None:
        keys = stratum_keys(SurvivalId.AT_LANDMARKS, at_landmark(group.level, model.id.landmark_months))
    else:
        return []
    return [people[key] for key in keys] if all(key in people for key in keys) else []
