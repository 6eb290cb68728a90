"""STROBE and RECORD filled from the run: where this report answers each item, or why it does not.

An item is answered by what this report holds, and says what of its answer is missing: a table that was not
made, a source that was not delivered. The items are data (analytics/checklists), numbered as in von Elm et
al. 2007 (cohort studies) and in Benchimol et al. 2015; what each asks for is said in our words.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from analytics.render.figures.canvas import Figure
from analytics.render.formats import sentence
from analytics.render.labels import setting_key
from analytics.render.tables.table import ReportTable, Table
from analytics.results.document import Results
from analytics.warehouse.study import Study

FOLDER = Path(__file__).parents[2] / "checklists"
TITLES = {
    "strobe": "STROBE: reporting of cohort studies",
    "record": "RECORD: studies of routinely collected health data",
}
SECTIONS = {
    "answer": "the answer at the top",
    "methods": "Methods",
    "refused": "What this report does not claim",
    "provenance": "Provenance",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a checklist.

    points_to  'table:', 'figure:', 'section:' or 'setting:' and an id; empty where the report has nothing
    why        then, the reason
    needs      "institution" where the item has something to answer only with a hospital's file
    """

    item: str
    part: str
    asks: str
    points_to: tuple[str, ...]
    why: str
    needs: str = ""


def items(checklist: str) -> tuple[Item, ...]:
    """The items of 'strobe' or 'record', in order."""
    with (FOLDER / f"{checklist}.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(
            Item(
                item=row["item"],
                part=row["part"],
                asks=row["asks"],
                points_to=tuple(
                    pointer.strip() for pointer in row["points_to"].split(";") if pointer.strip()
                ),
                why=row["why"],
                needs=row["needs"],
            )
            for row in csv.DictReader(lines)
        )


def checklists(results: Results, tables: dict[str, Table], figures: dict[str, Figure]) -> dict[str, Table]:
    """Both checklists as tables, each pointer resolved in this run."""
    return {checklist.id: checklist.made(results, tables, figures) for checklist in CHECKLISTS}


def _table(name: str, results: Results, tables: dict[str, Table], figures: dict[str, Figure]) -> Table:
    """The items of a checklist, each with what of this report answers it."""
    rows = tuple(
        (item.item, item.part, sentence(item.asks), _answer(item, results, tables, figures))
        for item in items(name)
    )
    return Table(title=TITLES[name], columns=("Item", "Part", "Asks for", "Answered by"), rows=rows)


CHECKLISTS = tuple(
    ReportTable(name, "checklists", partial(_table, name), fold=f"{name.upper()}, item by item", wrap=True)
    for name in TITLES
)
"""Made last: they say where this report's other tables and figures answer an item."""


def _answer(item: Item, results: Results, tables: dict[str, Table], figures: dict[str, Figure]) -> str:
    """Where the report answers an item, what of the answer is missing, or why there is none."""
    if item.needs == "institution" and not results.institution.n_index:
        return "Not addressed: no hospital has a patient in this study, so that there is nothing to link"
    if not item.points_to:
        return f"Not addressed: {item.why}"
    places = {pointer: _place(pointer, results, tables, figures) for pointer in item.points_to}
    places_found = "; ".join(place for place in places.values() if place)
    missing = ", ".join(MISSING[pointer] for pointer, place in places.items() if not place)
    if not places_found:
        return f"Not in this report: {missing}"
    return sentence(places_found) + (f". Not in this report: {missing}" if missing else "")


MISSING = {
    "table:cohort_flow": "the screening rules",
    "table:competing_risks": "cumulative incidence with death competing",
    "table:contrasts": "the answers side by side",
    "table:definitions": "the definitions of the second cancer",
    "table:fair_eras": "eras on equal terms",
    "table:incidence": "incidence by era",
    "table:misclassification": "a correction of recorded chemotherapy",
    "table:model_cards": "whether each model has enough events",
    "table:sensitivity": "a rebuild under other settings",
    "table:shrunken": "ratios with a prior",
    "table:standardised_incidence": "observed over expected",
    "table:survival": "survival",
    "table:table1": "characteristics by group",
    "table:table2": "models of survival after the second cancer",
    "figure:contrasts": "the hazard ratios as a figure",
    "figure:cumulative_incidence": "curves of cumulative incidence",
    "figure:flow": "the flow of patients",
    "figure:survival_conventional": "curves by the second cancer",
    "figure:survival_corrected": "curves with the second cancer from its diagnosis on",
}
"""What a pointer that leads nowhere in this report would have led to."""


def _place(
    pointer: str, results: Results, tables: dict[str, Table], figures: dict[str, Figure]
) -> str | None:
    """What a pointer points to, in words; None where this run has no such thing."""
    kind, _, id = pointer.partition(":")
    if kind == "table" and id in tables:
        return f"table “{tables[id].title}”"
    if kind == "figure" and id in figures:
        return f"figure “{figures[id].title}”"
    if kind == "section" and id in SECTIONS:
        return f"section “{SECTIONS[id]}”" if id != "answer" else SECTIONS[id]
    if kind == "setting" and id in Study.__slots__:
        value = getattr(results.study, id)
        text = ", ".join(row.era for row in value) if id == "eras" else value
        return f"setting {setting_key(id)} = {text}"
    return None
