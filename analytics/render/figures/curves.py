"""Survival and incidence curves with limits and numbers at risk."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from analytics.render.figures.axes import (
    ERA_PALETTE,
    PALETTE,
    TimeAxis,
    censored,
    incidence_axis,
    landmark_axis,
    people_at_risk,
)
from analytics.render.figures.canvas import (
    BLUE,
    GRID,
    MUTED,
    ORANGE,
    SMALLER,
    STAMP,
    STROKE,
    Drawing,
    ReportFigure,
    Row,
    Sheet,
    line_of,
    lines_in,
    printed_looks,
    width_of,
    wrapped,
)
from analytics.render.formats import count, counted, months, p_is
from analytics.results.document import Results
from analytics.results.survival import StepCurve, SurvivalAnalysis, SurvivalStratum

TALL = 0.42
"""Height of the axes over the width of the figure."""

LOOKS = tuple(look[:2] for look in printed_looks(PALETTE))
ERA_LOOKS = tuple(look[:2] for look in printed_looks(ERA_PALETTE))

CENSORING = "Ticks on the curves: follow-up ended there."


def survival_figure(
    title: str,
    analysis: SurvivalAnalysis,
    names: dict[str, str],
    *,
    x_label: str,
    looks=LOOKS,
    has_medians: bool = True,
) -> Drawing:
    """Curves of one analysis with log-log bands, marks of censoring and a table of numbers at risk below.

    names   what each level is called in the figure
    has_medians  whether the labels give medians; a curve along which nobody lives has none
    """
    strata, begins, axis = analysis.strata, analysis.from_months, landmark_axis(analysis.strata)
    p = next((test.p_value for test in analysis.tests), None)
    test_name = "Mantel-Byar" if any(t.test == "mantel_byar" for t in analysis.tests) else "log-rank"
    test = f"{test_name} {p_is(p)}" if p is not None else ""
    legend = [
        (names[stratum.level], _about(stratum) if has_medians else "", *look)
        for stratum, look in zip(strata, looks, strict=False)
    ]
    if test and len(strata) > 1:
        legend.append(("", test, "", ""))

    def height(width: float, points: float) -> float:
        below = at_risk_height([names[s.level] for s in strata], points)
        return legend_height(legend, width, points) + TALL * width + below

    def paint(sheet: Sheet) -> None:
        top = paint_legend(sheet, legend)
        axes = axes_of_months(sheet, top, top + TALL * sheet.width, axis, x_label, "Alive, %")
        for stratum, (colour, dash) in zip(strata, looks, strict=False):
            x, y, low, high = steps_to(stratum.curve, axis.last, begins)
            axes.fill_between(x, low, high, step="post", color=colour, alpha=0.16, linewidth=0)
            axes.step(x, y, where="post", color=colour, linestyle=dash)
            ends = censored(stratum.curve, axis.last)
            axes.plot([month for month, _ in ends], [at for _, at in ends], marker="|", linestyle="",
                      color=colour, markersize=5, markeredgewidth=0.9)  # fmt: skip
        axes.set_ylim(0, 1.0)
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1.0], ["0", "25", "50", "75", "100"])
        axes.axhline(0.5, color=GRID, linewidth=0.8, zorder=0)
        if begins:
            axes.axvline(begins, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
            axes.text(begins, 0.03, f" from month {begins}", fontsize=sheet.small, color=MUTED)
        numbers = [
            (names[stratum.level], look[0],
             [(month, count(people)) for month in axis.ticks
              if (people := people_at_risk(stratum, month, begins)) is not None])
            for stratum, look in zip(strata, looks, strict=False)
        ]  # fmt: skip
        paint_at_risk(sheet, top + TALL * sheet.width, axis.last, numbers)

    rows = tuple(row for s in strata for row in _rows(names[s.level], s, begins))
    alt = _alt(title, strata, names, test, begins, has_medians)
    return Drawing(title, alt, height, paint, rows, f"{CENSORING} {axis.remark}".strip())


def _rows(name: str, stratum: SurvivalStratum, begins: float) -> list[Row]:
    """A row a step, the beginning first."""
    curve = stratum.curve
    steps = zip(
        (float(begins), *curve.time), (1.0, *curve.survival), (None, *curve.lower), (None, *curve.upper),
        (None, *curve.at_risk), (None, *curve.events), strict=True,
    )  # fmt: skip
    return [
        {"group": name, "month": month, "survival": y, "lower": low, "upper": high, "at_risk": n,
         "deaths": deaths}
        for month, y, low, high, n, deaths in steps
    ]  # fmt: skip


def _about(stratum: SurvivalStratum) -> str:
    if not stratum.events:
        return "no deaths"
    limits = stratum.median_ci.get("loglog") or (None, None)
    low, high = ("not reached" if v is None else months(v) for v in limits)
    median = "not reached" if stratum.median is None else f"{months(stratum.median)} months"
    return f"median {median} (95% CI {low} to {high})"


def steps_to(curve: StepCurve, last: float, begins: float = 0) -> tuple[np.ndarray, ...]:
    """The step function from (begins, 1) to its end or the axis's; limits closed up where unknown."""
    x = np.array([float(begins), *curve.time])
    y = np.array([1.0, *curve.survival])
    low = np.array([1.0, *(np.nan if v is None else v for v in curve.lower)])
    high = np.array([1.0, *(np.nan if v is None else v for v in curve.upper)])
    inside = x <= last
    x, y, low, high = x[inside], y[inside], low[inside], high[inside]
    known = np.isfinite(low) & np.isfinite(high)
    return x, y, np.where(known, low, y), np.where(known, high, y)


