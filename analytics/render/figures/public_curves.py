"""The curves of the public report, from its coarse points: what results_public.json holds, no more."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import groupby

from analytics.disclosure.public import PublicCurve, PublicResults, value_as_text
from analytics.render.figures.axes import TimeAxis, looks, palette_of
from analytics.render.figures.canvas import GRID, Drawing, Figure, Row, Sheet, drawn, line_of, printed_look
from analytics.render.figures.curves import (
    TALL,
    UNDER_AXIS,
    at_risk_height,
    axes_of_months,
    legend_height,
    paint_at_risk,
    paint_legend,
)
from analytics.render.formats import decimal
from analytics.render.labels import analysis_label, group_label
from analytics.results.ids import CompetingId
from analytics.warehouse.study import Study


def public_figures(report: PublicResults, study: Study) -> Iterator[tuple[str, Figure]]:
    """A figure an analysis, with the section that shows it."""
    for analysis, alike in groupby(report.curves, key=lambda curve: curve.analysis):
        section = "competing" if isinstance(analysis, CompetingId) else "survival"
        groups = [row[1] for table in report.tables for row in table.rows if row[0] == analysis]
        drawing = _drawing(analysis_label(study, analysis), tuple(alike), study, list(dict.fromkeys(groups)))
        yield section, drawn(f"public-{analysis}", drawing, is_synthetic=report.is_synthetic)


def _drawing(title: str, curves: tuple[PublicCurve, ...], study: Study, groups: list[str]) -> Drawing:
    """Steps between the points that are shown; survival starts at 1, incidence at 0.

    groups  all of the analysis, with a curve or not, so that each has the colour it has in the report
    """
    rises = isinstance(curves[0].analysis, CompetingId)
    scale, y_label = (100_000, "Per 100,000 people") if rises else (100, "Alive, %")
    last = max(curve.months[-1] for curve in curves)
    tick = next(step for step in (12, 24, 60, 120, 240) if last / step <= 7 or step == 240)
    axis = TimeAxis(math.ceil(last / tick) * tick, tick)
    names = [group_label(study, curve.level) for curve in curves]
    palette = palette_of(curves[0].analysis, len(curves))
    by_group = dict(zip(groups, map(printed_look, looks(len(groups), palette)), strict=True))
    drawn_as = [by_group[max(filter(curve.level.startswith, groups), key=len)][:2] for curve in curves]
    legend = [(name, "", *look) for name, look in zip(names, drawn_as, strict=True)]
    numbers = [
        (name, look[0], [(month, value_as_text(count, thousands=",")) for month, count in curve.at_risk])
        for curve, name, look in zip(curves, names, drawn_as, strict=True)
        if curve.at_risk
    ]

    def height(width: float, points: float) -> float:
        below = at_risk_height([name for name, *_ in numbers], points) if numbers else 0.0
        below = below or UNDER_AXIS * line_of(points)
        return legend_height(legend, width, points) + TALL * width + below

    def paint(sheet: Sheet) -> None:
        top = paint_legend(sheet, legend)
        bottom = top + TALL * sheet.width
        axes = axes_of_months(sheet, top, bottom, axis, "Months", y_label)
        for curve, (colour, dash) in zip(curves, drawn_as, strict=True):
            axes.step(
                [curve.from_months, *curve.months],
                [0 if rises else scale, *(scale * value for value in curve.estimate)],
                where="post", color=colour, linestyle=dash,
            )  # fmt: skip
        axes.set_ylim(0, None if rises else scale)
        if not rises:
            axes.axhline(scale / 2, color=GRID, linewidth=0.8, zorder=0)
        if numbers:
            paint_at_risk(sheet, bottom, axis.last, numbers)

    shown = "; ".join(
        f"{name}: {decimal(scale * curve.estimate[-1])} at month {curve.months[-1]}"
        for curve, name in zip(curves, names, strict=True)
    )
    alt = f"{title}. {y_label}, at the last month that is shown: {shown}."
    rows: list[Row] = [
        {"group": name, "month": month, "estimate": value}
        for curve, name in zip(curves, names, strict=True)
        for month, value in zip(curve.months, curve.estimate, strict=True)
    ]
    return Drawing(title, alt, height, paint, tuple(rows))
