"""Every table of the report, in the order of the page. A new one is a file beside this and a line here."""

from __future__ import annotations

from functools import partial
from typing import Any

from analytics.places import rows
from analytics.questions.analysis import Analysis, Column
from analytics.questions.registry import ANALYSES
from analytics.render.cells import of
from analytics.render.formats import NOTHING, count, ratio
from analytics.render.labels import names_of
from analytics.render.printed_values import with_printed
from analytics.render.tables import (
    cases,
    cohort,
    cross_checks,
    data_quality,
    eras,
    guardrails,
    hazards,
    hospital,
    models,
    parametric_survival,
    population,
    sensitivity,
)
from analytics.render.tables.checklists import CHECKLISTS
from analytics.render.tables.multiplicity import with_holm
from analytics.render.tables.table import ReportTable, Table
from analytics.render.withheld import withheld
from analytics.results.document import Results

TABLES = (
    cohort.COHORT_FLOW,
    cohort.DEFINITIONS,
    cohort.TABLE_1,
    cohort.INCIDENCE,
    population.STANDARDISED_INCIDENCE,
    cohort.LATENCY,
    eras.FAIR_ERAS,
    models.SURVIVAL,
    models.CONTRASTS,
    hazards.TABLE_2,
    guardrails.MODEL_CARDS,
    guardrails.SHRUNKEN,
    parametric_survival.PARAMETRIC_SURVIVAL,
    models.COMPETING_RISKS,
    guardrails.MISCLASSIFICATION,
    hospital.COMPARISON,
    hospital.CASE_SERIES,
    cases.TABLE_3,
    cases.TABLE_4,
    cohort.INSTITUTION_FLOW,
    cases.OWN_DIFFERENCES,
    cases.PRINTED_NUMBERS,
    data_quality.UNMET,
    data_quality.REJECTED_ROWS,
    data_quality.LATENCY_METHODS,
    cross_checks.CROSS_CHECKS,
    sensitivity.SENSITIVITY,
    cases.DELIVERIES,
)


def tables(results: Results) -> dict[str, Table]:
    """Every table that these results can fill, by id; the checklists are made of these and the figures."""
    nothing_in = withheld(results)
    places = rows(results) if results.published else {}
    return {
        table.id: with_printed(with_holm(table.made(results), results, table.families), results, places)
        for table in (*TABLES, *_of_questions())
        if (table.when(results) if table.when else table.section not in nothing_in)
    }


def all_tables() -> list[ReportTable]:
    """Those that are made of results, those of questions and, made of these, the checklists."""
    return [*TABLES, *_of_questions(), *CHECKLISTS]


def tables_of(section: str) -> list[ReportTable]:
    """The tables that a section may show, in order."""
    return [table for table in all_tables() if table.section == section]


def _of_questions() -> list[ReportTable]:
    """The tables of analyses that say themselves how they are shown."""
    return [
        ReportTable(analysis.keys[0], analysis.section, partial(_of_question, analysis))
        for analysis in ANALYSES
        if analysis.further and analysis.further.columns
    ]


def _of_question(analysis: Analysis, results: Results) -> Table:
    """The rows of a question, as its record says."""
    further = analysis.further
    assert further is not None
    answers = results.further[analysis.keys[0]]
    return Table(
        title=analysis.title.format(**names_of(results)),
        columns=tuple(column.heading for column in further.columns),
        rows=tuple(tuple(_cell(column, row) for column in further.columns) for row in answers),
        numeric=frozenset(range(1, len(further.columns))),
    )


def _cell(column: Column, row: Any) -> str:
    value = column.cell(row)
    if value is None or isinstance(value, str):
        return value or NOTHING
    text = count(value) if isinstance(value, int) else ratio(value)
    fields = _FieldsRead(row)
    column.cell(fields)
    return of(text, row, *(name for name in fields.names if getattr(row, name) is not None))


class _FieldsRead:
    """A row that remembers which of its fields were read: a column says by a function what its cells show."""

    def __init__(self, row: Any) -> None:
        self._row = row
        self.names: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.names.append(name)
        return getattr(self._row, name)
