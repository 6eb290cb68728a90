"""How often and how long between, by era."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from analytics.render.figures.axes import LinearAxis, linear_axis
from analytics.render.figures.canvas import (
    BLUE,
    GRID,
    MUTED,
    ORANGE,
    PAPER,
    STAMP,
    Drawing,
    ReportFigure,
    Row,
    Sheet,
    line_of,
    width_of,
)
from analytics.render.figures.curves import MARGIN, UNDER_AXIS
from analytics.render.figures.estimates import Estimate, EstimateRow, Panel, Sign
from analytics.render.formats import counted, decimal, months, per_100k, with_limits
from analytics.results.document import Results
from analytics.results.incidence import EraIncidence


def has_second(results: Results) -> bool:
    return bool(results.cohort.n_second)


def incidence(results: Results) -> Drawing:
    """Per 100,000 people (conventional) and per 100,000 person-years, by era."""
    second = results.study.second_short_label
    rows = [*results.eras, replace(results.incidence_overall, era="all years")]
    title = f"How often {second} follows, by era"
    panels = (
        _panel("Conventional: share of people", "Per 100,000 people", Sign("s", ORANGE), [
            (row.era, _per_100k(row.proportion), (_per_100k(row.proportion_ci[0]),
                                                  _per_100k(row.proportion_ci[1])))
            for row in rows
        ]),
        _panel("Corrected for follow-up, not stratified: rate", "Per 100,000 person-years", Sign("o", BLUE),
               [(row.era, row.rate_per_100k, row.rate_ci) for row in rows]),
    )  # fmt: skip

    def height(width: float, points: float) -> float:
        return sum(panel.height(width, points) for panel in panels) + line_of(points)

    def paint(sheet: Sheet) -> None:
        below = panels[0].paint(sheet, STAMP)
        panels[1].paint(sheet, below + sheet.line)

    words = "; ".join(
        f"{r.era}: {r.n_second} of {r.n_index:,}, {per_100k(r.proportion)} per 100,000 people, "
        f"{decimal(r.rate_per_100k)} per 100,000 person-years" for r in rows
    )  # fmt: skip
    return Drawing(title, f"{title}. {words}.", height, paint, tuple(_data(rows)))


Value = tuple[str, float | None, tuple[float | None, float | None]]
"""A row's name, its estimate and the limits of that."""


def _panel(title: str, label: str, sign: Sign, values: list[Value]) -> Panel:
    return Panel(
        tuple(
            EstimateRow(name, (Estimate(value, limits, sign, (with_limits(value, limits, decimal),)),))
            for name, value, limits in values
        ),
        linear_axis(end for _, value, limits in values for end in (value, *limits)),
        label, ("Per 100,000 (95% CI)",), title=title,
    )  # fmt: skip


def _data(rows: list[EraIncidence]) -> list[Row]:
    data: list[Row] = []
    for row in rows:
        measures = (
            (
                "per 100,000 people",
                "conventional",
                _per_100k(row.proportion),
                map(_per_100k, row.proportion_ci),
                row.n_second,
            ),
            ("per 100,000 person-years", "corrected", row.rate_per_100k, row.rate_ci, row.observed),
        )
        for measure, stance, value, limits, n_second in measures:
            lower, upper = limits
            data.append({"era": row.era, "measure": measure, "stance": stance, "estimate": value,
                         "lower": lower, "upper": upper, "n_second": n_second})  # fmt: skip
    return data


INCIDENCE = ReportFigure(
    "incidence",
    "incidence",
    incidence,
    made_of=("eras", "incidence_overall"),
    caption="Above: conventional, the share of people. Below: corrected for follow-up, not stratified. "
    "Exact 95% confidence intervals.",
    when=has_second,
)

BIN = 3
"""Months whose people stand one over the other."""

TALLEST = 7
"""Lines of text that the dots of an era may take."""


