"""write_report: one warehouse in, results.json, tables, figures and report.html out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from analytics.answers import analyse
from analytics.cross_checks.compare import cross_check, refuse_differing
from analytics.provenance.trace import drawers, traced_rows
from analytics.questions.headline import is_of
from analytics.results.document import Results
from analytics.results.json_file import plain, to_json
from analytics.results.quality import Audit
from analytics.results.run import Run
from analytics.results.sensitivity import Sensitivity
from analytics.warehouse.marts import open_marts


@dataclass(frozen=True, slots=True)
class ReportResult:
    """Where everything lies, and the answers that it was drawn from."""

    results: Path
    page: Path
    tables: tuple[Path, ...]
    figures: tuple[Path, ...]
    document: Results


def write_report(
    warehouse: Path,
    out: Path,
    *,
    run: Run,
    sensitivity: Sensitivity | None = None,
    audit: Audit | None = None,
    for_print: bool = False,
    packages: Callable[[], dict[str, str]] | None = None,
) -> ReportResult:
    """Answer every question from a published warehouse and write the answers into the folder `out`.

    warehouse  file or link; opened read-only, the link resolved first
    out        made if absent; files of the same name are replaced
    run        what the caller knows of the run. No other time or name enters, so that equal inputs give equal
               bytes.
    sensitivity  the headline numbers under other settings, if they were rebuilt; they enter as they are, and
                 not at all where the study's own are other numbers here, because code has changed since
    audit        what the audit of this warehouse said; the report says so where there is none
    for_print    figures as SVG, PDF and PNG at two widths, in the Word document and as slides, too
    packages     what this process has imported, asked when all is; the run's own if left out

    Raises analytics.warehouse.marts.UnfitWarehouse if a mart or a column is missing, and
    analytics.cross_checks.compare.Disagreement, with nothing written, where lifelines has another number.
    """
    with open_marts(warehouse) as marts:
        results = analyse(marts, run, audit)
        if sensitivity and sensitivity.rows and is_of(sensitivity.rows[0].headline, results):
            results = replace(results, sensitivity=sensitivity)
        results = replace(results, cross_checks=cross_check(marts, results))
        refuse_differing(results.cross_checks or ())
        results = replace(
            results, provenance=drawers(marts, results), rows_behind=traced_rows(marts, results)
        )
    return render(results, out, for_print=for_print, packages=packages)


def render(
    results: Results,
    out: Path,
    *,
    for_print: bool = False,
    packages: Callable[[], dict[str, str]] | None = None,
) -> ReportResult:
    """Write results.json and everything drawn from it, and nothing that is not in it."""
    from analytics.render.figures.all_figures import figures
    from analytics.render.files.docx import to_word
    from analytics.render.files.latex import to_latex
    from analytics.render.files.pptx import to_slides
    from analytics.render.files.xlsx import to_workbook
    from analytics.render.page.page import page
    from analytics.render.page.sections import sections
    from analytics.render.tables.all_tables import tables
    from analytics.render.tables.checklists import checklists
    from analytics.render.tables.table import to_markdown
    from analytics.render.tables.tidy import to_csv

    synthetic = results.data.is_synthetic
    made_tables, made_figures = tables(results), figures(results)
    made_tables |= checklists(results, made_tables, made_figures)
    made_sections = sections(results, made_tables, made_figures)
    for folder in (out, out / "tables", out / "figures"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written_tables, written_figures = [], []
    for table in made_tables.values():
        for suffix, text in ((".csv", to_csv), (".md", to_markdown), (".tex", to_latex)):
            path = out / "tables" / f"{table.id}{suffix}"
            path.write_text(text(table, synthetic=synthetic), encoding="utf-8")
            written_tables.append(path)
    pictures, placed = {}, [item for section in made_sections for item in section.figures]
    for item in placed:
        figure, name = item.figure, f"figure_{item.number}_{item.figure.id}"
        printed = figure.for_print() if for_print else {}
        for ending, content in ({".svg": figure.svg.encode(), ".csv": figure.csv.encode()} | printed).items():
            path = out / "figures" / f"{name}{ending}"
            path.write_bytes(content)
            written_figures.append(path)
        if printed:
            pictures[figure.id] = printed["_174mm.png"]
    title, run = results.study.title, results.run
    words, book = out / "tables" / "tables.docx", out / "tables" / "tables.xlsx"
    words.write_bytes(to_word(made_sections, results.study, synthetic=synthetic, pictures=pictures))
    facts = (
        ("Study", results.study.name),
        ("Release", run.warehouse_release or ""),
        ("Software", run.code_version),
    )
    book.write_bytes(to_workbook(made_tables.values(), results.study, facts, synthetic=synthetic))
    written_tables += [words, book]
    if for_print:
        slides = out / "figures" / "figures.pptx"
        slides.write_bytes(to_slides(placed, pictures, title=title, synthetic=synthetic))
        written_figures.append(slides)
    if packages is not None:
        # Whatever writes a file imports what it needs for it, and the page is written last.
        results = replace(results, run=replace(results.run, packages=packages()))
        made_sections = sections(results, made_tables, made_figures)
    file, report = out / "results.json", out / "report.html"
    file.write_text(to_json(plain(results)), encoding="utf-8")
    report.write_text(page(results, made_sections), encoding="utf-8")
    return ReportResult(file, report, tuple(written_tables), tuple(written_figures), results)
