"""The curves of the public report, from its coarse points: what results_public.json holds, no more."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from analytics.disclosure.public import PublicCurve, PublicResults, value_as_text
from analytics.render.figures.axes import PALETTE, PALETTES, Look, looks
from analytics.render.figures.canvas import COLOURS, GRID, Drawing, Figure, drawn
from analytics.render.formats import decimal
from analytics.render.labels import analysis_label
from analytics.render.public_tables import group_label
from analytics.results.ids import CompetingId
from analytics.warehouse.study import Study

SIZE, LINE = (7.2, 3.6), 0.22
"""Inches: of the figure without its numbers at risk, and of a line of those."""


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
    height = SIZE[1] + LINE * (len(curves) + 1)
    names = [group_label(study, curve.level) for curve in curves]
    by_group = dict(zip(groups, looks(len(groups), PALETTES.get(curves[0].analysis, PALETTE)), strict=True))
    drawn_as = [by_group[max(filter(curve.level.startswith, groups), key=len)] for curve in curves]

    def paint(figure) -> None:
        below = (0.55 + LINE * (len(curves) + 1)) / height
        axes = figure.add_axes((0.1, below, 0.88, 0.93 - below))
        for curve, name, look in zip(curves, names, drawn_as, strict=True):
            axes.step(
                [curve.from_months, *curve.months],
                [0 if rises else scale, *(scale * value for value in curve.estimate)],
                where="post", color=COLOURS[look.colour], label=name,
                linestyle=(0, look.dash) if look.dash else "-",
            )  # fmt: skip
        axes.set_xlim(0, last)
        axes.set_ylim(0, None if rises else scale)
        axes.set_xticks(range(0, last + 1, tick))
        axes.set_xlabel("Months")
        axes.set_ylabel(y_label)
        if not rises:
            axes.axhline(scale / 2, color=GRID, linewidth=0.8, zorder=0)
        if len(curves) > 1:
            axes.legend(loc="upper left" if rises else "upper right")
        _at_risk(figure, axes, curves, drawn_as, height, last)

    shown = "; ".join(
        f"{name}: {decimal(scale * curve.estimate[-1])} at month {curve.months[-1]}"
        for curve, name in zip(curves, names, strict=True)
    )
    alt = f"{title}. {y_label}, at the last month that is shown: {shown}."
    return Drawing(title, alt, (SIZE[0], height), paint)


def _at_risk(
    figure, axes, curves: tuple[PublicCurve, ...], drawn_as: list[Look], height: float, last: int
) -> None:
    """The counts at risk that are shown, under their months."""
    if not any(curve.at_risk for curve in curves):
        return
    box = axes.get_position()
    figure.text(0.012, (LINE * (len(curves) + 0.5)) / height, "At risk", fontweight="bold", va="center")
    for row, (curve, look) in enumerate(zip(curves, drawn_as, strict=True)):
        y = LINE * (len(curves) - row - 0.5) / height
        figure.text(0.012, y, "●", color=COLOURS[look.colour], va="center")
        for month, count in curve.at_risk:
            if month <= last:
                figure.text(box.x0 + box.width * month / last, y, value_as_text(count, thousands=","),
                            va="center", ha="right" if month == last else "center")  # fmt: skip
