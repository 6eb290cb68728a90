"""The public report as files: one page, one JSON document, one CSV a table. Nothing else leaves.

The page opens offline and refers to nothing outside itself. Every value is escaped; curves are drawn from
the coarse points of the JSON document, number by number.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from analytics.disclosure.public import PublicCurve, PublicResults, PublicTable, value_as_text
from analytics.disclosure.public_results import document_bytes
from analytics.render.page.assets import make_environment, style
from analytics.render.tables.table import Table, to_csv
from analytics.results.ids import CompetingId, SurvivalId

WIDTH, HEIGHT = 640, 300
COLOURS = ("blue", "orange", "green", "purple")
DASHES = ("none", "8 4", "2 3", "10 3 2 3")

NAMES: dict[str, str] = {
    SurvivalId.FROM_INDEX: "alive after the index cancer",
    SurvivalId.BY_SECOND: "alive after the index cancer, by later second cancer",
    SurvivalId.BY_ERA: "alive after the index cancer, by era",
    SurvivalId.AT_LANDMARKS: "alive after a landmark",
    SurvivalId.FROM_SECOND: "alive after the second primary",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One group drawn as steps: SVG path data and how to tell it from the others."""

    level: str
    path: str
    colour: str
    dash: str
    at_risk: str


@dataclass(frozen=True, slots=True)
class Chart:
    name: str
    last_month: int
    lines: tuple[Line, ...]


def files(report: PublicResults, name: str) -> dict[str, bytes]:
    """Every file of the public report by its path inside the folder; same report, same bytes."""
    tables = [_table(table) for table in report.tables]
    written = {
        "report.html": page(report, name).encode(),
        "results_public.json": document_bytes(report),
    }
    for table in tables:
        written[f"tables/{table.id}.csv"] = to_csv(table, synthetic=report.is_synthetic).encode()
    return written


def page(report: PublicResults, name: str) -> str:
    """The page of the public report; `name` is the report's."""
    return (
        make_environment()
        .get_template("public_report.html.j2")
        .render(
            report=report,
            name=name,
            style=style(),
            tables=[_table(table, thousands=",") for table in report.tables],
            charts=_charts(report.curves),
            width=WIDTH,
            height=HEIGHT,
            withheld=[
                (reason, [each.artefact for each in alike])
                for reason, alike in groupby(sorted(report.withheld, key=_reason), key=_reason)
            ],
        )
    )


def _reason(each) -> str:
    return each.reason


def _table(table: PublicTable, *, thousands: str = "") -> Table:
    rows = tuple(
        (_name(row[0]), *(value_as_text(value, thousands=thousands) for value in row[1:]))
        if isinstance(row[0], str)
        else tuple(value_as_text(value, thousands=thousands) for value in row)
        for row in table.rows
    )
    worded = {at for at in range(len(table.columns)) if any(isinstance(row[at], str) for row in table.rows)}
    numeric = frozenset(range(len(table.columns))) - worded
    return Table(table.title, table.columns, rows, numeric=numeric, id=table.name)


def _name(of: str) -> str:
    return NAMES.get(of, of.replace("_", " "))


def _charts(curves: tuple[PublicCurve, ...]) -> list[Chart]:
    """One chart an analysis; survival starts at 1, incidence at 0, and both are flat between points."""
    charts = []
    for analysis, alike in groupby(curves, key=lambda curve: curve.analysis):
        groups = list(alike)
        last = max(curve.months[-1] for curve in groups)
        lines = tuple(
            Line(
                curve.level,
                _path(curve, last),
                COLOURS[at % len(COLOURS)],
                DASHES[at % len(DASHES)],
                ", ".join(f"{value_as_text(n)} at {month}" for month, n in curve.at_risk),
            )
            for at, curve in enumerate(groups)
        )
        charts.append(Chart(_name(analysis), last, lines))
    return charts


def _path(curve: PublicCurve, last: int) -> str:
    rises = isinstance(curve.analysis, CompetingId)
    steps = [f"M{WIDTH * curve.from_months / last:.1f} {HEIGHT if rises else 0}"]
    for month, estimate in zip(curve.months, curve.estimate, strict=True):
        steps.append(f"H{WIDTH * month / last:.1f} V{HEIGHT * (1 - estimate):.1f}")
    return " ".join(steps)
