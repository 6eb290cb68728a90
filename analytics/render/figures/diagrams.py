"""The STROBE flow of patients, and the hospital's cases as a swimmer plot."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from analytics.render.figures.canvas import (
    BLUE,
    GRID,
    INK,
    MUTED,
    ORANGE,
    PAPER,
    SHADE,
    SMALLER,
    STAMP,
    Drawing,
    ReportFigure,
    Row,
    Sheet,
    line_of,
    lines_in,
    width_of,
    wrapped,
)
from analytics.render.figures.curves import MARGIN, UNDER_AXIS
from analytics.render.figures.estimates import Key, Sign, keys_height, paint_keys
from analytics.render.formats import count, counted, months, sentence
from analytics.results.cohort import ScreeningStep
from analytics.results.document import Results
from analytics.results.hospital import HospitalCase

MOST_SWIMMERS = 40
LONGEST_REASON = 320


def flow(results: Results) -> Drawing:
    """One box a rule on the left, who it removed on the right, the two groups at the end."""
    steps, cohort, study = results.attrition, results.cohort, results.study
    title = "Flow of patients"
    start = f"{counted(steps[0].n_in, 'person', 'people')} in the registry's delivery"
    second = study.second_short_label
    groups = (
        [(f"without {second}", cohort.n_without_second), (f"with {second}", cohort.n_second)]
        if cohort.n_second is not None
        else []
    )

    def height(width: float, points: float) -> float:
        return _FlowPlan(steps, start, width, points).height + (4.4 * line_of(points) if groups else 0)

    def paint(sheet: Sheet) -> None:
        paint_flow(sheet, steps, start, groups)

    alt = f"{title}. {start}. " + " ".join(
        f"Step {s.step}, {s.reason}: {count(s.n_removed)} removed, {count(s.n_left)} left." for s in steps
    )
    if cohort.n_second is not None:
        alt += (
            f" {count(cohort.n_without_second)} without and {count(cohort.n_second)} with a second primary."
        )
    rows: list[Row] = [
        {"step": s.step, "rule": s.reason, "n_in": s.n_in, "n_removed": s.n_removed, "n_left": s.n_left}
        for s in steps
    ]
    return Drawing(title, alt, height, paint, tuple(rows))


FLOW = ReportFigure(
    "flow",
    "included",
    flow,
    made_of=("attrition", "cohort"),
    caption="One box for each screening rule; the boxes add up to the tables below.",
    has_narrow=True,
)


class _FlowPlan:
    """Where the boxes of the flow stand, in inches from the upper left corner."""

    def __init__(self, steps: Sequence[ScreeningStep], start: str, width: float, points: float) -> None:
        self.line, self.small = line_of(points), points - SMALLER
        self.box = 0.42 * width
        self.middle = MARGIN + self.box / 2
        self.left = 0.48 * width
        self.reason = width - MARGIN - self.left
        self.start = wrapped(start, self.box - 0.15, points, "bold")
        self.start_height = (lines_in(self.start) + 0.9) * self.line
        self.reasons = [
            wrapped(textwrap.shorten(sentence(step.reason), LONGEST_REASON, placeholder=" …"),
                    self.reason - 0.16, self.small)
            for step in steps
        ]  # fmt: skip
        self.steps = [max(3.2, lines_in(reason) + 2.2) * self.line for reason in self.reasons]
        self.height = self.start_height + sum(self.steps) + (0.75 * len(steps) + 0.4) * self.line


def paint_flow(
    sheet: Sheet, steps: Sequence[ScreeningStep], start: str, groups: list[tuple[str, int | None]]
) -> None:
    """Draw from top to bottom."""
    plan = _FlowPlan(steps, start, sheet.width, sheet.type)
    axes = sheet.axes(0, 0, sheet.width, sheet.height)
    axes.set_xlim(0, sheet.width)
    axes.set_ylim(sheet.height, 0)
    axes.axis("off")
    y = STAMP + plan.start_height / 2
    _box(sheet, axes, plan.middle, y, plan.box, plan.start_height, plan.start, is_bold=True)
    half = plan.start_height / 2
    for at, (step, reason, height) in enumerate(zip(steps, plan.reasons, plan.steps, strict=True)):
        below, is_last = y + half + height, at == len(steps) - 1
        tall = (1.9 if is_last else 1.5) * sheet.line
        _arrow(axes, plan.middle, y + half, below - tall / 2)
        middle = (y + half + below - tall / 2) / 2
        axes.plot([plan.middle, plan.left], [middle, middle], color=MUTED, linewidth=0.8)
        _reason_box(sheet, axes, plan, middle, reason, f"{count(step.n_removed)} removed")
        name = f"{count(step.n_left)} {'eligible' if is_last else 'left'}"
        wide = plan.box if is_last else 0.7 * plan.box
        _box(sheet, axes, plan.middle, below, wide, tall, name, is_bold=is_last)
        y, half = below, tall / 2
    for at, (label, people) in enumerate(groups):
        wide = plan.box / 2 - 0.04
        x = MARGIN + wide / 2 + at * (wide + 0.08)
        top = y + half + 1.1 * sheet.line
        axes.plot([plan.middle, x], [y + half, top], color=MUTED, linewidth=1)
        _box(sheet, axes, x, top + 1.35 * sheet.line, wide, 2.7 * sheet.line, f"{count(people)}\n{label}",
             is_accent=at == 1)  # fmt: skip


def _arrow(axes, x: float, top: float, bottom: float) -> None:
    look = {"arrowstyle": "-|>", "color": MUTED, "linewidth": 1, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (x, bottom), (x, top), arrowprops=look)


def _box(
    sheet: Sheet, axes, x: float, y: float, width: float, height: float, text: str, *,
    is_bold: bool = False, is_accent: bool = False,
) -> None:  # fmt: skip
    """Text in the middle of a box around (x, y)."""
    edge = ORANGE if is_accent else MUTED
    axes.add_patch(_rounded(x, y, width, height, PAPER, edge, 1.2 if is_accent or is_bold else 0.8))
    top = y - (lines_in(text) - 1) * sheet.line / 2
    for at, line in enumerate(text.split("\n")):
        sheet.text(x, top + at * sheet.line, line, ha="center", fontweight="bold" if is_bold else "normal")


def _reason_box(sheet: Sheet, axes, plan: _FlowPlan, y: float, reason: str, head: str) -> None:
    """How many a rule removed, and why, in a box as high as the reason is long."""
    height = (lines_in(reason) + 1.7) * sheet.line
    axes.add_patch(_rounded(plan.left + plan.reason / 2, y, plan.reason, height, SHADE, GRID, 0.8))
    left, top = plan.left + 0.08, y - height / 2 + 0.85 * sheet.line
    sheet.text(left, top, head, fontweight="bold", fontsize=sheet.small)
    sheet.text(left, top + sheet.line, reason, fontsize=sheet.small, color=MUTED)


def _rounded(x: float, y: float, width: float, height: float, face: str, edge: str, line: float):
    from matplotlib.patches import FancyBboxPatch

    return FancyBboxPatch(
        (x - width / 2, y - height / 2), width, height, boxstyle="round,pad=0,rounding_size=0.06",
        facecolor=face, edgecolor=edge, linewidth=line,
    )  # fmt: skip


LANE = 2.6
"""Lines that a case takes."""


def swimmer(results: Results) -> Drawing:
    """A lane a hospital case: months with the index cancer, then months after the second primary."""
    study = results.study
    index, second = study.index_short_label, study.second_short_label
    cases = results.institution.cases[:MOST_SWIMMERS]
    title = f"The hospital's cases, from {study.index_label} on"
    keys: tuple[Key, ...] = (
        (Sign("s", BLUE), f"with {index}"), (Sign("s", ORANGE), f"after {second}"),
        (Sign("x", INK), "died"), (Sign(">", ORANGE), "alive at last contact"),
    )  # fmt: skip

    def height(width: float, points: float) -> float:
        lanes = (LANE * len(cases) + UNDER_AXIS - 0.6) * line_of(points)
        return keys_height(keys, width, points) + lanes

    def paint(sheet: Sheet) -> None:
        top = paint_keys(sheet, keys, STAMP)
        bottom = top + LANE * len(cases) * sheet.line
        left = MARGIN + max(width_of(_who(case), sheet.small) for case in cases) + 0.15
        ends = [_latency(case) + _after(case) for case in cases]
        room = max(width_of(_said(case), sheet.small) for case in cases) + 0.25
        right = sheet.width - room
        axes = sheet.axes(left, top, right, bottom)
        axes.set_ylim(bottom, top)
        axes.set_xlim(0, (max(ends) or 12) * 1.02)
        for at, (case, end) in enumerate(zip(cases, ends, strict=True)):
            y = top + (at + 0.5) * LANE * sheet.line
            tall = 0.42 * LANE * sheet.line
            axes.barh(y, _latency(case), height=tall, color=BLUE, linewidth=0)
            axes.barh(y, _after(case), left=_latency(case), height=tall, color=ORANGE, linewidth=0)
            x = left + (right - left) * end / axes.get_xlim()[1] + 0.1
            if case.died:
                sheet.mark(x, y, "x", INK, markeredgewidth=1.6)
            else:
                sheet.mark(x, y, ">", ORANGE)
            sheet.text(x + 0.1, y, _said(case), fontsize=sheet.small)
            sheet.text(
                MARGIN, y - 0.5 * sheet.line, f"Case {at + 1}", fontweight="bold", fontsize=sheet.small
            )
            sheet.text(MARGIN, y + 0.5 * sheet.line, _who(case), fontsize=sheet.small, color=MUTED)
        axes.set_yticks([])
        axes.locator_params(axis="x", nbins=5)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(f"Months since {index}")

    words = "; ".join(
        f"case {at}: {months(c.latency_months)} months to {second}, "
        f"then {months(c.survival_months_after_second)} months, {'died' if c.died else 'alive'}"
        for at, c in enumerate(cases, start=1)
    )
    rows: list[Row] = [
        {"case": at, "sex": c.sex, "age_at_index_years": c.age_at_index_years,
         "latency_months": c.latency_months,
         "survival_months_after_second": c.survival_months_after_second, "died": c.died}
        for at, c in enumerate(cases, start=1)
    ]  # fmt: skip
    left_out = len(results.institution.cases) - len(cases)
    remark = f"Not drawn: {counted(left_out, 'further case')}." if left_out else ""
    return Drawing(title, f"{title}. {words}.", height, paint, tuple(rows), remark)


def _latency(case: HospitalCase) -> float:
    return float(case.latency_months or 0)


def _after(case: HospitalCase) -> float:
    return float(case.survival_months_after_second or 0)


def _who(case: HospitalCase) -> str:
    return f"{case.sex}, {months(case.age_at_index_years)}"


def _said(case: HospitalCase) -> str:
    """Months until the second primary, and after it."""
    return f"{months(case.latency_months)} + {months(case.survival_months_after_second)}"


SWIMMER = ReportFigure(
    "swimmer",
    "hospital",
    swimmer,
    made_of=("institution",),
    caption="Beside each bar: months to {second} + months after it.",
    when=lambda results: bool(results.institution.cases),
)
