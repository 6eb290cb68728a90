"""The headline ratios under each setting of the study, the setting that moves one most above the others."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from analytics.render.figures.axes import ratio_axis
from analytics.render.figures.canvas import BLUE, ORANGE, STAMP, Drawing, ReportFigure, Row, Sheet, line_of
from analytics.render.figures.estimates import Estimate, EstimateRow, Panel, Sign
from analytics.render.formats import with_limits
from analytics.render.tables.sensitivity import RATIOS, few_in_eras, ratio_of, setting_label
from analytics.results.document import Results
from analytics.results.sensitivity import Limits, Sensitivity

AS_DEFINED, UNDER_A_SETTING = Sign("D", ORANGE), Sign("o", BLUE)


@dataclass(frozen=True, slots=True)
class Bar:
    """A ratio under one setting, or under none."""

    setting: str
    estimate: float
    limits: Limits


def bars(rebuilt: Sensitivity, name: str) -> tuple[Bar, ...]:
    """The study's own ratio, then those that differ from it, the farthest first; nothing without its own."""
    own, *others = rebuilt.rows
    base = ratio_of(own.headline, name)
    if base is None:
        return ()
    moved = [
        Bar(setting_label(row), *there)
        for row in others
        if (there := ratio_of(row.headline, name)) is not None and there != base
    ]
    moved.sort(key=lambda bar: -_distance(bar.estimate, base[0]))
    return Bar(setting_label(own), *base), *moved


def has_ratio(rebuilt: Sensitivity) -> bool:
    """Whether there is anything to draw."""
    return any(bars(rebuilt, name) for name in RATIOS)


def _distance(estimate: float, base: float) -> float:
    """Between two ratios, in logarithms; one of no event is farthest from all others."""
    if not estimate or not base:
        return 0.0 if estimate == base else math.inf
    return abs(math.log(estimate / base))


def tornado(rebuilt: Sensitivity) -> Drawing:
    """A panel a ratio: a bar from the study's own estimate to that under a setting, with its interval."""
    second = rebuilt.second_short_label
    drawn = {RATIOS[name].format(second=second): bars(rebuilt, name) for name in RATIOS}
    drawn = {name: of_ratio for name, of_ratio in drawn.items() if of_ratio}
    panels = [_panel(name, of_ratio) for name, of_ratio in drawn.items()]

    def height(width: float, points: float) -> float:
        return sum(panel.height(width, points) + line_of(points) for panel in panels)

    def paint(sheet: Sheet) -> None:
        top = STAMP
        for panel in panels:
            top = panel.paint(sheet, top) + sheet.line

    title = "Headline ratios under each setting"
    words = "; ".join(
        f"{name}: " + ", ".join(f"{bar.setting} {with_limits(bar.estimate, bar.limits)}" for bar in of_ratio)
        for name, of_ratio in drawn.items()
    )
    data: list[Row] = [
        {"ratio": name, "setting": bar.setting, "estimate": bar.estimate, "lower": bar.limits[0],
         "upper": bar.limits[1]} for name, of_ratio in drawn.items() for bar in of_ratio
    ]  # fmt: skip
    moved = {bar.setting for of_ratio in drawn.values() for bar in of_ratio}
    still = [label for row in rebuilt.rows if (label := setting_label(row)) not in moved]
    remark = f"No ratio moves under: {'; '.join(still)}." if still else ""
    return Drawing(title, f"{title}. {words}.", height, paint, tuple(data), remark)


def _panel(name: str, of_ratio: tuple[Bar, ...]) -> Panel:
    own = of_ratio[0]
    rows = tuple(
        EstimateRow(
            bar.setting,
            (Estimate(bar.estimate, bar.limits, AS_DEFINED if bar is own else UNDER_A_SETTING,
                      (with_limits(bar.estimate, bar.limits),)),),
            is_strong=bar is own,
        )
        for bar in of_ratio
    )  # fmt: skip
    axis = ratio_axis([bar.estimate for bar in of_ratio], [bar.limits for bar in of_ratio])
    return Panel(rows, axis, "Ratio (log scale)", ("Ratio (95% CI)",), title=name, base=own.estimate)


def of_results(results: Results) -> Drawing:
    """The drawing of the rebuilds that the report holds, and that eras have too few where they have."""
    assert results.sensitivity is not None
    drawing = tornado(results.sensitivity)
    return replace(drawing, remark=f"{drawing.remark} {few_in_eras(results)}".strip())


TORNADO = ReportFigure(
    "sensitivity",
    "sensitivity",
    of_results,
    made_of=("sensitivity",),
    caption="A bar goes from the estimate of the study as defined to that under a setting, the greatest "
    "change first; lines are 95% confidence intervals. Where a setting changes nothing of a ratio, it has no "
    "row.",
    when=lambda results: results.sensitivity is not None and has_ratio(results.sensitivity),
)
