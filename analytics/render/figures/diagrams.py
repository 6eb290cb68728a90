"""The STROBE flow of patients, and the hospital's cases as a swimmer plot."""

from __future__ import annotations

import textwrap

from analytics.render.figures.canvas import (
    BLUE,
    GRID,
    INK,
    MUTED,
    ORANGE,
    PAPER,
    SHADE,
    Drawing,
    ReportFigure,
    beside,
)
from analytics.render.formats import count, months, sentence
from analytics.results.cohort import Cohort
from analytics.results.document import Results

MOST_SWIMMERS = 40
LONGEST_REASON = 320
REASON_WIDTH = 50
LINE = 0.128
"""Inches from one line of a reason to the next; REASON_WIDTH characters of it fill a box."""

ROW, BOX = 0.68, 0.34
"""Inches: the least from one number left to the next, and what a box takes besides the lines of its "
"reason."""


def flow(results: Results) -> Drawing:
    """One box a rule on the left, who it removed on the right, the two groups at the end."""
    steps, cohort, study = results.attrition, results.cohort, results.study
    title = "Flow of patients"
    start = f"{count(steps[0].n_in)} people in the registry's delivery" if steps else "Nobody"
    reasons = [_reason(step.reason) for step in steps]
    height = 1.42 + sum(_row_height(reason) for reason in reasons)

    def paint(figure) -> None:
        paint_flow(figure, steps, reasons, start, cohort, study.second_short_label, height)

    alt = f"{title}. {start}. " + " ".join(
        f"Step {s.step}, {s.reason}: {count(s.n_removed)} removed, {count(s.n_left)} left." for s in steps
    )
    if cohort.n_second is not None:
        alt += (
            f" {count(cohort.n_without_second)} without and {count(cohort.n_second)} with a second primary."
        )
    return Drawing(title, alt, (6.4, height), paint)


FLOW = ReportFigure(
    "flow",
    "included",
    flow,
    made_of=("attrition", "cohort"),
    caption="One box for each screening rule; the boxes add up to the tables below.",
    has_raster=True,
)


def _reason(reason: str) -> str:
    """The reason in as many lines as it needs."""
    short = textwrap.shorten(sentence(reason), LONGEST_REASON, placeholder=" …")
    return textwrap.fill(short, REASON_WIDTH)


def _box_height(reason: str) -> float:
    return BOX + LINE * (reason.count("\n") + 1)


def _row_height(reason: str) -> float:
    return max(ROW, _box_height(reason) + 0.08)


def paint_flow(figure, steps, reasons, start: str, cohort: Cohort, second: str, height: float) -> None:
    """Draw from top to bottom; y is in inches from the top, so that type and boxes keep their proportions."""
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, 6.4)
    axes.set_ylim(height, 0)
    axes.axis("off")
    y = 0.42
    _box(axes, 1.75, y, 2.9, 0.4, start, bold=True)
    for at, (step, reason) in enumerate(zip(steps, reasons, strict=True)):
        below = y + _row_height(reason)
        last = at == len(steps) - 1
        _arrow(axes, 1.75, y + (0.15 if at else 0.2), below - (0.2 if last else 0.15))
        middle = (y + below) / 2 + 0.02
        axes.plot([1.75, 3.32], [middle, middle], color=MUTED, linewidth=0.8)
        _reason_box(axes, 4.84, middle, reason, f"{count(step.n_removed)} removed")
        name = f"{count(step.n_left)} {'eligible' if last else 'left'}"
        _box(axes, 1.75, below, 2.9 if last else 1.5, 0.4 if last else 0.3, name, bold=last)
        y = below
    if cohort.n_second is None:
        return
    for x, label, people in (
        (0.98, f"without {second}", cohort.n_without_second),
        (2.52, f"with {second}", cohort.n_second),
    ):
        axes.plot([1.75, x], [y + 0.2, y + 0.47], color=MUTED, linewidth=1)
        _box(axes, x, y + 0.69, 1.42, 0.44, label, head=count(people), accent=label.startswith("with "))


def _arrow(axes, x: float, top: float, bottom: float) -> None:
    look = {"arrowstyle": "-|>", "color": MUTED, "linewidth": 1, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (x, bottom), (x, top), arrowprops=look)


