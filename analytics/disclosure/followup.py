"""The counts behind the curves: people, deaths, second primaries and those still at risk, all shown coarsely.

Groups of one analysis add up, and the same people appear in several analyses: deaths among everybody less
deaths among those without are deaths among the few with. Each such tie is a sum the attacker may use.
Landmarks and competing events are of the corrected cohort: they are tied to its counts and, where the
published ones are almost the same people, to those.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from analytics.disclosure.cells import Cell, Sum, adding_up, nested

SPLITS_OF_EVERYBODY = ("os_from_index_by_second", "os_from_index_by_era")
COMING_IN_LATER = "os_from_index_by_second_time_dependent"
"""Never told: the month in which this analysis begins says how few had the second cancer before it."""

OF_THE_CORRECTED = "os_from_index_by_second_landmark"


def survival(results: dict[str, Any]) -> Iterator[Cell | Sum]:
    people = people_of(results)
    for analysis in results["survival"]:
        found = [_stratum(analysis, stratum) for stratum in analysis["strata"]]
        for stratum, (n, deaths, alive) in zip(analysis["strata"], found, strict=True):
            yield from (n, deaths, alive, Sum(n.key, (deaths.key, alive.key)))
            if parent := _parent(analysis, stratum, people):
                yield from adding_up(parent, [n], rest=f"{n.key} not followed")
            yield from _still_at_risk(analysis, stratum, n)
        if analysis["id"] in SPLITS_OF_EVERYBODY:
            for at, name in enumerate(("n", "deaths")):
                if (total := people.get(f"survival|os_from_index|all {name}")) is not None:
                    parts = [cells[at] for cells in found]
                    yield from adding_up(total, parts, rest=f"survival|{analysis['id']}|other {name}")
            yield from _split_at_risk(analysis, people)
    for one, other in _same_people(people):
        yield from nested(one, other)


def competing(results: dict[str, Any]) -> Iterator[Cell | Sum]:
    """First events of the corrected cohort; a level's second primaries are Table 1's and a few more."""
    people = people_of(results)
    for analysis in results.get("competing", ()):
        variable = analysis["id"].removeprefix("second_primary").removeprefix("_by_")
        for stratum in analysis["strata"]:
            level = stratum["level"]
            sizes = (stratum["n"], stratum["events"], stratum["competing_events"])
            n, seconds, deaths = (
                Cell(key, size, "competing", coarse=True)
                for key, size in zip(first_event_keys(analysis, stratum), sizes, strict=True)
            )
            neither = Cell(f"{n.key} neither", sizes[0] - sizes[1] - sizes[2], "competing", public=False)
            yield from (n, seconds, deaths, neither)
            yield Sum(n.key, (seconds.key, deaths.key, neither.key))
            group = f"|{variable}={level}" if variable else ""
            for known, same in (
                (f"risk{group}", n),
                (f"observed{group}", seconds),
                (f"second{group}", seconds),
            ):
                if known in people:
                    yield from nested(people[known], same)


def stratum_keys(analysis: dict[str, Any], stratum: dict[str, Any]) -> tuple[str, str]:
    """Keys of a group's people and of its deaths."""
    prefix = f"survival|{analysis['id']}|{stratum['level']}"
    return f"{prefix} n", f"{prefix} deaths"


def first_event_keys(analysis: dict[str, Any], stratum: dict[str, Any]) -> tuple[str, str, str]:
    """Keys of a group's people, of its second primaries and of the deaths before one."""
    prefix = f"competing|{analysis['id']}|{stratum['level']}"
    return f"{prefix} n", f"{prefix} seconds", f"{prefix} deaths"


def _stratum(analysis: dict[str, Any], stratum: dict[str, Any]) -> tuple[Cell, Cell, Cell]:
    n, deaths = stratum_keys(analysis, stratum)
    return (
        Cell(n, stratum["n"], "survival", coarse=True),
        Cell(deaths, stratum["events"], "survival", coarse=True),
        Cell(f"{n} alive", stratum["n"] - stratum["events"], "survival", public=False),
    )


def at_risk_cells(analysis: dict[str, Any], stratum: dict[str, Any]) -> list[tuple[int, Cell]]:
    """(month, those still at risk) at each tick after a curve's beginning; where nobody is left is none."""
    table = stratum.get("risk_table") or {"time": [], "at_risk": []}
    n, _ = stratum_keys(analysis, stratum)
    return [
        (int(month), Cell(f"{n} at risk at {int(month)}", int(left), "survival", coarse=True))
        for month, left in zip(table["time"], table["at_risk"], strict=True)
        if month > 0
    ]


def _still_at_risk(analysis: dict[str, Any], stratum: dict[str, Any], n: Cell) -> Iterator[Cell | Sum]:
    """Who is at risk later was so before."""
    before = n
    for _, cell in at_risk_cells(analysis, stratum):
        yield cell
        yield from adding_up(before, [cell], rest=f"{cell.key} no more")
        before = cell


def _split_at_risk(analysis: dict[str, Any], people: dict[str, Cell]) -> Iterator[Cell | Sum]:
    """At each tick the groups of everybody add up, as far as they are told."""
    by_month: dict[int, list[Cell]] = {}
    for stratum in analysis["strata"]:
        for month, cell in at_risk_cells(analysis, stratum):
            by_month.setdefault(month, []).append(cell)
    for month, parts in by_month.items():
        total = people.get(f"survival|os_from_index|all n at risk at {month}")
        if total is not None:
            yield from adding_up(total, parts, rest=f"survival|{analysis['id']}|other at risk at {month}")


def people_of(results: dict[str, Any]) -> dict[str, Cell]:
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
    for key, row in (
        ("", results["incidence_overall"]),
        *((f"|era={row['era']}", row) for row in results["eras"]),
    ):
        if row["observed"] is not None:
            people[f"risk{key}"] = Cell(f"risk{key}", row["n_index_at_risk"], "eras")
            people[f"observed{key}"] = Cell(f"observed{key}", row["observed"], "eras")
    for analysis in results["survival"]:
        for stratum in analysis["strata"]:
            for cell in (*_stratum(analysis, stratum), *(c for _, c in at_risk_cells(analysis, stratum))):
                people[cell.key] = cell
    return people


def _parent(analysis: dict[str, Any], stratum: dict[str, Any], people: dict[str, Cell]) -> Cell | None:
    """Of whom a group is a part: of an era, of those with or without, or of everybody; none is known of the
    corrected cohort, some of whom the published one has not."""
    if analysis["id"] == OF_THE_CORRECTED:
        return None
    if analysis["origin"] == "second":
        return people["second"]
    group = stratum["level"]
    if group == "with":
        return people["second"]
    if group == "without" and analysis["id"] == "os_from_index_by_second":
        return people["without"]
    return people.get(f"index|era={group}", people["index"])


def _same_people(people: dict[str, Cell]) -> Iterator[tuple[Cell, Cell]]:
    """Deaths among those with a second primary, however the published analyses came to them."""
    one, other = (
        people.get(key)
        for key in ("survival|os_from_index_by_second|with deaths", "survival|os_from_second|all deaths")
    )
    if one is not None and other is not None:
        yield one, other
