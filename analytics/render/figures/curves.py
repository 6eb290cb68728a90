"""Survival and incidence curves with limits and numbers at risk."""

from __future__ import annotations

import numpy as np

from analytics.render.figures.axes import (
    ERA_PALETTE,
    PALETTE,
    TimeAxis,
    incidence_axis,
    landmark_axis,
    people_at_risk,
)
from analytics.render.figures.canvas import (
    BLUE,
    GRID,
    INK,
    MUTED,
    ORANGE,
    Drawing,
    ReportFigure,
    printed_looks,
)
from analytics.render.formats import count, counted, months, p_is
from analytics.results.document import Results
from analytics.results.survival import StepCurve, SurvivalAnalysis

WIDTH, HEIGHT, MORE = 4.8, 4.1, 0.3
"""Inches; a fourth and each further group makes a figure that much higher."""

ROW = 0.213
"""Inches from one row of numbers at risk to the next."""

LOOKS = tuple(look[:2] for look in printed_looks(PALETTE))
ERA_LOOKS = tuple(look[:2] for look in printed_looks(ERA_PALETTE))


def survival_figure(
    title: str,
    analysis: SurvivalAnalysis,
    names: dict[str, str],
    *,
    x_label: str,
    looks=LOOKS,
    limits: str = "loglog",
    has_medians: bool = True,
) -> Drawing:
    """Curves of one analysis with log-log bands and a table of numbers at risk below.

    names   what each level is called in the figure
    limits  which interval of the median the labels give
    has_medians  whether the labels give any; a curve along which nobody lives has none
    """
    strata, begins, axis = analysis.strata, analysis.from_months, landmark_axis(analysis.strata)
    last, tick = axis.last, axis.tick
    height = HEIGHT + MORE * max(0, len(strata) - 3)
    p = next((test.p_value for test in analysis.tests), None)
    test_name = "Mantel-Byar" if any(t.test == "mantel_byar" for t in analysis.tests) else "log-rank"

    def paint(figure) -> None:
        below = (0.64 + ROW * len(strata)) / height
        axes = figure.add_axes((0.115, below, 0.865, 0.935 - below))
        for stratum, (colour, dash) in zip(strata, looks, strict=False):
            x, y, low, high = _steps(stratum.curve, last, begins)
            axes.fill_between(x, low, high, step="post", color=colour, alpha=0.16, linewidth=0)
            axes.step(x, y, where="post", color=colour, linestyle=dash)
        _axes(axes, x_label, last, tick)
        _labels(axes, strata, looks, names, limits if has_medians else None)
        if begins:
            axes.axvline(begins, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
            axes.text(begins, 0.02, f" from month {begins}", fontsize=7.5, color=MUTED)
        if p is not None:
            axes.text(
                0.985,
                0.93 - _apart(len(strata)) * len(strata),
                f"{test_name} {p_is(p)}",
                transform=axes.transAxes,
                ha="right",
                color=MUTED,
            )
        _at_risk(figure, axes, strata, looks, axis, begins)

    test = f"{test_name} {p_is(p)}" if p is not None else ""
    alt = _alt(title, strata, names, test, begins, has_medians)
    return Drawing(title, alt, (WIDTH, height), paint, axis.remark)


def _steps(curve: StepCurve, last: float, begins: float = 0) -> tuple[np.ndarray, ...]:
    """The step function from (begins, 1) to its end or the axis's; limits closed up where unknown."""
    x = np.array([float(begins), *curve.time])
    y = np.array([1.0, *curve.survival])
    low = np.array([1.0, *(np.nan if v is None else v for v in curve.lower)])
    high = np.array([1.0, *(np.nan if v is None else v for v in curve.upper)])
    inside = x <= last
    x, y, low, high = x[inside], y[inside], low[inside], high[inside]
    known = np.isfinite(low) & np.isfinite(high)
    return x, y, np.where(known, low, y), np.where(known, high, y)


def _axes(axes, x_label: str, last: float, tick: float) -> None:
    axes.set_xlim(0, last)
    axes.set_ylim(0, 1.0)
    axes.set_xticks(np.arange(0, last + 1, tick))
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1.0], ["0", "25", "50", "75", "100"])
    axes.set_xlabel(x_label)
    axes.set_ylabel("Alive, %")
    axes.axhline(0.5, color=GRID, linewidth=0.8, zorder=0)


