"""The survival model of each era over its Kaplan-Meier steps, and the hazard that the model gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from analytics.questions.estimable import finite
from analytics.questions.parametric_survival import (
    HALF_A_MONTH,
    KEY,
    LIFETIME,
    MONTHS_OF_A_YEAR,
    SHOWN_AT,
    SmoothSurvival,
    hazard_of,
    models_in,
    survival_of,
)
from analytics.render.figures.axes import ERA_PALETTE, survival_axis
from analytics.render.figures.canvas import (
    GRID,
    Drawing,
    ReportFigure,
    Row,
    Sheet,
    line_of,
    printed_looks,
)
from analytics.render.figures.curves import (
    MARK,
    TALL,
    UNDER_AXIS,
    Entry,
    axes_of_months,
    legend_height,
    paint_legend,
    steps_to,
)
from analytics.render.formats import between, count, decimal
from analytics.render.lookup import the
from analytics.results.document import Results
from analytics.results.ids import SurvivalId

POINTS = 121
"""Of a model's line on the whole axis."""

LOW = 0.5
"""Height of the axes of hazards over those of survival."""

BETWEEN = 2.2
"""Lines from the axes of survival to those of hazards: the months below the former."""

EXTRAPOLATED = (0, (3, 2))
PALE, WIDE = "66", 3.0
"""Of the Kaplan-Meier steps: the opacity after a colour, and the width."""


def parametric_survival(results: Results) -> Drawing:
    """Everybody by era: the model over the Kaplan-Meier steps, and its hazard."""
    study = results.study
    title = f"Survival from {study.index_short_label} by era, modelled"
    strata = the(results.survival, id=SurvivalId.BY_ERA).strata
    looks = printed_looks(ERA_PALETTE)
    axis = survival_axis(results, SurvivalId.BY_ERA)
    by_era = {row.level: row for row in models_in(results) if row.id is SurvivalId.BY_ERA}
    drawn = [(stratum, by_era[stratum.level], look) for stratum, look in zip(strata, looks, strict=False)]
    # Where there is no model, the steps are all that is drawn.
    legend: list[Entry] = [
        (row.level, _about(row), colour if row.model else colour + PALE, "-")
        for _, row, (colour, *_) in drawn
    ]
    markers = [marker if row.model else "" for _, row, (*_, marker) in drawn]
    widths = [None if row.model else WIDE for _, row, _ in drawn]
    lines = {row.level: list(_line(row, axis.last)) for _, row, _ in drawn}

    def height(width: float, points: float) -> float:
        below = (BETWEEN + UNDER_AXIS) * line_of(points)
        return legend_height(legend, width, points) + (1 + LOW) * TALL * width + below

    def paint(sheet: Sheet) -> None:
        top = paint_legend(sheet, legend, markers, widths)
        bottom = top + TALL * sheet.width
        alive = axes_of_months(sheet, top, bottom, axis, "", "Alive, %")
        top = bottom + BETWEEN * sheet.line
        since, unit = f"Months since {study.index_label}", "Deaths per 100\nperson-years"
        hazards = axes_of_months(sheet, top, top + LOW * TALL * sheet.width, axis, since, unit)
        for stratum, row, (colour, _, marker) in drawn:
            x, y, *_ = steps_to(stratum.curve, axis.last)
            alive.step(x, y, where="post", color=colour + PALE, linewidth=WIDE)
            for axes, name in ((alive, "survival"), (hazards, HAZARD)):
                _paint_model(axes, name, lines[row.level], colour, marker)
        alive.set_ylim(0, 1.0)
        alive.set_yticks([0, 0.25, 0.5, 0.75, 1.0], ["0", "25", "50", "75", "100"])
        alive.axhline(0.5, color=GRID, linewidth=0.8, zorder=0)
        hazards.set_ylim(0, None)

    rows: list[Row] = []
    for stratum, row, _ in drawn:
        steps = zip((0.0, *stratum.curve.time), (1.0, *stratum.curve.survival), strict=True)
        rows += [
            {"group": row.level, "curve": "Kaplan-Meier", "month": month, "survival": y} for month, y in steps
        ]
        rows += [{"group": row.level, "curve": "model", **point} for point in lines[row.level]]
    alt = f"{title}, over Kaplan-Meier steps, and the hazard that it gives. " + "; ".join(
        f"{row.level}: {_about(row)}" for _, row, _ in drawn
    )
    return Drawing(title, f"{alt}.", height, paint, tuple(rows), axis.remark)


def _paint_model(axes: Any, name: str, points: list[Row], colour: str, marker: str) -> None:
    """One line of a model: dashed where it is extrapolated, with a mark at each of MARKED_AT."""
    known = [point for point in points if point[name] is not None]
    seen = [point for point in known if not point["extrapolated"]]
    beyond = known[len(seen) - 1 :] if seen and len(seen) < len(known) else []
    parts: tuple[tuple[list[Row], dict[str, Any]], ...] = (
        (seen, {"linestyle": "-"}),
        (beyond, {"linestyle": EXTRAPOLATED}),
        ([point for point in known if point["month"] in MARKED_AT], {"linestyle": "", "marker": marker}),
    )
    for part, look in parts:
        axes.plot([point["month"] for point in part], [point[name] for point in part], color=colour,
                  markersize=MARK, **look)  # fmt: skip


HAZARD = "hazard_per_100_person_years"
MARKED_AT = tuple(at + HALF_A_MONTH for at in SHOWN_AT)
"""Where the table reads a model."""


def _line(row: SmoothSurvival, last: float) -> Iterator[Row]:
    """Points of a group's model to the end of an axis; a hazard from month 1 on, where it is finite."""
    fit, followed = row.chosen, row.followed_months
    if fit is None or followed is None:
        return
    yield {"month": 0.0, "survival": 1.0, HAZARD: None, "extrapolated": False}
    end = [followed] if followed <= last else []
    early = [month for month in (*range(1, 13), *MARKED_AT) if month <= last]
    at = np.union1d(np.linspace(1, last, POINTS), [*early, *end])
    alive, hazard = survival_of(fit, at), 100 * MONTHS_OF_A_YEAR * hazard_of(fit, at)
    for month, share, deaths in zip(at.tolist(), alive.tolist(), hazard.tolist(), strict=True):
        yield {
            "month": month,
            "survival": share,
            HAZARD: finite(deaths),
            "extrapolated": month > followed,
        }


def _about(row: SmoothSurvival) -> str:
    if row.model is None:
        return f"no model: {(row.reason or '').rstrip('.')}"
    beyond = ", extrapolated" if row.median_is_extrapolated else ""
    if row.median is None:
        return f"{row.model} model, median after {count(LIFETIME)} months, extrapolated"
    median = f"{decimal(row.median)} months (95% CI {between(row.median_ci, decimal)})"
    return f"{row.model} model, median {median}{beyond}"


PARAMETRIC_SURVIVAL = ReportFigure(
    "parametric_survival",
    "smooth",
    parametric_survival,
    made_of=(KEY, "survival"),
    caption="Pale steps: Kaplan-Meier. Smooth lines: models, dashed where extrapolated.",
    when=lambda results: any(
        row.id is SurvivalId.BY_ERA and row.model is not None for row in models_in(results)
    ),
    stance="conventional",
    has_narrow=True,
)
