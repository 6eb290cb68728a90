"""The eras on equal terms: incidence with death competing, and latencies beside what no change would show."""

from __future__ import annotations

import numpy as np

from analytics.render.figures.axes import ERA_PALETTE, incidence_axis, linear_axis
from analytics.render.figures.canvas import (
    PAPER,
    Drawing,
    ReportFigure,
    Row,
    Sheet,
    line_of,
    printed_looks,
)
from analytics.render.figures.curves import (
    SCALE,
    TALL,
    UNDER_AXIS,
    Entry,
    axes_of_months,
    legend_height,
    paint_legend,
)
from analytics.render.figures.estimates import Estimate, EstimateRow, Panel, Sign
from analytics.render.formats import months, per_100k
from analytics.render.lookup import first, the
from analytics.results.document import Results
from analytics.results.ids import CompetingId

LOOKS = printed_looks(ERA_PALETTE)
SHIFT = 2.5
"""Months by which the limits of two eras stand apart at a horizon."""

Medians = list[tuple[float | None, tuple[float | None, float | None]]]
"""Of each era: months, and the 10th and 90th percentile of simulations where they are of those."""


def fair_eras(results: Results) -> Drawing:
    """Every era; above, incidence; below, medians of latency."""
    eras = tuple(row.era for row in results.eras)
    title = "The eras on equal terms"
    rows = _latency_rows(results, eras)
    legend: list[Entry] = [
        (era, "", colour, dash) for era, (colour, dash, _) in zip(eras, LOOKS, strict=False)
    ]
    panel = Panel(
        tuple(_row(name, eras, medians) for name, medians in rows),
        linear_axis(end for _, medians in rows for value, limits in medians for end in (value, *limits)),
        "Median latency, months", ("Era", "Months"),
    )  # fmt: skip

    def height(width: float, points: float) -> float:
        above = legend_height(legend, width, points) + TALL * width + (UNDER_AXIS - 0.4) * line_of(points)
        return above + panel.height(width, points)

    def paint(sheet: Sheet) -> None:
        top = paint_legend(sheet, legend)
        bottom = top + TALL * sheet.width
        axis = incidence_axis(results, CompetingId.BY_ERA)
        axes = axes_of_months(sheet, top, bottom, axis, f"Months since {results.study.index_short_label}",
                              "Per 100,000 people")  # fmt: skip
        _incidence(axes, results, eras, axis.last)
        panel.paint(sheet, bottom + (UNDER_AXIS - 0.4) * sheet.line)

    incidence = "; ".join(
        f"by {horizon.months // 12} years "
        + ", ".join(f"{row.era} {per_100k(row.incidence)}" for row in horizon.eras)
        for horizon in results.fair_eras.horizons
    )
    latencies = "; ".join(
        f"{name}: "
        + ", ".join(f"{era} {months(value)}" for era, (value, _) in zip(eras, values, strict=True))
        for name, values in rows
    )
    alt = f"{title}. Cumulative incidence per 100,000: {incidence}. Median months: {latencies}."
    remark = incidence_axis(results, CompetingId.BY_ERA).remark
    return Drawing(
        title, alt, height, paint, tuple(_data(results, rows, eras)), remark and f"Above: {remark}"
    )


FAIR_ERAS = ReportFigure(
    "fair_eras",
    "eras",
    fair_eras,
    made_of=("eras", "fair_eras", "competing", "null_bands"),
    caption="Above: cumulative incidence with death competing, log-log confidence intervals at 5, 10, 15 and "
    "20 years. Below: in square brackets, where the median would lie in four of five cohorts with one "
    "constant hazard in both eras; filled, as observed; hollow, inside a window that everybody counted could "
    "be followed through.",
    when=lambda results: bool(results.cohort.n_second and results.fair_eras.horizons),
)


def _row(name: str, eras: tuple[str, ...], medians: Medians) -> EstimateRow:
    """A line an era."""
    estimates = []
    for era, (median, limits), (colour, _, marker) in zip(eras, medians, LOOKS, strict=False):
        is_simulated = limits[0] is not None
        sign = Sign(marker, colour, hollow=name.startswith("Within"), is_band=is_simulated)
        text = months(median)
        if is_simulated:
            text += f" [{months(limits[0])} to {months(limits[1])}]"
        estimates.append(Estimate(median, limits if is_simulated else (median, median), sign, (era, text)))
    note = "simulated; median [10th to 90th percentile]" if name == UNCHANGED else ""
    return EstimateRow(name, tuple(estimates), note, is_strong=name == OBSERVED)


OBSERVED, UNCHANGED = "As observed", "If nothing changed"


def _incidence(axes, results: Results, eras: tuple[str, ...], last: int) -> None:
    by_era = first(results.competing, id=CompetingId.BY_ERA)
    top = 0.0
    for k, (era, (colour, dash, mark)) in enumerate(zip(eras, LOOKS, strict=False)):
        stratum = first(by_era.strata, level=era) if by_era else None
        if stratum is None:
            continue
        x, y = np.array([0.0, *stratum.curve.time]), np.array([0.0, *stratum.curve.cif]) * SCALE
        axes.step(x[x <= last], y[x <= last], where="post", color=colour, linestyle=dash)
        for horizon, value in stratum.at.items():
            low, high = stratum.at_ci[horizon]
            if value is None or low is None or high is None:
                continue
            at = int(horizon) + (2 * k - len(eras) + 1) * SHIFT
            axes.plot([at, at], [low * SCALE, high * SCALE], color=colour, linewidth=1)
            axes.plot([at], [value * SCALE], marker=mark, color=colour, markersize=5, markeredgecolor=PAPER,
                      markeredgewidth=0.6)  # fmt: skip
            top = max(top, high * SCALE)
    axes.set_xlim(0, last + len(eras) * SHIFT)
    axes.set_ylim(0, top * 1.05 or 1)


def _latency_rows(results: Results, eras: tuple[str, ...]) -> list[tuple[str, Medians]]:
    """Name and the medians of each era: as observed, simulated, and in each window."""
    none = (None, None)
    rows: list[tuple[str, Medians]] = [
        (OBSERVED, [(the(results.eras, era=era).latency.median, none) for era in eras])
    ]
    null = results.null_bands.latency
    if null:
        bands = [the(null.eras, era=era).median_months for era in eras]
        rows.append((UNCHANGED, [(band.p50, (band.p10, band.p90)) for band in bands]))
    for window in results.fair_eras.windows:
        medians = [the(window.eras, era=era).latency_median for era in eras]
        rows.append((f"Within {window.window_months // 12} years", [(median, none) for median in medians]))
    return rows


def _data(results: Results, rows: list[tuple[str, Medians]], eras: tuple[str, ...]) -> list[Row]:
    by_era = first(results.competing, id=CompetingId.BY_ERA)
    data: list[Row] = []
    for stratum in by_era.strata if by_era else ():
        curve = stratum.curve
        data += [
            {"era": stratum.level, "measure": "cumulative incidence", "month": month, "estimate": value,
             "lower": lower, "upper": upper}
            for month, value, lower, upper in zip(
                curve.time, curve.cif, curve.lower, curve.upper, strict=True
            )
        ]  # fmt: skip
    for name, medians in rows:
        data += [
            {"era": era, "measure": f"median latency in months, {name[:1].lower()}{name[1:]}",
             "estimate": value, "lower": limits[0], "upper": limits[1]}
            for era, (value, limits) in zip(eras, medians, strict=True)
        ]  # fmt: skip
    return data