LEFT, RIGHT = 8.8, 2.2
"""Room beside the axes for the labels of its heights and half a label of its end, in widths of a letter."""

MARGIN = 0.03
"""Inches between the edge of a figure and what stands next to it."""

MARK = 4
"""Points, of a mark on a line."""

BELOW_LEGEND = 0.14
"""Inches, half of the highest label of an axis among them."""

Entry = tuple[str, str, str, object]
"""Of a legend: a name, what to know of it, colour and dash; without a colour it has no stroke."""


def legend_height(entries: list[Entry], width: float, points: float) -> float:
    return (
        sum(lines_in(about) for _, _, about in _legend(entries, width, points)) * line_of(points)
        + BELOW_LEGEND
    )


def _legend(entries: list[Entry], width: float, points: float) -> list[tuple[float, float, str]]:
    """Where the name and what to know of it begin, and the latter in as many lines as it takes."""
    placed = []
    for name, about, colour, _ in entries:
        left = MARGIN + STROKE + 0.08 if colour else MARGIN
        after = left + width_of(name, points, "bold") + 0.1 if name else left
        placed.append((left, after, wrapped(about, width - after - MARGIN, points - SMALLER)))
    return placed


def paint_legend(
    sheet: Sheet, entries: list[Entry], markers: Sequence[str] = (), widths: Sequence[float | None] = ()
) -> float:
    """Names above the axes, each beside a stroke of its line; inches from the top to where they end.

    markers  one an entry, on its stroke, where lines have marks; "" for a line without
    widths   of the strokes, one an entry, where they differ; None for one as wide as others
    """
    y = STAMP + sheet.line / 2
    placed = _legend(entries, sheet.width, sheet.type)
    for at, ((name, _, colour, dash), (left, after, about)) in enumerate(zip(entries, placed, strict=True)):
        if colour:
            sheet.stroke(MARGIN, y, colour, dash, *widths[at : at + 1])
        if markers and markers[at]:
            sheet.mark(MARGIN + STROKE / 2, y, markers[at], colour, markersize=MARK)
        if name:
            sheet.text(left, y, name, fontweight="bold")
        if about:
            sheet.text(after, y, about, fontsize=sheet.small, color=MUTED)
        y += lines_in(about) * sheet.line
    return y - sheet.line / 2 + BELOW_LEGEND


def axes_of_months(sheet: Sheet, top: float, bottom: float, axis: TimeAxis, x_label: str, y_label: str):
    """Axes from 0 to the end of an axis of months, between two distances from the upper edge."""
    letter = width_of("0", sheet.type)
    wide = sheet.width - (LEFT + RIGHT) * letter
    axes = sheet.axes(LEFT * letter, top, sheet.width - RIGHT * letter, bottom)
    axes.set_xlim(0, axis.last)
    room = wide / max(1, len(axis.ticks) - 1)
    every = 1 if room > width_of(f"{axis.last}0", sheet.type) else 2
    axes.set_xticks(axis.ticks, [str(t) if at % every == 0 else "" for at, t in enumerate(axis.ticks)])
    axes.set_xlabel(wrapped(x_label, wide, sheet.type))
    axes.set_ylabel(y_label, labelpad=2)
    return axes


UNDER_AXIS = 3.4
"""Lines from the axis to the heading of the numbers at risk: its labels and its name."""


def at_risk_height(names: list[str], points: float) -> float:
    return (UNDER_AXIS + 0.9 + 1.9 * len(names)) * line_of(points)


