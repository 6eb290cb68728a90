"""What the page's script adds up where a reader asks for a group of his own: observed and expected by group.

Only sums over people enter, never a person. They can be small, so that no public report has them.
"""

from __future__ import annotations

from typing import Any

from analytics.questions.person_time import COLUMNS, TIME
from analytics.render.embedded import embedded_json
from analytics.render.formats import sentence
from analytics.render.labels import level_label, variable_label
from analytics.render.tables.population import STANDARDISED_INCIDENCE
from analytics.results.document import Results
from analytics.results.population import PersonTime, StandardisedIncidence
from analytics.results.states import VALUE


def embedded(results: Results) -> str:
    """The groups as JSON for the script; empty where there is nothing to add up.

    traits  their levels as results.json and as people call them, the level of each group, and which levels
            count at first: all but the time before the shortest latency
    table   the table whose rows are such groups too
    rows    of that table, in its order: the levels by trait, of those traits that are not as at first; null
            for a row that has no ratio
    """
    held = results.person_time
    if held is None:
        return ""
    return embedded_json(
        {
            "traits": [
                {
                    "name": trait.name,
                    "title": variable_label(results.study, trait.name, table=1),
                    "column": COLUMNS[trait.name],
                    "levels": trait.levels,
                    "labels": [sentence(level_label(level)) for level in trait.levels],
                    "first": held.is_counted if trait.name == TIME else [True] * len(trait.levels),
                    "of_row": trait.of_row,
                }
                for trait in held.traits
            ],
            "observed": held.observed,
            "ticks": held.person_ticks,
            "ticks_per_year": held.ticks_per_year,
            "expected": held.expected,
            "table": STANDARDISED_INCIDENCE.id,
            "rows": [_levels(row, held) for row in results.sir],
        }
    )


def _levels(row: StandardisedIncidence, held: PersonTime) -> dict[str, Any] | None:
    if row.state != VALUE:
        return None
    if not row.stratum:
        return {}
    ((dimension, level),) = row.stratum.items()
    times = next(trait.levels for trait in held.traits if trait.name == TIME)
    if dimension == "from":
        return {TIME: times}
    if dimension == TIME:
        return {TIME: [time for time, band in zip(times, held.bands, strict=True) if band == level]}
    return {dimension: [level]}
