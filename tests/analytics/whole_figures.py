"""What holds for every printed figure, read off what matplotlib is about to draw."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from analytics.questions.contrasts import ERA
from analytics.questions.parametric_survival import models_in
from analytics.render.figures.all_figures import figures_for
from analytics.render.figures.canvas import WIDTHS_MM, ReportFigure, Sheet, style
from analytics.render.figures.interactive import charts
from analytics.render.figures.survival import reset_of
from analytics.render.lookup import first
from analytics.results.document import Results
from analytics.results.ids import FIRTH, TOGETHER, CompetingId, Cox, CoxId, SurvivalId

TOUCHING = 1.0
"""Pixels at 100 dots an inch by which two boxes may meet: they keep room for accents that no word has."""

SURVIVAL = {
    "survival_conventional": SurvivalId.BY_SECOND,
    "survival_time_dependent": SurvivalId.FROM_EXPOSURE,
    "survival_by_era": SurvivalId.BY_ERA,
    "survival_after_second": SurvivalId.FROM_SECOND,
    "parametric_survival": SurvivalId.BY_ERA,
}
INCIDENCE = {"cumulative_incidence": CompetingId.EVERYBODY, "fair_eras": CompetingId.BY_ERA}
VIEWS = {
    "survival_conventional": "Grouped by later second cancer",
    "survival_time_dependent": "Time-dependent (Simon-Makuch)",
    "survival_by_era": "By era",
    "survival_after_second": "From diagnosis",
    "survival_corrected": "From",
    "cumulative_incidence": "Everybody",
}
"""How the label of the chart begins that a script draws in the place of a figure."""


def faults(results: Results, *, unlike: Results | None = None) -> list[str]:
    """What is wrong with any figure of these results, at either width.

    unlike  results whose figures are looked at elsewhere; one that shows the same of both is not drawn again
    """
    known = {figure.id for figure in figures_for(unlike)} if unlike else set()
    found = []
    for figure in figures_for(results):
        id = figure.id
        if unlike and id in known and shown_by(figure, results) == shown_by(figure, unlike):
            continue
        drawing = figure.drawing(results)
        for width_mm in WIDTHS_MM.values():
            sheet = drawing.sheet(width_mm, is_synthetic=True)
            found += [f"{id}, {width_mm} mm: {fault}" for fault in of_texts(sheet)]
        caption = drawing.remark
        said = [*of_estimates(id, sheet.figure, results), *of_curves(id, sheet.figure, results, caption)]
        found += [f"{id}: {fault}" for fault in (*said, *of_views(id, sheet.figure, results))]
    return found


def shown_by(figure: ReportFigure, results: Results) -> tuple[Any, ...]:
    """All that a figure is drawn from, as test_registry.py holds its record to, and what it must show."""
    held = results.further
    return (
        *(held[key] if key in held else getattr(results, key) for key in (*figure.made_of, "study", "data")),
        estimates(results).get(figure.id),
        curves(figure.id, results),
        views_of(figure.id, results),
    )


def of_texts(sheet: Sheet) -> list[str]:
    """Texts that overlap, that pass the edge or that are too small to print."""
    texts = written(sheet)
    width, height = sheet.figure.bbox.width, sheet.figure.bbox.height
    found = [
        f"“{words}” passes the edge"
        for words, _, box in texts
        if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height
    ]
    found += [f"“{words}” has {points} points" for words, points, _ in texts if points < 6]
    for (one, _, a), (other, _, b) in combinations(texts, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        down = min(a.y1, b.y1) - max(a.y0, b.y0)
        if across > TOUCHING and down > TOUCHING:
            found.append(f"“{one}” and “{other}” overlap")
    return found


def written(sheet: Sheet) -> list[tuple[str, float, Any]]:
    """Each text that is seen, its points and its box in pixels from the lower left corner."""
    with matplotlib.rc_context(style(sheet.type)):
        sheet.figure.set_dpi(100)
        renderer = FigureCanvasAgg(sheet.figure).get_renderer()
        sheet.figure.draw_without_rendering()
        unseen = labels_off_the_axis(sheet.figure)
        texts = [
            text
            for text in sheet.figure.findobj(Text)
            if text.get_text().strip() and text.get_visible() and text not in unseen
        ]
        return [
            (text.get_text(), float(text.get_fontsize()), text.get_window_extent(renderer)) for text in texts
        ]


def labels_off_the_axis(figure: Figure) -> set[Text]:
    """Labels that matplotlib keeps for ticks before or after an axis, and does not draw."""
    found: set[Text] = set()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        slack = 1e-6 * (high - low)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if not low - slack <= tick.get_loc() <= high + slack:
                found |= {tick.label1, tick.label2}
    return found


def drawn_lines(figure: Figure) -> Iterator[tuple[Any, Line2D]]:
    """Each line of the data with its axes."""
    for axes in figure.axes:
        yield from ((axes, line) for line in axes.lines if line.get_transform() == axes.transData)


def of_estimates(id: str, figure: Figure, results: Results) -> list[str]:
    """Estimates of results.json that have no mark inside the axis; marks outside of it."""
    places: list[float] = []
    found = []
    for axes, line in drawn_lines(figure):
        x, y = np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)
        for values, (low, high) in ((x, sorted(axes.get_xlim())), (y, sorted(axes.get_ylim()))):
            slack = 1e-9 * (high - low)
            if ((values < low - slack) | (values > high + slack)).any():
                found.append(f"a line leaves its axis at {values}")
        places += [*x, *y]
    drawn = np.array(places)
    return found + [
        f"{value} is not drawn"
        for value in estimates(results).get(id, ())
        if not np.isclose(drawn, value, rtol=1e-9, atol=1e-12).any()
    ]


def estimates(results: Results) -> dict[str, list[float]]:
    """By figure, every estimate in results.json that it has to show, on the figure's own scale."""
    cox = {model.id: model for model in results.cox}
    alone = [model for id, model in cox.items() if id.kind is Cox.ALONE and model.terms]
    fitted = [model for model in (*alone, cox.get(FIRTH), cox.get(TOGETHER)) if model]
    eras = [*results.eras, results.incidence_overall]
    bands = results.null_bands
    contrasts = [
        row.estimate
        for row in results.contrasts
        if row.measure == "hazard ratio" and isinstance(row.source.id, CoxId) and row.source.id.is_after_index
    ]
    if bands.immortal_time and contrasts:
        contrasts.append(bands.immortal_time.hazard_ratio.p50)
    medians = [row.latency.median for row in results.eras]
    medians += [era.latency_median for window in results.fair_eras.windows for era in window.eras]
    medians += [era.median_months.p50 for era in bands.latency.eras] if bands.latency else []
    horizons = {
        figure: [100_000 * value for stratum in analysis.strata for value in stratum.at.values() if value]
        for figure, id in INCIDENCE.items()
        if (analysis := first(results.competing, id=id))
    }
    shown: dict[str, list[float | None]] = {
        # Of no event there is the upper limit.
        "standardised_incidence": [row.sir or row.sir_ci[1] for row in results.sir if row.sir is not None],
        "forest": [term.hr for model in fitted for term in model.terms] if alone else [],
        "contrasts": contrasts,
        "incidence": [
            *(None if row.proportion is None else 100_000 * row.proportion for row in eras),
            *(row.rate_per_100k for row in eras),
        ],
        "era_ratios": [row.estimate or row.ci[1] for row in results.contrasts if row.question == ERA],
        "latency": [row.latency.median for row in results.eras],
        "fair_eras": [*medians, *horizons.get("fair_eras", [])],
        "parametric_survival": [
            value
            for row in models_in(results)
            if row.id is SurvivalId.BY_ERA and row.survival_at and row.hazard_per_100_person_years
            for value in (*row.survival_at.values(), *row.hazard_per_100_person_years.values())
        ],
        "cumulative_incidence": [*horizons.get("cumulative_incidence", [])],
    }
    return {id: [value for value in values if value is not None] for id, values in shown.items()}