def _labels(axes, strata, looks, names, method: str | None) -> None:
    """Direct labels in the empty upper right corner, each with a stroke of its line.

    method  of the interval of the median; None without medians
    """
    apart = _apart(len(strata))
    for at, (stratum, (colour, dash)) in enumerate(zip(strata, looks, strict=False)):
        height = 0.945 - apart * at
        axes.plot([0.34, 0.40], [height, height], color=colour, linestyle=dash, transform=axes.transAxes)
        axes.text(0.42, height, names[stratum.level], transform=axes.transAxes, va="center",
                  fontweight="bold", color=INK)  # fmt: skip
        if method is None:
            continue
        limits = stratum.median_ci.get(method) or (None, None)
        low, high = ("not reached" if v is None else months(v) for v in limits)
        median = "not reached" if stratum.median is None else f"{months(stratum.median)} mo"
        axes.text(0.42, height - 0.06, f"median {median} (95% CI {low} to {high})",
                  transform=axes.transAxes, va="center", fontsize=7.5, color=MUTED)  # fmt: skip


def _apart(groups: int) -> float:
    """Share of the height of the axes from one label to the next."""
    return 0.155 if groups < 4 else min(0.135, 0.9 / (groups + 1))


def _at_risk(figure, axes, strata, looks, axis: TimeAxis, begins: int) -> None:
    """Numbers at risk in figure coordinates under the axis."""
    box, row = axes.get_position(), ROW / figure.get_size_inches()[1]
    figure.text(0.012, row * (len(strata) + 0.48), "At risk", fontsize=7.5, fontweight="bold", va="center")
    for at, (stratum, (colour, _)) in enumerate(zip(strata, looks, strict=False)):
        height = row * (len(strata) - at - 0.46)
        figure.text(0.012, height, "●", color=colour, fontsize=7, va="center")
        for when in axis.ticks:
            people = people_at_risk(stratum, when, begins)
            if people is None:
                continue
            x = box.x0 + box.width * when / axis.last
            figure.text(x, height, count(people), fontsize=7.5, va="center",
                        ha="right" if when == axis.last else "center")  # fmt: skip


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


def cumulative_incidence(results: Results) -> Drawing:
    """Everybody's with death competing, and one minus Kaplan-Meier at the horizons beside it."""
    study, stratum = results.study, results.competing[0].strata[0]
    title = f"Cumulative incidence of {study.second_short_label}"
    curve, scale, axis = stratum.curve, 100_000, incidence_axis(results, results.competing[0].id)

    def paint(figure) -> None:
        axes = figure.add_axes((0.115, 0.13, 0.865, 0.80))
        x = np.array([0.0, *curve.time])
        y = np.array([0.0, *curve.cif]) * scale
        low, high = (
            np.array([0.0, *(at if v is None else v for v, at in zip(side, curve.cif, strict=True))]) * scale
            for side in (curve.lower, curve.upper)
        )
        inside = x <= axis.last
        x, y, low, high = x[inside], y[inside], low[inside], high[inside]
        axes.fill_between(x, low, high, step="post", color=BLUE, alpha=0.16, linewidth=0)
        axes.step(x, y, where="post", color=BLUE)
        wrong = [(int(h), v * scale) for h, v in stratum.one_minus_km_at.items() if v is not None]
        axes.plot([h for h, _ in wrong], [v for _, v in wrong], color=ORANGE, linestyle=(0, (2, 2)),
                  marker="x", markersize=5, linewidth=1)  # fmt: skip
        if wrong:
            at = wrong[min(1, len(wrong) - 1)]
            axes.annotate("one minus Kaplan-Meier\n(counts the dead as at risk)", at, xytext=(-8, 12),
                          textcoords="offset points", ha="right", color=ORANGE, fontsize=8)  # fmt: skip
        right = [(int(h), v * scale) for h, v in stratum.at.items() if v is not None]
        if right:
            axes.annotate("death competing", right[-1], xytext=(0, -13), textcoords="offset points",
                          ha="right", color=BLUE, fontsize=8, fontweight="bold")  # fmt: skip
        axes.set_xlim(0, axis.last)
        axes.set_ylim(0, None)
        axes.set_xticks(axis.ticks)
        axes.set_xlabel(f"Months since {study.index_label}")
        axes.set_ylabel("Per 100,000 people")

    pairs = "; ".join(
        f"{int(h) // 12} years {v * scale:.0f} against {(stratum.one_minus_km_at[h] or 0) * scale:.0f}"
        for h, v in stratum.at.items()
        if v is not None
    )
    alt = (
        f"{title}. Cumulative incidence per 100,000, and one minus Kaplan-Meier, which is too high: {pairs}."
    )
    return Drawing(title, alt, (4.8, 3.4), paint, axis.remark)


CUMULATIVE_INCIDENCE = ReportFigure(
    "cumulative_incidence",
    "competing",
    cumulative_incidence,
    made_of=("competing",),
    caption="Log-log band.",
)
