"""write_report: one warehouse in, results.json, tables, figures and report.html out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics.document import analyse, to_json
from analytics.provenance.trace import drawers
from analytics.warehouse.marts import open_marts


@dataclass(frozen=True, slots=True)
class ReportResult:
    """Where everything lies, and the document itself."""

    results: Path
    page: Path
    tables: tuple[Path, ...]
    figures: tuple[Path, ...]
    document: dict[str, Any]


def write_report(
    warehouse: Path,
    out: Path,
    *,
    run: dict[str, Any],
    sensitivity: dict[str, Any] | None = None,
    for_print: bool = False,
) -> ReportResult:
    """Answer every question from a published warehouse and write the answers into the folder `out`.

    warehouse  file or link; opened read-only, the link resolved first
    out        made if absent; files of the same name are replaced
    run        id, started_at, duration_seconds, code_version, packages, inputs, warehouse_release: what the
               caller knows of the run; ledger_head, if there is a ledger. No other time or name enters, so
               that equal inputs give equal bytes.
    sensitivity  the headline numbers under other settings, if they were rebuilt; they enter as they are
    for_print    figures as PDF and PNG, too

    Raises analytics.warehouse.marts.UnfitWarehouse if a mart or a column is missing.
    """
    missing = [key for key in RUN_KEYS if key not in run]
    if missing:
        raise ValueError(f"run lacks {', '.join(missing)}")
    with open_marts(warehouse) as marts:
        results = analyse(marts, run)
        results |= {"provenance": [], "sensitivity": sensitivity}
        results["provenance"] = drawers(marts, results)
    return render(results, out, for_print=for_print)


RUN_KEYS = (
    "id", "started_at", "duration_seconds", "code_version", "packages", "inputs", "warehouse_release",
)  # fmt: skip


def render(results: dict[str, Any], out: Path, *, for_print: bool = False) -> ReportResult:
    """Write a results document and everything drawn from it, and nothing that is not in it."""
    from analytics.render.figures.all_figures import figures
    from analytics.render.files.docx import to_word
    from analytics.render.files.latex import to_latex
    from analytics.render.page.page import page
    from analytics.render.tables.all_tables import tables
    from analytics.render.tables.checklists import checklists
    from analytics.render.tables.table import to_csv, to_markdown

    synthetic = results["data"]["is_synthetic"]
    made_tables, made_figures = tables(results), figures(results)
    made_tables |= checklists(results, made_tables, made_figures)
    for folder in (out, out / "tables", out / "figures"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written_tables, written_figures = [], []
    for table in made_tables.values():
        for suffix, text in ((".csv", to_csv), (".md", to_markdown), (".tex", to_latex)):
            path = out / "tables" / f"{table.id}{suffix}"
            path.write_text(text(table, synthetic=synthetic), encoding="utf-8")
            written_tables.append(path)
    words = out / "tables" / "tables.docx"
    words.write_bytes(to_word(made_tables.values(), title=results["study"]["title"], synthetic=synthetic))
    written_tables.append(words)
    for figure in made_figures.values():
        drawn = {".svg": figure.svg.encode()} | (figure.for_print() if for_print else {})
        for suffix, content in drawn.items():
            path = out / "figures" / f"{figure.id}{suffix}"
            path.write_bytes(content)
            written_figures.append(path)
    document, report = out / "results.json", out / "report.html"
    document.write_text(to_json(results), encoding="utf-8")
    report.write_text(page(results, made_tables, made_figures), encoding="utf-8")
    return ReportResult(document, report, tuple(written_tables), tuple(written_figures), results)