def curves(id: str, results: Results) -> list[tuple[tuple[float, ...], tuple[float, ...]]]:
    """The months and heights of each curve of a figure, as shares."""
    if id == "survival_corrected":
        reset = reset_of(results)
        of_reset = reset.analysis.strata if reset else ()
        return [(stratum.curve.time, stratum.curve.survival) for stratum in of_reset]
    if id in SURVIVAL:
        analysis = first(results.survival, id=SURVIVAL[id])
        strata = analysis.strata if analysis else ()
        return [(stratum.curve.time, stratum.curve.survival) for stratum in strata]
    if id in INCIDENCE:
        competing = first(results.competing, id=INCIDENCE[id])
        of_levels = [stratum.curve for stratum in competing.strata] if competing else []
        found = [(curve.time, curve.cif) for curve in of_levels]
        if id == "cumulative_incidence":
            found += [(curve.time, curve.one_minus_km) for curve in of_levels]
        return found
    return []


def scale(id: str) -> float:
    """What a share is multiplied by in a figure."""
    return 100_000.0 if id in INCIDENCE else 1.0


def steps(figure: Figure) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Months and heights of each curve, and where its axis ends."""
    return [
        (np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float), axes.get_xlim()[1])
        for axes, line in drawn_lines(figure)
        if line.get_drawstyle() == "steps-post"
    ]


def censoring(figure: Figure) -> list[np.ndarray]:
    """Months and heights of the ticks of each curve."""
    return [np.asarray(line.get_xydata()) for _, line in drawn_lines(figure) if line.get_marker() == "|"]


def of_curves(id: str, figure: Figure, results: Results, caption: str) -> list[str]:
    """Levels without their line, and people after the end of an axis of whom no caption speaks."""
    lines, wanted = steps(figure), curves(id, results)
    if len(lines) != len(wanted):
        return [f"{len(wanted)} levels have {len(lines)} lines"]
    found = []
    for (x, y, end), (times, values) in zip(lines, wanted, strict=True):
        kept = len(x) - 1
        same = np.allclose(x[1:], times[:kept]) and np.allclose(y[1:], scale(id) * np.array(values[:kept]))
        if not same or any(time <= end - 15 for time in times[kept:]):
            found.append("a curve is not that of results.json")
        if kept < len(times) and "followed for longer" not in caption:
            found.append("the caption is silent on those who were followed for longer")
    return found


def views_of(id: str, results: Results) -> list[dict[str, Any]]:
    """What the page's script may draw in the place of a figure."""
    return [view for chart in charts(results) if id in chart["figures"] for view in chart["views"]]


def of_views(id: str, figure: Figure, results: Results) -> list[str]:
    """Curves that the page's script draws otherwise than they are printed."""
    if id not in VIEWS:
        return []
    view = next(view for view in views_of(id, results) if view["label"].startswith(VIEWS[id]))
    lines, ticks = steps(figure), censoring(figure)
    if len(lines) != len(view["groups"]):
        return ["the page draws other levels"]
    ticks = ticks or [np.empty((0, 2))] * len(lines)
    return [
        f"the page draws {group['name']} otherwise"
        for (x, y, end), marks, group in zip(lines, ticks, view["groups"], strict=True)
        if end != view["last"]
        or not np.array_equal(x, group["t"])
        or not np.allclose(y / scale(id), group["y"], atol=1e-6)
        or not np.allclose(marks, np.reshape(group["censored"], (-1, 2)), atol=1e-6)
    ]
