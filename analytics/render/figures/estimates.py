"""Estimates with their intervals, a row each: its name, whiskers on a common axis, columns of numbers.

Wide, the name stands beside the whiskers; in one column of a journal, above them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from analytics.render.figures.axes import LinearAxis, RatioAxis
from analytics.render.figures.canvas import (
    INK,
    MUTED,
    PAPER,
    SHADE,
    SMALLER,
    Sheet,
    line_of,
    lines_in,
    width_of,
    wrapped,
)
from analytics.render.figures.curves import MARGIN

GAP = 0.12
"""Inches between columns."""

NAMES = 0.36
"""Share of the width that the names may take where they stand beside the whiskers."""

PADDING = 0.35
"""Lines of empty room that a row has."""


@dataclass(frozen=True, slots=True)
class Sign:
    """How an estimate is marked.

    hollow  it is printed though it rests on too little, or though it is not the one to read
    is_band  no estimate with an interval but a range, drawn as a bar without a mark
    """

    marker: str
    colour: str
    hollow: bool = False
    is_band: bool = False


@dataclass(frozen=True, slots=True)
class Estimate:
    value: float | None
    limits: tuple[float | None, float | None]
    sign: Sign
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EstimateRow:
    """note: what stands under the name, in the colour of the sign that it explains"""

    name: str
    estimates: tuple[Estimate, ...]
    note: str = ""
    note_colour: str = MUTED
    is_strong: bool = False

    @property
    def weight(self) -> str:
        return "bold" if self.is_strong else "normal"


@dataclass(frozen=True, slots=True)
class Panel:
    """Rows on one axis.

    headings    over the columns of numbers
    directions  what lies to the left and to the right of 1, in words
    title       over all of it, where a figure has several
    base        an estimate from which a bar goes to each of the others
    """

    rows: tuple[EstimateRow, ...]
    axis: RatioAxis | LinearAxis
    x_label: str
    headings: tuple[str, ...] = ()
    directions: tuple[str, str] = ("", "")
    title: str = ""
    base: float | None = None

    def height(self, width: float, points: float) -> float:
        plan = _Plan(self, width, points)
        return plan.above + sum(plan.row_height(row) for row in self.rows) + plan.below

    def paint(self, sheet: Sheet, top: float) -> float:
        """Draw it from `top` inches on; where it ends."""
        plan = _Plan(self, sheet.width, sheet.type)
        first = top + plan.above
        last = first + sum(plan.row_height(row) for row in self.rows)
        if self.title:
            sheet.text(MARGIN, top + 0.5 * sheet.line, self.title, fontweight="bold")
        for right, heading in zip(plan.columns, self.headings, strict=True):
            sheet.text(right, first - 0.7 * sheet.line, heading, fontsize=sheet.small, fontweight="bold",
                       ha="right")  # fmt: skip
        axes = sheet.axes(plan.left, first, plan.right, last)
        axes.set_ylim(last, first)
        _set_on(axes, self.axis, plan.right - plan.left, sheet.type)
        axes.set_yticks([])
        axes.set_facecolor("none")
        axes.spines["left"].set_visible(False)
        y = first
        for at, row in enumerate(self.rows):
            height = plan.row_height(row)
            if at % 2 == 0:
                sheet.band(y, height, SHADE)
            self._paint_row(sheet, axes, plan, row, y)
            y += height
        y = last + 1.75 * sheet.line
        sheet.text((plan.left + plan.right) / 2, y, self.x_label, ha="center")
        if any(self.directions):
            self._paint_directions(sheet, plan, y + 1.1 * sheet.line)
        return top + self.height(sheet.width, sheet.type)

    def _paint_row(self, sheet: Sheet, axes: Any, plan: _Plan, row: EstimateRow, top: float) -> None:
        name, note = plan.words(row)
        height, words = plan.row_height(row), plan.words_height(row)
        y = top + PADDING / 2 * sheet.line if plan.is_narrow else top + (height - words) / 2
        sheet.text(MARGIN, y + 0.5 * sheet.line, name, fontweight=row.weight)
        if note:
            below = y + (lines_in(name) + 0.45) * sheet.line
            sheet.text(MARGIN, below, note, fontsize=sheet.small, color=row.note_colour)
        rest = len(row.estimates) * sheet.line
        start = y + words if plan.is_narrow else top + (height - rest) / 2
        if isinstance(self.axis, RatioAxis):
            ends = [start, start + rest] if plan.is_narrow else [top, top + height]
            axes.plot([1, 1], ends, color=INK, linewidth=0.8, zorder=1)
        for at, estimate in enumerate(row.estimates):
            middle = start + (at + 0.5) * sheet.line
            if self.base is not None:
                paint_bar(axes, middle, self.base, estimate, self.axis)
            paint_whisker(axes, middle, estimate, self.axis)
            for right, text in zip(plan.columns, estimate.cells, strict=False):
                sheet.text(right, middle, text, fontsize=sheet.small, ha="right")

    def _paint_directions(self, sheet: Sheet, plan: _Plan, y: float) -> None:
        """Under the axis on both sides of 1, or where they have no room there, in two lines."""
        lower, higher = f"← {self.directions[0]}", f"{self.directions[1]} →"
        one = plan.left + self.axis.place(1) * (plan.right - plan.left)
        fits = one - width_of(lower, sheet.small) - 0.06 > MARGIN
        fits = fits and one + width_of(higher, sheet.small) + 0.06 < sheet.width - MARGIN
        if fits:
            sheet.text(one - 0.06, y, lower, fontsize=sheet.small, ha="right", color=MUTED)
            sheet.text(one + 0.06, y, higher, fontsize=sheet.small, color=MUTED)
            return
        for at, words in enumerate((lower, higher)):
            x = max(MARGIN, min(one - width_of(words, sheet.small) / 2,
                                sheet.width - MARGIN - width_of(words, sheet.small)))  # fmt: skip
            sheet.text(x, y + at * sheet.line, words, fontsize=sheet.small, color=MUTED)


def _set_on(axes: Any, axis: RatioAxis | LinearAxis, inches: float, points: float) -> None:
    """Make matplotlib's axes, so many inches wide, into an axis."""
    if isinstance(axis, LinearAxis):
        axes.set_xlim(0, axis.high)
        axes.locator_params(axis="x", nbins=max(2, min(6, int(inches / (points / 17)))))
        return
    axes.set_xscale("log")
    axes.set_xlim(axis.low, axis.high)
    named = axis.labelled(inches, points)
    axes.set_xticks(axis.ticks, [f"{tick:g}" if tick in named else "" for tick in axis.ticks])
    axes.minorticks_off()


