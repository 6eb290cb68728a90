"""The counts of results.json with the sums between them.

Keys say whom a count counts: `index` everybody, `second` and `without` those with and without a second
primary, then the level: `second|sex=Male`. Whatever can be had by subtraction is a cell too, unprinted.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from analytics.disclosure.cells import Cell, Counts, Sum, adding_up, gather, nested
from analytics.disclosure.compared import models, numeric
from analytics.disclosure.followup import competing, people_of, survival

GROUPS = {"without": "without", "second": "with"}
"""Key of each column of Table 1 and its suffix in results.json."""

ANOTHER_CLOCK = "from"
"""A dimension of the standardised incidence that counts everybody again, from an earlier day."""

SIR_KEYS = {("race", "Unknown"): "race unknown"}


def told(rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """The rows that have a count: where nobody looked there is none, and nothing to protect."""
    return [row for row in rows if row.get(name) is not None]


def counts_of(results: dict[str, Any]) -> Counts:
    """Every count of people that the public report may print, or that its numbers may reveal."""
    parts = (cohort, attrition, characteristics, numeric, eras, definitions, incidence, survival, competing,
             hospital)  # fmt: skip
    return gather((*(item for part in parts for item in part(results)), *models(results, people_of(results))))


def cohort(results: dict[str, Any]) -> Iterator[Cell | Sum]:
    said = results["cohort"]
    yield Cell("index", said["n_index"], "cohort")
    if said["n_second"] is None:
        return
    yield Cell("second", said["n_second"], "cohort")
    yield Cell("without", said["n_without_second"], "cohort")
    yield Sum("index", ("second", "without"))


def attrition(results: dict[str, Any]) -> Iterator[Cell | Sum]:
    yield from _flow(results["attrition"], "attrition", "", Cell("index", results["cohort"]["n_index"], ""))


def characteristics(results: dict[str, Any]) -> Iterator[Cell | Sum]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in told(results["table1"], "n_with"):
        rows.setdefault(row["variable"], []).append(row)
    totals = {"without": results["cohort"]["n_without_second"], "second": results["cohort"]["n_second"]}
    for variable, levels in rows.items():
        for group, suffix in GROUPS.items():
            total = Cell(group, totals[group], "cohort")
            known = Cell(f"{group}|{variable} known", levels[0][f"denominator_{suffix}"], "table1")
            each = [
                Cell(f"{group}|{variable}={row['level']}", row[f"n_{suffix}"], "table1") for row in levels
            ]
            unknown = Cell(f"{group}|{variable} unknown", total.value - known.value, "table1", public=False)
            yield from (known, *each, unknown)
            yield from adding_up(known, each, rest=f"{group}|{variable} of no level")
            yield Sum(total.key, (known.key, unknown.key))
        for row in levels:
            key = f"{variable}={row['level']}"
            yield Cell(f"index|{key}", row["n_without"] + row["n_with"], "table1", public=False)
            yield Sum(f"index|{key}", (f"without|{key}", f"second|{key}"))


def eras(results: dict[str, Any]) -> Iterator[Cell | Sum]:
    everybody, risk, observed = [], [], []
    for row in results["eras"]:
        key = f"era={row['era']}"
        everybody.append(Cell(f"index|{key}", row["n_index"], "eras"))
        yield everybody[-1]
        if row["n_second"] is None:
            continue
        yield Cell(f"second|{key}", row["n_second"], "eras")
        yield Cell(f"without|{key}", row["n_index"] - row["n_second"], "eras", public=False)
        yield Sum(f"index|{key}", (f"second|{key}", f"without|{key}"))
        if row["observed"] is None:
            continue
        risk.append(Cell(f"risk|{key}", row["n_index_at_risk"], "eras"))
        observed.append(Cell(f"observed|{key}", row["observed"], "eras"))
        yield from _at_risk(risk[-1], observed[-1])
        yield from nested(observed[-1], Cell(f"second|{key}", row["n_second"], "eras"))
    yield from _of_all_eras(results, risk, observed)
    yield from adding_up(
        Cell("index", results["cohort"]["n_index"], "cohort"), everybody, rest="index|era of none"
    )


def _of_all_eras(results: dict[str, Any], risk: list[Cell], observed: list[Cell]) -> Iterator[Cell | Sum]:
    """The corrected counts of all eras; the published second primaries are theirs but for a few."""
    whole = results["incidence_overall"]
    if whole["observed"] is None:
        return
    all_risk = Cell("risk", whole["n_index_at_risk"], "eras")
    all_observed = Cell("observed", whole["observed"], "eras")
    yield from _at_risk(all_risk, all_observed)
    yield from nested(all_observed, Cell("second", results["cohort"]["n_second"], "cohort"))
    yield from adding_up(all_risk, risk, rest="risk|era of none")
    yield from adding_up(all_observed, observed, rest="observed|era of none")


def _at_risk(risk: Cell, observed: Cell) -> Iterator[Cell | Sum]:
    """Of the corrected cohort, who is watched when second primaries start to count has one later or not."""
    without = Cell(f"{risk.key} without", risk.value - observed.value, "eras", public=False)
    yield from (risk, observed, without, Sum(risk.key, (observed.key, without.key)))


def definitions(results: dict[str, Any]) -> Iterator[Cell | Sum]:
    """Wider definitions hold the narrower ones, so two of them differ by people."""
    nested = []
    for row in sorted(told(results.get("definitions", []), "n_second"), key=lambda row: row["n_second"]):
        nested.append(Cell(definition_key(results, row), row["n_second"], "definitions"))
        yield nested[-1]
    for narrow, wide in pairwise(nested):
        yield from adding_up(wide, [narrow], rest=f"{wide.key} less {narrow.key}")


def definition_key(results: dict[str, Any], row: dict[str, Any]) -> str:
    """The selected definition counts the published second primaries themselves."""
    chosen = row["is_selected"] and row["n_second"] == results["cohort"]["n_second"]
    return "second" if chosen else f"second|definition={row['definition']}"


def incidence(results: dict[str, Any]) -> Iterator[Cell | Sum]:
    """Observed counts of the standardised incidence, tied to the corrected counts that they are of.

    A level's corrected count is Table 1's published one and a few people more: the two are nested.
    """
    known = {cell.key: cell for cell in (*characteristics(results), *eras(results)) if isinstance(cell, Cell)}
    by_dimension: dict[str, list[Cell]] = {}
    everybody = None
    for row in told(results.get("sir", []), "observed"):
        dimension, level = next(iter(row["stratum"].items()), ("all", "all"))
        observed = Cell(sir_key(row["stratum"]), row["observed"], "sir")
        yield observed
        without_reference = Cell(
            f"{observed.key} without reference",
            row.get("observed_without_reference") or 0,
            "sir",
            public=False,
        )
        yield without_reference
        both = Cell(
            f"{observed.key} with or without reference", observed.value + without_reference.value, "sir",
            public=False,
        )  # fmt: skip
        yield from (both, Sum(both.key, (observed.key, without_reference.key)))
        keys: tuple[str, ...] = ("observed",)
        if dimension == "all":
            everybody = observed
        elif dimension == ANOTHER_CLOCK:
            by_dimension[dimension] = [observed]
        else:
            by_dimension.setdefault(dimension, []).append(observed)
            key = SIR_KEYS.get((dimension, level), f"{dimension}={level}")
            keys = (f"observed|{key}", f"second|{key}")
        for counted in [known[name] for name in keys if name in known]:
            yield from nested(both, counted)
    if everybody is not None:
        for dimension, levels in by_dimension.items():
            total, parts = (levels[0], [everybody]) if dimension == ANOTHER_CLOCK else (everybody, levels)
            yield from adding_up(total, parts, rest=f"sir|{dimension} of none")


def sir_key(stratum: dict[str, str]) -> str:
    return "sir|" + (", ".join(f"{name}={level}" for name, level in sorted(stratum.items())) or "all")


def hospital(results: dict[str, Any]) -> Iterator[Cell | Sum]:
    """The hospital's own people; never added to the registry's."""
    said = results.get("institution") or {}
    if not said.get("n_index"):
        return
    index = Cell("hospital|index", said["n_index"], "institution")
    yield index
    yield Cell("hospital|second", said["n_second"], "institution")
    yield Cell("hospital|without", said["n_index"] - said["n_second"], "institution", public=False)
    yield Sum("hospital|index", ("hospital|second", "hospital|without"))
    yield from _flow(said.get("flow") or [], "institution", "hospital|", index)


def _flow(steps: list[dict[str, Any]], table: str, prefix: str, last: Cell) -> Iterator[Cell | Sum]:
    """A chain: who came in is who was removed and who was left, and who was left comes into the next step."""
    for at, row in enumerate(steps):
        before, removed, after = flow_keys(steps, at, prefix, last.value, last.key)
        yield Cell(before, row["n_in"], table)
        yield Cell(removed, row["n_removed"], table)
        yield Cell(after, row["n_left"], table)
        yield Sum(before, (removed, after))


def flow_keys(
    steps: list[dict[str, Any]], at: int, prefix: str, n_index: int, index_key: str
) -> tuple[str, str, str]:
    """Keys of who came into a step, was removed by it and was left; the last to be left are the cohort."""
    is_last = at == len(steps) - 1 and steps[at]["n_left"] == n_index
    after = index_key if is_last else f"{prefix}screened|{at + 1}"
    return f"{prefix}screened|{at}", f"{prefix}removed|{at + 1}", after
