"""The counts behind the curves: people, deaths, second primaries and those still at risk, all shown coarsely.

Groups of one analysis add up, and the same people appear in several analyses: deaths among everybody less
deaths among those without are deaths among the few with. Each such tie is a sum the attacker may use.
Landmarks and competing events are of the corrected cohort: they are tied to its counts and, where the
published ones are almost the same people, to those.
"""

from __future__ import annotations

from collections.abc import Iterator

from analytics.disclosure.cells import Cell, Sum, adding_up, known, nested
from analytics.results.document import Results
from analytics.results.ids import CompetingId, SurvivalId
from analytics.results.survival import SurvivalAnalysis, SurvivalStratum

SPLITS_OF_EVERYBODY = (SurvivalId.BY_SECOND, SurvivalId.BY_ERA)
COMING_IN_LATER = SurvivalId.FROM_EXPOSURE
"""Never told: the month in which this analysis begins says how few had the second cancer before it."""

OF_THE_CORRECTED = SurvivalId.AT_LANDMARKS


def survival(results: Results) -> Iterator[Cell | Sum]:
    people = people_of(results)
    for analysis in results.survival:
        strata = [_stratum(analysis.id, stratum) for stratum in analysis.strata]
        for stratum, (n, deaths, alive) in zip(analysis.strata, strata, strict=True):
            yield from (n, deaths, alive, Sum(n.key, (deaths.key, alive.key)))
            if parent := _parent(analysis, stratum, people):
                yield from adding_up(parent, [n], rest=f"{n.key} not followed")
            yield from _still_at_risk(analysis.id, stratum, n)
        if analysis.id in SPLITS_OF_EVERYBODY:
            for at, name in enumerate(("n", "deaths")):
                if (total := people.get(ALL_FOLLOWED[at])) is not None:
                    parts = [cells[at] for cells in strata]
                    yield from adding_up(total, parts, rest=f"survival|{analysis.id}|other {name}")
            yield from _split_at_risk(analysis, people)


def competing(results: Results) -> Iterator[Cell | Sum]:
    """First events of the corrected cohort; a level's second primaries are Table 1's and a few more."""
    people = people_of(results)
    for analysis in results.competing:
        variable = analysis.id.variable
        for stratum in analysis.strata:
            level = stratum.level
            sizes = (stratum.n, stratum.events, stratum.competing_events)
            n, seconds, deaths = (
                Cell(key, size, "competing", coarse=True)
                for key, size in zip(first_event_keys(analysis.id, stratum.level), sizes, strict=True)
            )
            neither = Cell(f"{n.key} neither", sizes[0] - sizes[1] - sizes[2], "competing", public=False)
            yield from (n, seconds, deaths, neither)
            yield Sum(n.key, (seconds.key, deaths.key, neither.key))
            group = f"|{variable}={level}" if variable else ""
            for other, same in (
                (f"risk{group}", n),
                (f"observed{group}", seconds),
                (f"second{group}", seconds),
            ):
                if other in people:
                    yield from nested(people[other], same)


def stratum_keys(id: SurvivalId, level: str) -> tuple[str, str]:
    """Keys of a group's people and of its deaths."""
    prefix = f"survival|{id}|{level}"
    return f"{prefix} n", f"{prefix} deaths"


def at_landmark(level: str, months: int) -> str:
    """The group of a landmark analysis that has this level then."""
    return f"{level} by {months} months"


def first_event_keys(id: CompetingId, level: str) -> tuple[str, str, str]:
    """Keys of a group's people, of its second primaries and of the deaths before one."""
    prefix = f"competing|{id}|{level}"
    return f"{prefix} n", f"{prefix} seconds", f"{prefix} deaths"


ALL_FOLLOWED = stratum_keys(SurvivalId.FROM_INDEX, "all")


def _stratum(id: SurvivalId, stratum: SurvivalStratum) -> tuple[Cell, Cell, Cell]:
    n, deaths = stratum_keys(id, stratum.level)
    return (
        Cell(n, stratum.n, "survival", coarse=True),
        Cell(deaths, stratum.events, "survival", coarse=True),
        Cell(f"{n} alive", stratum.n - stratum.events, "survival", public=False),
    )


def at_risk_cells(id: SurvivalId, stratum: SurvivalStratum) -> list[tuple[int, Cell]]:
    """(month, those still at risk) at each tick after a curve's beginning; where nobody is left is none."""
    table = stratum.risk_table
    n, _ = stratum_keys(id, stratum.level)
    return [
        (int(month), Cell(f"{n} at risk at {int(month)}", int(left), "survival", coarse=True))
        for month, left in zip(table.time, table.at_risk, strict=True)
        if month > 0
    ]


def _still_at_risk(id: SurvivalId, stratum: SurvivalStratum, n: Cell) -> Iterator[Cell | Sum]:
    """Who is at risk later was so before."""
    before = n
    for _, cell in at_risk_cells(id, stratum):
        yield cell
        yield from adding_up(before, [cell], rest=f"{cell.key} no more")
        before = cell


def _split_at_risk(analysis: SurvivalAnalysis, people: dict[str, Cell]) -> Iterator[Cell | Sum]:
    """At each tick the groups of everybody add up, as far as they are told."""
    by_month: dict[int, list[Cell]] = {}
    for stratum in analysis.strata:
        for month, cell in at_risk_cells(analysis.id, stratum):
            by_month.setdefault(month, []).append(cell)
    for month, parts in by_month.items():
        total = people.get(f"{ALL_FOLLOWED[0]} at risk at {month}")
        if total is not None:
            yield from adding_up(total, parts, rest=f"survival|{analysis.id}|other at risk at {month}")


def people_of(results: Results) -> dict[str, Cell]:
    """Counts of the other tables that the groups of curves are taken from, and the groups themselves."""
    cohort = results.cohort
    sizes = {"index": cohort.n_index, "second": cohort.n_second, "without": cohort.n_without_second}
    people = {key: Cell(key, size, "cohort") for key, size in sizes.items() if size is not None}
    for level in results.table1:
        if level.n_with is None:
            continue
        key = f"{level.variable}={level.level}"
        people[f"second|{key}"] = Cell(f"second|{key}", level.n_with, "table1")
        both = known(level.n_without, f"without|{key}") + level.n_with
        people[f"index|{key}"] = Cell(f"index|{key}", both, "table1", public=False)
    for key, era in (
        ("", results.incidence_overall),
        *((f"|era={era.era}", era) for era in results.eras),
    ):
        if era.observed is not None:
            at_risk = known(era.n_index_at_risk, f"risk{key}")
            people[f"risk{key}"] = Cell(f"risk{key}", at_risk, "eras")
            people[f"observed{key}"] = Cell(f"observed{key}", era.observed, "eras")
    for analysis in results.survival:
        for stratum in analysis.strata:
            for cell in (
                *_stratum(analysis.id, stratum),
                *(c for _, c in at_risk_cells(analysis.id, stratum)),
            ):
                people[cell.key] = cell
    return people


def _parent(analysis: SurvivalAnalysis, stratum: SurvivalStratum, people: dict[str, Cell]) -> Cell | None:
    """Of whom a group is a part: of an era, of those with or without, or of everybody; none is known of the
    corrected cohort, some of whom the published one has not."""
    if analysis.id == OF_THE_CORRECTED:
        return None
    if analysis.origin == "second":
        return people["second"]
    group = stratum.level
    if group == "with":
        return people["second"]
    if group == "without" and analysis.id == SurvivalId.BY_SECOND:
        return people["without"]
    return people.get(f"index|era={group}", people["index"])