class _Plan:
    """Where a panel's columns stand at a width, in inches."""

    def __init__(self, panel: Panel, width: float, points: float) -> None:
        self.line, self.points, self.small = line_of(points), points, points - SMALLER
        self.is_narrow = width < 5
        widths = []
        for at, heading in enumerate(panel.headings):
            cells = [each.cells[at] for row in panel.rows for each in row.estimates if at < len(each.cells)]
            widths.append(max([width_of(heading, self.small, "bold"),
                               *(width_of(cell, self.small) for cell in cells)]))  # fmt: skip
        self.columns = [
            width - MARGIN - sum(widths[at + 1 :]) - GAP * (len(widths) - at - 1) for at in range(len(widths))
        ]
        self.right = width - MARGIN - sum(widths) - GAP * (len(widths) + 0.6)
        self.room = width - 2 * MARGIN if self.is_narrow else NAMES * width
        self.left = MARGIN + 0.1
        if not self.is_narrow:
            self.left += 0.05 + max(
                (width_of(text, self.points, row.weight) for row in panel.rows for text in self.words(row)),
                default=0.0,
            )
        self.above = (0.3 + 1.1 * bool(panel.headings) + 1.2 * bool(panel.title)) * self.line
        self.below = (2.4 + 2.2 * any(panel.directions)) * self.line

    def words(self, row: EstimateRow) -> tuple[str, str]:
        """Its name and its note in as many lines as they take."""
        name = wrapped(row.name, self.room, self.points, row.weight)
        return name, wrapped(row.note, self.room, self.small) if row.note else ""

    def words_height(self, row: EstimateRow) -> float:
        name, note = self.words(row)
        return (lines_in(name) + (lines_in(note) if note else 0)) * self.line

    def row_height(self, row: EstimateRow) -> float:
        words, whiskers = self.words_height(row), len(row.estimates) * self.line
        return (words + whiskers if self.is_narrow else max(words, whiskers)) + PADDING * self.line


