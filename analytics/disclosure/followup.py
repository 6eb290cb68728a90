"""The counts behind the curves: people, deaths and second primaries of each group, all shown coarsely.

Groups of one analysis add up, and the same people appear in several analyses: deaths among everybody less
deaths among those without are deaths among the few with. Each such tie is a sum the attacker may use.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from analytics.disclosure.cells import Cell, Sum, adding_up

SPLITS_OF_EVERYBODY = ("os_from_index_by_second", "os_from_index_by_era")
ALL_DEATHS = "survival|os_from_index|all deaths"


def survival(results: dict[str, Any]) -> Iterator[Cell | Sum]:
    people = _people(results)
    for analysis in results["survival"]:
        found = [_stratum(analysis, stratum) for stratum in analysis["strata"]]
        for stratum, (n, deaths, alive) in zip(analysis["strata"], found, strict=True):
            yield from (n, deaths, alive, Sum(n.key, (deaths.key, alive.key)))
            if parent := _parent(analysis, stratum, people):
                yield from adding_up(parent, [n], rest=f"{n.key} not followed")
        if analysis["id"] in SPLITS_OF_EVERYBODY:
            for at, name in enumerate(("n", "deaths")):
                if (total := people.get(f"survival|os_from_index|all {name}")) is not None:
                    parts = [cells[at] for cells in found]
                    yield from adding_up(total, parts, rest=f"survival|{analysis['id']}|other {name}")
    for one, other in _same_people(people):
        yield from adding_up(one, [other], rest=f"{one.key} less {other.key}")


def competing(results: dict[str, Any]) -> Iterator[Cell | Sum]:
    """Whoever died is a first event, or had the second primary first and died of anything later."""
    people = _people(results)
    for analysis in results.get("competing", ()):
        variable = analysis["id"].removeprefix("second_primary").removeprefix("_by_")
        for stratum in analysis["strata"]:
            level = stratum["level"]
            prefix = f"competing|{analysis['id']}|{level}"
            n, seconds, deaths, neither = (
                Cell(f"{prefix} {name}", value, "competing", public=name != "neither", coarse=True)
                for name, value in (
                    ("n", stratum["n"]),
                    ("seconds", stratum["events"]),
                    ("deaths", stratum["competing_events"]),
                    ("neither", stratum["n"] - stratum["events"] - stratum["competing_events"]),
                )
            )
            yield from (n, seconds, deaths, neither)
            yield Sum(n.key, (seconds.key, deaths.key, neither.key))
            group = f"|{variable}={level}" if variable else ""
            for parent, part in ((f"index{group}", n), (f"second{group}", seconds)):
                if parent in people:
                    yield from adding_up(people[parent], [part], rest=f"{part.key} not followed")
            all_deaths = f"survival|os_from_index_by_{variable}|{level} deaths" if variable else ALL_DEATHS
            if all_deaths in people and people[all_deaths].value >= deaths.value:
                after = Cell(
                    f"{prefix} deaths after second",
                    people[all_deaths].value - deaths.value,
                    "competing",
                    public=False,
                )
                yield from (after, Sum(all_deaths, (deaths.key, after.key)))
                yield from adding_up(people[f"second{group}"], [after], rest=f"{prefix} alive after second")


def stratum_keys(analysis: dict[str, Any], stratum: dict[str, Any]) -> tuple[str, str]:
    """Keys of a group's people and of its deaths."""
    prefix = f"survival|{analysis['id']}|{stratum['level']}"
    return f"{prefix} n", f"{prefix} deaths"


def _stratum(analysis: dict[str, Any], stratum: dict[str, Any]) -> tuple[Cell, Cell, Cell]:
    n, deaths = stratum_keys(analysis, stratum)
    return (
        Cell(n, stratum["n"], "survival", coarse=True),
        Cell(deaths, stratum["events"], "survival", coarse=True),
        Cell(f"{n} alive", stratum["n"] - stratum["events"], "survival", public=False),
    )


def _people(results: dict[str, Any]) -> dict[str, Cell]:
    """Counts of the other tables that the groups of curves are taken from, and the groups themselves."""
    said = results["cohort"]
    people = {
        key: Cell(key, said[name], "cohort")
        for key, name in (("index", "n_index"), ("second", "n_second"), ("without", "n_without_second"))
        if said[name] is not None
    }
    for row in results["table1"]:
        if row["n_with"] is None:
            continue
        key = f"{row['variable']}={row['level']}"
        people[f"second|{key}"] = Cell(f"second|{key}", row["n_with"], "table1")
        both = row["n_without"] + row["n_with"]
        people[f"index|{key}"] = Cell(f"index|{key}", both, "table1", public=False)
    for analysis in results["survival"]:
        for stratum in analysis["strata"]:
            for cell in _stratum(analysis, stratum):
                people[cell.key] = cell
    return people


def _parent(analysis: dict[str, Any], stratum: dict[str, Any], people: dict[str, Cell]) -> Cell | None:
    """Of whom a group is a part: of an era, of those with or without, or of everybody."""
    if analysis["origin"] == "second":
        return people["second"]
    group = stratum.get("group") or stratum["level"]
    if group == "with":
        return people["second"]
    if group == "without" and analysis["id"] == "os_from_index_by_second":
        return people["without"]
    return people.get(f"index|era={group}", people["index"])


def _same_people(people: dict[str, Cell]) -> Iterator[tuple[Cell, Cell]]:
    """Deaths among those with a second primary, however the analysis came to them."""
    first = people.get("survival|os_from_index_by_second|with deaths")
    for key in (
        "survival|os_from_second|all deaths",
        "survival|os_from_index_by_second_time_dependent|with deaths",
    ):
        if first is not None and key in people:
            one, other = sorted((first, people[key]), key=lambda cell: -cell.value)
            yield one, other
