"""The public report as files: one page, one JSON document, a CSV a table, a workbook. Nothing else leaves.

The page is drawn by the templates and the figures of the report, from the protected results alone: whatever a
file says can be computed from results_public.json and the study's definition. It has no script, no explorer,
no place of a number and no row of a person.
"""

from __future__ import annotations

from analytics.disclosure.public import PublicResults
from analytics.disclosure.public_results import document_bytes
from analytics.questions.registry import ANALYSES
from analytics.render.abbreviations import Abbreviations
from analytics.render.figures.public_curves import public_figures
from analytics.render.files.xlsx import to_workbook
from analytics.render.page.assets import make_environment, style
from analytics.render.page.methods import definitions
from analytics.render.page.section import Laid, PlacedFigure, Section
from analytics.render.page.sections import bodies
from analytics.render.public_tables import PRESENTATIONS, for_page
from analytics.render.public_words import answer, citation, not_shown, rule
from analytics.render.tables.tidy import to_csv
from analytics.warehouse.study import Study


def files(report: PublicResults, study: Study, name: str) -> dict[str, bytes]:
    """Every file of the public report by its path inside the folder; same report, same bytes."""
    written = {
        "report.html": page(report, study, name).encode(),
        "results_public.json": document_bytes(report),
    }
    tables = [for_page(table, study) for table in report.tables]
    for table in tables:
        written[f"tables/{table.id}.csv"] = to_csv(table, synthetic=report.is_synthetic).encode()
    facts = (
        ("Public report", name),
        ("Software", report.code_version),
        *(("Numbers", text) for text in rule(report)),
    )
    written["tables/tables.xlsx"] = to_workbook(tables, study, facts, synthetic=report.is_synthetic)
    return written


def page(report: PublicResults, study: Study, name: str) -> str:
    """The page of the public report; `name` is the report's."""
    environment = make_environment()
    environment.filters["bodies"] = bodies
    abbreviations = Abbreviations(study)
    environment.filters["abbr"] = abbreviations.mark
    return environment.get_template("public_report.html.j2").render(
        report=report,
        study=study,
        name=name,
        synthetic=report.is_synthetic,
        style=style(),
        abbreviations=abbreviations,
        cited=citation(report, name),
        answers=answer(report, study),
        rule=rule(report),
        sections=sections(report, study),
        not_shown=not_shown(report, study),
        folds_notes=False,
    )


def sections(report: PublicResults, study: Study) -> tuple[Section, ...]:
    """Those of the report, in its order, that have something to show here."""
    names = {"index": study.index_label, "second": study.second_short_label}
    figures = tuple(public_figures(report, study))
    numbers = iter(range(1, 100))
    built = []
    for analysis in ANALYSES:
        tables = [table for table in report.tables if _section_of(table.name, study) == analysis.section]
        drawn = [figure for section, figure in figures if section == analysis.section]
        if not tables and not drawn:
            continue
        built.append(
            Section(
                analysis.section,
                analysis.title.format(**names),
                analysis.question.format(**names),
                figures=tuple(PlacedFigure(figure, CAPTION, next(numbers)) for figure in drawn),
                tables=tuple(
                    Laid(for_page(table, study), fold=PRESENTATIONS[table.name](study).fold)
                    for table in tables
                ),
            )
        )
    told = {table.name for table in report.tables}
    defined = definitions(study, has_registry="eras" in told, has_hospital="institution" in told)
    return (*built, Section("methods", "Methods", "Who was followed, and how long?", text=defined))


CAPTION = (
    "Drawn at whole months between which enough people died; each curve ends while enough are at risk, "
    "and before rounding would take it to 0%."
)


def _section_of(table: str, study: Study) -> str:
    return PRESENTATIONS[table](study).section