def paint_bar(axes: Any, y: float, base: float, estimate: Estimate, axis: RatioAxis | LinearAxis) -> None:
    """From an estimate to another, as far as both lie on the axis."""
    if estimate.value is not None:
        ends = [min(max(end, axis.low), axis.high) for end in (base, estimate.value)]
        axes.plot(ends, [y, y], color=estimate.sign.colour, linewidth=7, alpha=0.3, solid_capstyle="butt")


def paint_whisker(axes: Any, y: float, estimate: Estimate, axis: RatioAxis | LinearAxis) -> None:
    """An estimate with limits; a limit outside the axis ends in an arrow head, as one of no event does."""
    value, sign, limits = estimate.value, estimate.sign, estimate.limits
    if value is None:
        return
    low, high = (axis.low if limits[0] is None else limits[0], axis.high if limits[1] is None else limits[1])
    if sign.is_band:
        axes.plot([low, high], [y, y], color=sign.colour, linewidth=5, alpha=0.45, solid_capstyle="butt")
        axes.plot([value], [y], marker="|", color=sign.colour, markersize=8, markeredgewidth=1.6)
        return
    dash = (0, (1.5, 1.5)) if sign.hollow else "-"
    axes.plot([max(low, axis.low), min(high, axis.high)], [y, y], color=sign.colour, linewidth=1.4,
              linestyle=dash, zorder=2)  # fmt: skip
    for is_outside, edge, head in (
        (low <= axis.low and axis.low > 0, axis.low, "<"),
        (high >= axis.high, axis.high, ">"),
    ):
        if is_outside:
            axes.plot([edge], [y], marker=head, color=sign.colour, markersize=4, clip_on=False, zorder=2)
    if axis.low <= value <= axis.high:
        face, rim = (PAPER, sign.colour) if sign.hollow else (sign.colour, PAPER)
        axes.plot([value], [y], marker=sign.marker, markersize=5.5, color=face, markeredgecolor=rim,
                  markeredgewidth=1.2 if sign.hollow else 0.6, zorder=3, clip_on=False)  # fmt: skip


Key = tuple[Sign, str]
"""A sign and what it stands for."""


def keys_height(keys: Sequence[Key], width: float, points: float) -> float:
    return (max((line for _, line in _placed(keys, width, points)), default=-1) + 1.3) * line_of(points)


def paint_keys(sheet: Sheet, keys: Sequence[Key], top: float) -> float:
    """What each sign stands for, in as many lines as it takes; where they end."""
    for (sign, words), (x, line) in zip(keys, _placed(keys, sheet.width, sheet.type), strict=True):
        y = top + (line + 0.6) * sheet.line
        if sign.is_band:
            sheet.line_between((x, y), (x + 0.12, y), color=sign.colour, linewidth=5, alpha=0.45,
                               solid_capstyle="butt")  # fmt: skip
        else:
            sheet.mark(x + 0.06, y, sign.marker, sign.colour,
                       markerfacecolor=PAPER if sign.hollow else sign.colour)  # fmt: skip
        sheet.text(x + 0.18, y, words, fontsize=sheet.small, color=INK)
    return top + keys_height(keys, sheet.width, sheet.type)


def _placed(keys: Sequence[Key], width: float, points: float) -> list[tuple[float, int]]:
    """Inches from the left, and the line."""
    placed, x, line = [], MARGIN, 0
    for _, words in keys:
        taken = 0.18 + width_of(words, points - SMALLER)
        if x > MARGIN and x + taken > width - MARGIN:
            x, line = MARGIN, line + 1
        placed.append((x, line))
        x += taken + 0.2
    return placed
