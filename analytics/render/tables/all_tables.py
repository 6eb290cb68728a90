"""The tables of a report, in order."""

from __future__ import annotations

from analytics.questions.analysis import Analysis
from analytics.questions.registry import ANALYSES
from analytics.render.formats import NOTHING, count, ratio
from analytics.render.tables import cases as case_tables
from analytics.render.tables import cohort as cohort_tables
from analytics.render.tables import eras as era_tables
from analytics.render.tables import guardrails as guardrail_tables
from analytics.render.tables import hazards as hazard_tables
from analytics.render.tables import hospital as hospital_tables
from analytics.render.tables import models as model_tables
from analytics.render.tables import population as population_tables
from analytics.render.tables.multiplicity import with_holm
from analytics.render.tables.sensitivity import sensitivity
from analytics.render.tables.table import Table
from analytics.render.withheld import withheld
from analytics.results.document import Results

OF_SECTION = {
    "characteristics": (cohort_tables.table1,),
    "incidence": (cohort_tables.incidence,),
    "latency": (cohort_tables.latency,),
    "survival": (model_tables.survival,),
    "after": (hazard_tables.table2,),
    "competing": (model_tables.competing,),
    "eras": (era_tables.fair_eras,),
    "unknown": (guardrail_tables.misclassification,),
    "sir": (population_tables.standardised,),
}
"""Tables that a section shows unless it has nothing to tell."""


def tables(results: Results) -> dict[str, Table]:
    """Every table that these results can fill, by id."""
    nothing_in = withheld(results)
    made = [cohort_tables.cohort_flow(results), cohort_tables.definitions(results)]
    made += [make(results) for section, makers in OF_SECTION.items() if section not in nothing_in
             for make in makers]  # fmt: skip
    if any(row.state == "value" for row in results.contrasts):
        made.append(model_tables.contrasts(results))
    if any(model.state != "not_delivered" for model in results.cox):
        made.append(guardrail_tables.model_cards(results))
    if results.shrunken:
        made.append(guardrail_tables.shrunken(results))
    if results.institution.n_index:
        made.append(cohort_tables.cohort_flow(results, rows=results.institution.flow, id="institution_flow"))
    if results.institution.comparison:
        made.append(hospital_tables.comparison(results))
    if results.institution.case_series:
        made.append(hospital_tables.case_series(results))
    if results.institution.cases:
        made += [case_tables.table3(results), case_tables.table4(results)]
    if results.published:
        made += [case_tables.printed_numbers(results), case_tables.own_differences(results)]
    if results.sensitivity:
        made.append(sensitivity(results.sensitivity))
    made += [_of_question(analysis, results) for analysis in ANALYSES if analysis.question]
    made.append(case_tables.deliveries(results))
    return {table.id: with_holm(table, results) for table in made}


def _of_question(analysis: Analysis, results: Results) -> Table:
    """The table of an analysis that says itself how it is shown."""
    question = analysis.question
    assert question is not None
    rows = results.further[analysis.keys[0]]
    names = {"index": results.study.index_label, "second": results.study.second_short_label}
    return Table(
        id=analysis.tables[0].id,
        title=analysis.title.format(**names),
        columns=tuple(column.heading for column in question.columns),
        rows=tuple(tuple(_cell(column.cell(row)) for column in question.columns) for row in rows),
        numeric=frozenset(range(1, len(question.columns))),
    )


def _cell(value: str | int | float | None) -> str:
    if value is None or isinstance(value, str):
        return value or NOTHING
    return count(value) if isinstance(value, int) else ratio(value)