def latency(results: Results) -> Drawing:
    """Every latency as a dot, and the part of the axis that an era's follow-up could not show."""
    study, eras = results.study, results.eras
    title = f"Months from {study.index_short_label} to {study.second_short_label}"
    top = max([p.latency_months for p in results.latency_points] + [60]) * 1.15
    top = max(top, min(e.longest_observable_latency_months or 0 for e in eras) * 1.12)
    stacks = {
        row.era: Counter(round(p.latency_months / BIN) for p in results.latency_points if p.era == row.era)
        for row in eras
    }
    highest = max((max(stack.values()) for stack in stacks.values() if stack), default=1)
    dots = min(TALLEST, 0.62 * highest + 0.4)
    """Lines that the highest stack takes."""
    label = f"Months (dashed: the rule of {study.min_latency_months} months)"

    def height(width: float, points: float) -> float:
        return (len(eras) * (dots + 1.5) + UNDER_AXIS - 0.6) * line_of(points)

    def paint(sheet: Sheet) -> None:
        each, line = (dots + 1.5) * sheet.line, sheet.line
        left = MARGIN + max(width_of(row.era, sheet.type) for row in eras) + 0.12
        right, bottom = sheet.width - 0.12, STAMP + len(eras) * each
        axes = sheet.axes(left, STAMP, right, bottom)
        axes.set_ylim(bottom, STAMP)
        _months(axes, LinearAxis(top), right - left, sheet.type)
        for at, row in enumerate(eras):
            first = STAMP + at * each
            base, pitch = first + each - 0.25 * line, dots * line / (highest + 0.4)
            sheet.text(MARGIN, first + each / 2, row.era)
            limit = row.longest_observable_latency_months
            if limit is not None and limit < top:
                axes.fill_betweenx([first + 0.06, first + each - 0.06], limit, top, color=GRID, linewidth=0)
            for place, people in stacks[row.era].items():
                ys = [base - (level + 0.5) * pitch for level in range(people)]
                axes.plot([place * BIN] * people, ys, marker="o", linestyle="", color=BLUE,
                          markersize=min(5.5, pitch * 72 * 0.95), markeredgecolor=PAPER,
                          markeredgewidth=min(0.7, pitch * 6))  # fmt: skip
            if row.latency.median is not None:
                middle = row.latency.median
                axes.plot([middle, middle], [first + 1.15 * line, base], color=ORANGE, linewidth=2)
                words = f"median {months(middle)} ({counted(row.latency.n, 'person', 'people')})"
                wide = width_of(words, sheet.small) / 2
                x = left + (right - left) * middle / top
                sheet.text(min(max(x, left + wide + 0.04), right - wide), first + 0.65 * line, words,
                           fontsize=sheet.small, color=ORANGE, ha="center")  # fmt: skip
        axes.axvline(study.min_latency_months, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
        axes.set_xlabel(label)

    words = "; ".join(
        f"{r.era}: {counted(r.latency.n, 'person', 'people')}, median {months(r.latency.median)}, range "
        f"{months(r.latency.min)} to {months(r.latency.max)}, at most "
        f"{r.longest_observable_latency_months} observable"
        for r in eras
    )
    rows: list[Row] = [{"era": p.era, "latency_months": p.latency_months} for p in results.latency_points]
    return Drawing(title, f"{title}. {words}.", height, paint, tuple(rows))


def _months(axes, axis: LinearAxis, inches: float, points: float) -> None:
    axes.set_xlim(0, axis.high)
    step = next((s for s in (12, 24, 60, 120) if axis.high / s * (points / 72 * 2.4) < inches), 240)
    axes.set_xticks(range(0, int(axis.high) + 1, step))
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


LATENCY = ReportFigure(
    "latency",
    "latency",
    latency,
    made_of=("eras", "latency_points"),
    caption="Each dot is one person. In the grey area no latency can be seen: "
    "the registry's follow-up ends before.",
    when=has_second,
)


def _per_100k(proportion: float | None) -> float | None:
    return None if proportion is None else proportion * 100_000
