"""Survival and incidence curves with limits and numbers at risk."""

from __future__ import annotations

import numpy as np

from analytics.render.figures.canvas import (
    BLUE,
    GREEN,
    GRID,
    INK,
    MUTED,
    ORANGE,
    PURPLE,
    Drawing,
    ReportFigure,
)
from analytics.render.formats import count, counted, months, p_is
from analytics.results.document import Results
from analytics.results.survival import StepCurve, SurvivalAnalysis

SIZE = (4.8, 4.1)
LOOKS = ((BLUE, "-"), (ORANGE, (0, (5, 1.2))))
ERA_LOOKS = ((PURPLE, "-"), (GREEN, (0, (5, 1.2))), *LOOKS, (INK, (0, (1, 1))))


def survival_figure(
    title: str,
    analysis: SurvivalAnalysis,
    names: dict[str, str],
    *,
    x_label: str,
    looks=LOOKS,
    limits: str = "loglog",
    last: float = 300,
    tick: float = 60,
    has_medians: bool = True,
) -> Drawing:
    """Curves of one analysis with log-log bands and a table of numbers at risk below.

    names   what each level is called in the figure
    limits  which interval of the median the labels give
    last    months at which the axis ends
    has_medians  whether the labels give any; a curve along which nobody lives has none
    """
    strata, begins = analysis.strata, analysis.from_months
    p = next((test.p_value for test in analysis.tests), None)
    test_name = "Mantel-Byar" if any(t.test == "mantel_byar" for t in analysis.tests) else "log-rank"

    def paint(figure) -> None:
        rows = len(strata)
        below = 0.155 + 0.052 * rows
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
                0.91 - 0.155 * len(strata),
                f"{test_name} {p_is(p)}",
                transform=axes.transAxes,
                ha="right",
                color=MUTED,
            )
        _at_risk(figure, axes, strata, looks, names, tick, last)

    test = f"{test_name} {p_is(p)}" if p is not None else ""
    return Drawing(title, _alt(title, strata, names, test, begins, has_medians), SIZE, paint)


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
    apart = 0.155 if len(strata) < 4 else 0.12
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


def _at_risk(figure, axes, strata, looks, names, tick: float, last: float) -> None:
    """Numbers at risk in figure coordinates under the axis."""
    box = axes.get_position()
    figure.text(0.012, 0.052 * len(strata) + 0.025, "At risk", fontsize=7.5, fontweight="bold", va="center")
    for at, (stratum, (colour, _)) in enumerate(zip(strata, looks, strict=False)):
        height = 0.052 * (len(strata) - at) - 0.024
        figure.text(0.012, height, "●", color=colour, fontsize=7, va="center")
        table = stratum.risk_table
        for when, people in zip(table.time, table.at_risk, strict=True):
            if when > last or when % tick:
                continue
            x = box.x0 + box.width * when / last
            figure.text(x, height, count(people), fontsize=7.5, va="center",
                        ha="right" if when == last else "center")  # fmt: skip


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
    curve, scale = stratum.curve, 100_000

    def paint(figure) -> None:
        axes = figure.add_axes((0.115, 0.13, 0.865, 0.80))
        x = np.array([0.0, *curve.time])
        y = np.array([0.0, *curve.cif]) * scale
        error = np.array([0.0, *(np.nan if v is None else v for v in curve.std_error)]) * scale
        inside = x <= 252
        x, y, error = x[inside], y[inside], error[inside]
        axes.fill_between(x, np.maximum(y - 1.96 * error, 0), y + 1.96 * error, step="post", color=BLUE,
                          alpha=0.16, linewidth=0)  # fmt: skip
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
        axes.set_xlim(0, 252)
        axes.set_ylim(0, None)
        axes.set_xticks(range(0, 241, 60))
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
    return Drawing(title, alt, (4.8, 3.4), paint)


CUMULATIVE_INCIDENCE = ReportFigure(
    "cumulative_incidence",
    "competing",
    cumulative_incidence,
    made_of=("competing",),
    caption="The band is 1.96 standard errors either way.",
)