def paint_at_risk(
    sheet: Sheet, bottom: float, last: float, groups: list[tuple[str, str, list[tuple[int, str]]]]
) -> None:
    """Numbers at risk under their months, each group's below its name.

    bottom  inches from the upper edge to the axis
    groups  name, colour and the numbers by month
    """
    letter = width_of("0", sheet.type)
    left, right = LEFT * letter, sheet.width - RIGHT * letter
    y = bottom + UNDER_AXIS * sheet.line
    sheet.text(MARGIN, y, "Number at risk by month", fontweight="bold", fontsize=sheet.small)
    for name, colour, numbers in groups:
        y += 0.95 * sheet.line
        sheet.mark(MARGIN + 0.05, y, "o", colour, markersize=4)
        sheet.text(MARGIN + 0.13, y, name, fontsize=sheet.small)
        y += 0.95 * sheet.line
        widest = max((width_of(text, sheet.small) for _, text in numbers), default=0)
        spaces = [later - month for (month, _), (later, _) in pairwise(numbers)]
        room = min(spaces, default=last) * (right - left) / last
        every = int(-(-(widest + 0.06) // room))
        for at, (month, text) in enumerate(numbers):
            if at % every:
                continue
            x = min(
                left + (right - left) * month / last, sheet.width - MARGIN - width_of(text, sheet.small) / 2
            )
            sheet.text(x, y, text, fontsize=sheet.small, ha="center")


def _alt(title: str, strata, names, test: str, begins: int, has_medians: bool) -> str:
    parts = [
        f"{names[s.level]}: {counted(s.n, 'person', 'people')}, {counted(s.events, 'death')}"
        + (", median " if has_medians else "")
        + ("" if not has_medians else "not reached" if s.median is None else f"{months(s.median)} months")
        for s in strata
    ]
    ending = f" Test: {test}." if test and len(strata) > 1 else ""
    ending += f" All of it is of those alive at month {begins}." if begins else ""
    return f"{title}. Survival curves with 95% bands and numbers at risk. {'; '.join(parts)}.{ending}"


SCALE = 100_000


def cumulative_incidence(results: Results) -> Drawing:
    """Everybody's with death competing, and the steps of one minus Kaplan-Meier above them."""
    study, stratum = results.study, results.competing[0].strata[0]
    title = f"Cumulative incidence of {study.second_short_label}"
    curve, axis = stratum.curve, incidence_axis(results, results.competing[0].id)
    legend: list[Entry] = [
        ("with death competing", "", BLUE, "-"),
        ("one minus Kaplan-Meier", "too high: it counts the dead as at risk", ORANGE, DOTTED),
    ]

    def height(width: float, points: float) -> float:
        return legend_height(legend, width, points) + TALL * width + UNDER_AXIS * line_of(points)

    def paint(sheet: Sheet) -> None:
        top = paint_legend(sheet, legend)
        axes = axes_of_months(sheet, top, top + TALL * sheet.width, axis,
                              f"Months since {study.index_label}", "Per 100,000 people")  # fmt: skip
        x = np.array([0.0, *curve.time])
        y, wrong = (np.array([0.0, *values]) * SCALE for values in (curve.cif, curve.one_minus_km))
        low, high = (
            np.array([0.0, *(at if v is None else v for v, at in zip(side, curve.cif, strict=True))]) * SCALE
            for side in (curve.lower, curve.upper)
        )
        inside = x <= axis.last
        x, y, wrong, low, high = x[inside], y[inside], wrong[inside], low[inside], high[inside]
        axes.fill_between(x, low, high, step="post", color=BLUE, alpha=0.16, linewidth=0)
        axes.step(x, y, where="post", color=BLUE)
        axes.step(x, wrong, where="post", color=ORANGE, linestyle=DOTTED)
        axes.set_ylim(0, None)

    pairs = "; ".join(
        f"{int(h) // 12} years {v * SCALE:.0f} against {(stratum.one_minus_km_at[h] or 0) * SCALE:.0f}"
        for h, v in stratum.at.items()
        if v is not None
    )
    alt = (
        f"{title}. Cumulative incidence per 100,000, and one minus Kaplan-Meier, which is too high: {pairs}."
    )
    rows = [
        {"estimator": "death competing", "month": month, "incidence": value, "lower": lower, "upper": upper}
        for month, value, lower, upper in zip(curve.time, curve.cif, curve.lower, curve.upper, strict=True)
    ]
    rows += [
        {"estimator": "one minus Kaplan-Meier", "month": month, "incidence": value}
        for month, value in zip(curve.time, curve.one_minus_km, strict=True)
    ]
    return Drawing(title, alt, height, paint, tuple(rows), axis.remark)


DOTTED = (0, (2, 2))

CUMULATIVE_INCIDENCE = ReportFigure(
    "cumulative_incidence",
    "competing",
    cumulative_incidence,
    made_of=("competing",),
    caption="Log-log band.",
)
