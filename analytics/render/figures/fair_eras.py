"""The eras on equal terms: incidence with death competing, and latencies beside what no change would show."""

from __future__ import annotations

import numpy as np

from analytics.render.figures.axes import ERA_PALETTE, incidence_axis
from analytics.render.figures.canvas import (
    INK,
    MUTED,
    PAPER,
    SHADE,
    Drawing,
    ReportFigure,
    beside,
    printed_looks,
)
from analytics.render.formats import months, per_100k, short
from analytics.render.lookup import first, the
from analytics.results.document import Results
from analytics.results.ids import CompetingId

LOOKS = printed_looks(ERA_PALETTE)
SCALE = 100_000
SHIFT = 2.5
"""Months by which the limits of two eras stand apart at a horizon."""


def fair_eras(results: Results) -> Drawing:
    """Every era; the left panel is incidence, the right one medians of latency."""
    eras = tuple(row.era for row in results.eras)
    title = "The eras on equal terms"
    rows = _latency_rows(results, eras)

    def paint(figure) -> None:
        _incidence(figure.add_axes((0.075, 0.155, 0.40, 0.765)), results, eras)
        _latencies(figure.add_axes((0.665, 0.155, 0.32, 0.765)), rows, eras)

    incidence = "; ".join(
        f"by {horizon.months // 12} years "
        + ", ".join(f"{row.era} {per_100k(row.incidence)}" for row in horizon.eras)
        for horizon in results.fair_eras.horizons
    )
    latencies = "; ".join(
        f"{name}: " + ", ".join(f"{era} {months(value)}" for era, value in zip(eras, values, strict=True))
        for name, values, _ in rows
    )
    alt = f"{title}. Cumulative incidence per 100,000: {incidence}. Median months: {latencies}."
    remark = incidence_axis(results, CompetingId.BY_ERA).remark
    return Drawing(title, alt, (6.4, 2.9 + 0.3 * max(0, len(eras) - 3)), paint, remark and f"Left: {remark}")


FAIR_ERAS = ReportFigure(
    "fair_eras",
    "eras",
    fair_eras,
    made_of=("eras", "fair_eras", "competing", "null_bands"),
    caption="Left: death competing, log-log confidence intervals at 5, 10, 15 and 20 years. "
    "Right: grey, where the median would lie in four of five cohorts with one constant hazard in both eras; "
    "filled, as observed; hollow, inside a window that everybody counted could be followed through.",
    when=lambda results: bool(results.cohort.n_second and results.fair_eras.horizons),
)


def _incidence(axes, results: Results, eras: tuple[str, ...]) -> None:
    by_era = first(results.competing, id=CompetingId.BY_ERA)
    top, axis = 0.0, incidence_axis(results, CompetingId.BY_ERA)
    for k, (era, (colour, dash, mark)) in enumerate(zip(eras, LOOKS, strict=False)):
        stratum = first(by_era.strata, level=era) if by_era else None
        if stratum is None:
            continue
        x, y = np.array([0.0, *stratum.curve.time]), np.array([0.0, *stratum.curve.cif]) * SCALE
        axes.step(x[x <= axis.last], y[x <= axis.last], where="post", color=colour, linestyle=dash, label=era)
        for horizon, value in stratum.at.items():
            low, high = stratum.at_ci[horizon]
            if value is None or low is None or high is None:
                continue
            at = int(horizon) + (2 * k - len(eras) + 1) * SHIFT
            axes.plot([at, at], [low * SCALE, high * SCALE], color=colour, linewidth=1)
            axes.plot([at], [value * SCALE], marker=mark, color=colour, markersize=5, markeredgecolor=PAPER,
                      markeredgewidth=0.6)  # fmt: skip
            top = max(top, high * SCALE)
    axes.set_xlim(0, axis.last + len(eras) * SHIFT)
    # Room for the names of the eras above the curves.
    axes.set_ylim(0, top * (1.05 + 0.1 * len(eras)) or 1)
    axes.set_xticks(axis.ticks, [short(month / 12) for month in axis.ticks])
    axes.set_xlabel(f"Years since {results.study.index_short_label}")
    axes.set_title("Cumulative incidence per 100,000")
    axes.legend(loc="upper left", fontsize=8, handlelength=2.4, borderaxespad=0.2)


def _latency_rows(results: Results, eras: tuple[str, ...]) -> list[tuple[str, list, list]]:
    """Name, the medians of each era and, for the simulation, their bands."""
    observed = [the(results.eras, era=era).latency.median for era in eras]
    rows: list[tuple[str, list, list]] = [("As observed", observed, [])]
    null = results.null_bands.latency
    if null:
        bands = [the(null.eras, era=era).median_months for era in eras]
        rows.append(("If nothing changed", [band.p50 for band in bands], bands))
    for window in results.fair_eras.windows:
        medians = [the(window.eras, era=era).latency_median for era in eras]
        rows.append((f"Within {window.window_months // 12} years", medians, []))
    return rows


def _latencies(axes, rows: list[tuple[str, list, list]], eras: tuple[str, ...]) -> None:
    top = 12.0
    for at, (name, medians, bands) in enumerate(rows):
        beside(axes, at, name, fontsize=8, fontweight="bold" if at == 0 else "normal")
        if bands:
            axes.axhspan(at - 0.45, at + 0.45, color=SHADE, linewidth=0, zorder=0)
        for k, (median, (colour, _, mark)) in enumerate(zip(medians, LOOKS, strict=False)):
            y = at + (2 * k - len(eras) + 1) * 0.34 / len(eras)
            if bands and bands[k].p10 is not None:
                axes.plot([bands[k].p10, bands[k].p90], [y, y], color=colour, linewidth=1.2)
                top = max(top, bands[k].p90)
            if median is None:
                continue
            hollow = name.startswith("Within")
            axes.plot([median], [y], marker=mark, color=colour, markersize=5.5, markeredgecolor=colour,
                      markerfacecolor=PAPER if hollow else colour, zorder=3)  # fmt: skip
            end = bands[k].p90 if bands else median
            axes.annotate(months(median), (end, y), xytext=(6, 0), textcoords="offset points",
                          fontsize=7.5, va="center", color=MUTED if bands else INK)  # fmt: skip
            top = max(top, median)
    axes.set_xlim(0, top * 1.22)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("Months")
    axes.set_title("Median latency")
