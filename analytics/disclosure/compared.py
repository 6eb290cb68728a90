"""Counts behind models and means: who is compared, and of how many people a mean is.

Groups of a model of second primaries are levels of Table 1, as far as each was followed; those of a model of
everybody are the groups of a survival curve. Each such tie is a sum the attacker may use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from analytics.disclosure.cells import Cell, Sum, adding_up, nested

SAME_PEOPLE = ("_efron", "_firth")
"""Endings of models that fit the same people in another way."""

CURVES_OF = {"index_naive": "os_from_index_by_second"}
LANDMARK = "index_landmark:"

NUMERIC_GROUPS = {"without": "without", "with": "second"}


def models(results: dict[str, Any], people: Mapping[str, Cell]) -> Iterator[Cell | Sum]:
    """People and events of each model and of each level that it compares.

    people  the counts of other tables, by key
    """
    for model in models_with_groups(results):
        (n_key, events_key) = total_keys(model)
        total = _cells(n_key, events_key, model["n"], model["events"])
        yield from _with_their_sum(total)
        if (everybody := _everybody(model, people)) is not None:
            yield from nested(everybody, total[0])
        by_variable: dict[str, list[tuple[Cell, Cell]]] = {}
        for group in groups_of(model):
            keys = group_keys(model, group["variable"], group["level"])
            found = _cells(*keys, group["n"], group["events"])
            yield from _with_their_sum(found)
            by_variable.setdefault(group["variable"], []).append(found)
            for known, same in zip(_known(model, group, people), found, strict=False):
                yield from nested(known, same)
        for variable, levels in by_variable.items():
            for whole, parts in zip(total, zip(*levels, strict=True), strict=True):
                yield from adding_up(whole, list(parts), rest=f"{whole.key} of no {variable}")


def numeric(results: dict[str, Any]) -> Iterator[Cell | Sum]:
    """Of how many people each mean is; never more than the group has."""
    said = results["cohort"]
    totals = {"without": said["n_without_second"], "second": said["n_second"]}
    for row in results["table1_numeric"]:
        group = NUMERIC_GROUPS[row["group"]]
        measured = Cell(measured_key(row), row["n"], "table1_numeric")
        yield measured
        if totals[group] is not None:
            yield from adding_up(Cell(group, totals[group], "cohort"), [measured], rest=f"{measured.key} not")


def models_with_groups(results: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The models, and once only those that fit the same people in another way."""
    told = set()
    for model in results["cox"]:
        if (keys := total_keys(model)) not in told:
            told.add(keys)
            yield model


def groups_of(model: dict[str, Any]) -> list[dict[str, Any]]:
    return list((model.get("card") or {}).get("groups", ()))


def measured_key(row: dict[str, Any]) -> str:
    return f"{NUMERIC_GROUPS[row['group']]}|{row['variable']} measured"


def total_keys(model: dict[str, Any]) -> tuple[str, str]:
    """Keys of a model's people and of its events."""
    return f"cox|{_people_of(model)} n", f"cox|{_people_of(model)} events"


def group_keys(model: dict[str, Any], variable: str, level: str) -> tuple[str, str]:
    """Keys of the people and of the events of one level that a model compares."""
    prefix = f"cox|{_people_of(model)}|{variable}={level}"
    return f"{prefix} n", f"{prefix} events"


def _people_of(model: dict[str, Any]) -> str:
    name = str(model["id"])
    for ending in SAME_PEOPLE:
        name = name.removesuffix(ending)
    return name


def _cells(n_key: str, events_key: str, n: int, events: int) -> tuple[Cell, Cell]:
    return Cell(n_key, n, "cox", coarse=True), Cell(events_key, events, "cox", coarse=True)


def _with_their_sum(cells: tuple[Cell, Cell]) -> Iterator[Cell | Sum]:
    n, events = cells
    without = Cell(f"{n.key} without event", n.value - events.value, "cox", public=False)
    yield from (n, events, without, Sum(n.key, (events.key, without.key)))


def _everybody(model: dict[str, Any], people: Mapping[str, Cell]) -> Cell | None:
    of_second = model["id"].startswith("second_")
    return people.get("survival|os_from_second|all n" if of_second else "survival|os_from_index|all n")


def _known(model: dict[str, Any], group: dict[str, Any], people: Mapping[str, Cell]) -> list[Cell]:
    """People, and where a curve has them events, that are almost this group's."""
    level = group["level"]
    if model["id"].startswith("second_"):
        found = people.get(f"second|{group['variable']}={level}")
        return [] if found is None else [found]
    analysis = CURVES_OF.get(model["id"])
    if model["id"].startswith(LANDMARK):
        analysis = "os_from_index_by_second_landmark"
        level = f"{level} by {model['id'].removeprefix(LANDMARK)} months"
    keys = [f"survival|{analysis}|{level} {name}" for name in ("n", "deaths")]
    return [people[key] for key in keys] if all(key in people for key in keys) else []