def _box(axes, x, y, width, height, text, *, head="", bold=False, accent=False) -> None:
    edge = ORANGE if accent else MUTED
    axes.add_patch(_rounded(x, y, width, height, PAPER, edge, 1.2 if accent or bold else 0.8))
    if not head:
        axes.text(x, y, text, ha="center", va="center", fontweight="bold" if bold else "normal", fontsize=8.5)
        return
    axes.text(x, y - 0.085, head, ha="center", va="center", fontweight="bold", fontsize=9)
    axes.text(x, y + 0.1, text, ha="center", va="center", fontsize=8, color=MUTED)


def _reason_box(axes, x: float, y: float, reason: str, head: str) -> None:
    """How many a rule removed, and why, in a box as high as the reason is long."""
    width, height = 3.02, _box_height(reason)
    axes.add_patch(_rounded(x, y, width, height, SHADE, GRID, 0.8))
    left, top = x - width / 2 + 0.08, y - height / 2
    axes.text(left, top + 0.16, head, ha="left", va="center", fontweight="bold", fontsize=7.8)
    axes.text(left, top + 0.27, reason, ha="left", va="top", fontsize=6.9, color=MUTED)


def _rounded(x: float, y: float, width: float, height: float, face: str, edge: str, line: float):
    from matplotlib.patches import FancyBboxPatch

    return FancyBboxPatch(
        (x - width / 2, y - height / 2), width, height, boxstyle="round,pad=0,rounding_size=0.06",
        facecolor=face, edgecolor=edge, linewidth=line,
    )  # fmt: skip


def swimmer(results: Results) -> Drawing:
    """A lane a hospital case: months with the index cancer, then months after the second primary."""
    study = results.study
    index, second = study.index_short_label, study.second_short_label
    cases = results.institution.cases[:MOST_SWIMMERS]
    title = f"The hospital's cases, from {study.index_label} on"

    def paint(figure) -> None:
        height = figure.get_size_inches()[1]
        axes = figure.add_axes((0.20, 0.52 / height, 0.77, (height - 0.86) / height))
        longest = 0.0
        for at, case in enumerate(cases):
            latency = float(case.latency_months or 0)
            after = float(case.survival_months_after_second or 0)
            end = latency + after
            longest = max(longest, end)
            axes.barh(at, latency, height=0.42, color=BLUE, linewidth=0)
            axes.barh(at, after, left=latency, height=0.42, color=ORANGE, linewidth=0)
            axes.text(
                latency / 2, at, f"{months(latency)} mo", ha="center", va="center", color=PAPER, fontsize=8
            )
            axes.text(
                latency + after / 2, at, months(after), ha="center", va="center", color=PAPER, fontsize=8
            )
            if case.died:
                axes.plot([end + 3], [at], marker="x", color=INK, markersize=6, markeredgewidth=1.8)
                axes.text(end + 6.5, at, "died", va="center", fontsize=8)
            else:
                axes.plot([end + 0.8, end + 5], [at, at], color=ORANGE, linewidth=1.6)
                axes.plot([end + 5], [at], marker=">", color=ORANGE, markersize=6)
                axes.text(end + 9, at, "alive", va="center", fontsize=8)
            who = f"{case.sex}, {months(case.age_at_index_years)}"
            beside(axes, at - 0.12, f"Case {at + 1}", gap=8, fontweight="bold")
            beside(axes, at + 0.2, who, gap=8, fontsize=7.5, color=MUTED)
        axes.set_ylim(len(cases) - 0.5, -0.5)
        axes.set_xlim(0, (longest or 12) * 1.14)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(f"Months since {index}")
        for at, (label, colour) in enumerate(((f"with {index}", BLUE), (f"after {second}", ORANGE))):
            x = 0.28 * at
            axes.plot([x + 0.01], [1.09], marker="s", color=colour, transform=axes.transAxes, clip_on=False)
            axes.text(x + 0.035, 1.09, label, transform=axes.transAxes, va="center", fontsize=8)

    words = "; ".join(
        f"case {at}: {months(c.latency_months)} months to {second}, "
        f"then {months(c.survival_months_after_second)} months, {'died' if c.died else 'alive'}"
        for at, c in enumerate(cases, start=1)
    )
    return Drawing(title, f"{title}. {words}.", (6.4, 0.5 * len(cases) + 1.0), paint)


SWIMMER = ReportFigure(
    "swimmer",
    "hospital",
    swimmer,
    made_of=("institution",),
    caption="Bars in months. An arrow means alive at last contact, a cross died.",
    when=lambda results: bool(results.institution.cases),
)
