"""How often and how long between, by era."""

from __future__ import annotations

from dataclasses import replace

from analytics.render.figures.canvas import BLUE, GRID, MUTED, ORANGE, PAPER, Drawing, ReportFigure
from analytics.render.formats import decimal, months, per_100k, with_limits
from analytics.results.document import Results


def has_second(results: Results) -> bool:
    return bool(results.cohort.n_second)


def incidence(results: Results) -> Drawing:
    """Per 100,000 people (conventional) and per 100,000 person-years, by era."""
    second = results.study.second_short_label
    rows = [*results.eras, replace(results.incidence_overall, era="all years")]
    title = f"How often {second} follows, by era"
    panels = (
        (
            "Per 100,000 people",
            ORANGE,
            "s",
            lambda r: (_per_100k(r.proportion), [_per_100k(v) for v in r.proportion_ci]),
        ),
        ("Per 100,000 person-years", BLUE, "o", lambda r: (r.rate_per_100k, r.rate_ci)),
    )

    def paint(figure) -> None:
        for at, (label, colour, mark, read) in enumerate(panels):
            axes = figure.add_axes((0.13 + 0.45 * at, 0.22, 0.40, 0.66))
            top = max((read(r)[1][1] or 0 for r in rows), default=1) * 1.08 or 1
            for y, row in enumerate(rows):
                value, limits = read(row)
                if value is not None and limits[0] is not None:
                    axes.plot(limits, [y, y], color=colour, linewidth=1.6)
                    axes.plot([value], [y], marker=mark, color=colour, markersize=6)
                    text = with_limits(value, limits, decimal)
                    axes.annotate(text, (value, y), xytext=(0, 7), textcoords="offset points",
                                  fontsize=7.5, ha="center")  # fmt: skip
            axes.set_xlim(0, top)
            axes.set_ylim(len(rows) - 0.5, -0.6)
            axes.set_yticks(range(len(rows)), [r.era for r in rows] if at == 0 else [""] * len(rows))
            axes.tick_params(axis="y", length=0)
            axes.spines["left"].set_visible(False)
            axes.set_xlabel(label)

    words = "; ".join(
        f"{r.era}: {r.n_second} of {r.n_index:,}, {per_100k(r.proportion)} per 100,000 people, "
        f"{decimal(r.rate_per_100k)} per 100,000 person-years" for r in rows
    )  # fmt: skip
    return Drawing(title, f"{title}. {words}.", (6.4, 0.42 * len(rows) + 1.0), paint)


INCIDENCE = ReportFigure(
    "incidence",
    "incidence",
    incidence,
    made_of=("eras", "incidence_overall"),
    caption="Left: conventional, the share of people. Right: corrected for follow-up. "
    "Exact 95% confidence intervals.",
    when=has_second,
)


def latency(results: Results) -> Drawing:
    """Every latency as a dot, and the part of the axis that an era's follow-up could not show."""
    study, eras = results.study, results.eras
    title = f"Months from {study.index_short_label} to {study.second_short_label}"
    top = max([p.latency_months for p in results.latency_points] + [60]) * 1.35
    top = max(top, min(e.longest_observable_latency_months or 0 for e in eras) * 1.12)

    def paint(figure) -> None:
        axes = figure.add_axes((0.13, 0.23, 0.85, 0.66))
        for at, row in enumerate(eras):
            limit = row.longest_observable_latency_months
            if limit is not None and limit < top:
                axes.fill_betweenx([at - 0.42, at + 0.42], limit, top, color=GRID, linewidth=0)
                axes.text(
                    (limit + top) / 2,
                    at,
                    "beyond\nfollow-up",
                    ha="center",
                    va="center",
                    fontsize=7.5,
                    color=MUTED,
                )
            points = [p.latency_months for p in results.latency_points if p.era == row.era]
            stack: dict[int, int] = {}
            for value in points:
                level = stack[round(value / 3)] = stack.get(round(value / 3), -1) + 1
                axes.plot([value], [at + 0.16 - 0.16 * level], marker="o", color=BLUE, markersize=6,
                          markeredgecolor=PAPER, markeredgewidth=0.8)  # fmt: skip
            if row.latency.median is not None:
                middle = row.latency.median
                axes.plot([middle, middle], [at - 0.30, at + 0.30], color=ORANGE, linewidth=2)
                axes.text(middle, at - 0.33, f"median {months(middle)}", fontsize=7.5, color=ORANGE,
                          ha="center", va="bottom")  # fmt: skip
        axes.axvline(study.min_latency_months, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
        axes.set_xlim(0, top)
        axes.set_ylim(len(eras) - 0.45, -0.55)
        axes.set_yticks(range(len(eras)), [row.era for row in eras])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(f"Months (dashed: the rule of {study.min_latency_months} months)")

    words = "; ".join(
        f"{r.era}: {r.latency.n} people, median {months(r.latency.median)}, range "
        f"{months(r.latency.min)} to {months(r.latency.max)}, at most "
        f"{r.longest_observable_latency_months} observable"
        for r in eras
    )
    return Drawing(title, f"{title}. {words}.", (6.4, 0.66 * len(eras) + 0.9), paint)


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
