"""STROBE and RECORD filled from the run: where this report answers each item, or why it does not.

The items are data (analytics/checklists), numbered as in von Elm et al. 2007 (cohort studies) and in
Benchimol et al. 2015; what each asks for is said in our words.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics.render.canvas import Figure
from analytics.render.formats import sentence
from analytics.render.table import Table

Results = dict[str, Any]

FOLDER = Path(__file__).parent.parent / "checklists"
TITLES = {
    "strobe": "STROBE: reporting of cohort studies",
    "record": "RECORD: studies of routinely collected health data",
}
SECTIONS = {
    "answer": "the answer at the top",
    "methods": "Methods",
    "refused": "What this report refuses to claim",
    "provenance": "Where the numbers come from",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a checklist.

    points_to  'table:', 'figure:', 'section:' or 'setting:' and an id; empty where the report has nothing
    why        then, the reason
    """

    item: str
    part: str
    asks: str
    points_to: tuple[str, ...]
    why: str


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
            )
            for row in csv.DictReader(lines)
        )


def checklists(results: Results, tables: dict[str, Table], figures: dict[str, Figure]) -> dict[str, Table]:
    """Both checklists as tables, each pointer resolved in this run."""
    return {name: _table(name, results, tables, figures) for name in TITLES}


def _table(name: str, results: Results, tables: dict[str, Table], figures: dict[str, Figure]) -> Table:
    rows = []
    for item in items(name):
        found = [place for pointer in item.points_to if (place := _place(pointer, results, tables, figures))]
        if not item.points_to:
            answer = f"Not addressed: {item.why}"
        elif found:
            answer = sentence("; ".join(found))
        else:
            answer = f"Not in this run: {', '.join(item.points_to)}"
        rows.append((item.item, item.part, sentence(item.asks), answer))
    return Table(
        id=name, title=TITLES[name], columns=("Item", "Part", "Asks for", "Answered by"), rows=tuple(rows)
    )


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
    if kind == "setting" and id in results["study"]:
        value = results["study"][id]
        said = ", ".join(row["era"] for row in value) if id == "eras" else value
        return f"setting {id} = {said}"
    return None
