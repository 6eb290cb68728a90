"""A reason as long as it needs to be stays inside its box."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from matplotlib.patches import FancyBboxPatch

from analytics.render.figures import canvas
from analytics.render.figures.diagrams import FLOW

LONG = (
    "the earliest second cancer, whatever its code, precedes or coincides with the index cancer by the order "
    "of the records, and where that does not tell, by the year of diagnosis"
)


def _inside(lies, box) -> bool:
    return box.x0 <= lies.x0 and lies.x1 <= box.x1 and box.y0 <= lies.y0 and lies.y1 <= box.y1


def overflowing(figure) -> list[str]:
    """Texts of which a part lies outside every box; the mark of synthetic data has none."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(figure).get_renderer()
    axes = figure.axes[0]
    boxes = [patch.get_window_extent(renderer) for patch in axes.patches]
    outside = []
    for text in figure.texts:
        if text.get_text() == "SYNTHETIC DATA":
            continue
        lies = text.get_window_extent(renderer)
        if not any(_inside(lies, box) for box in boxes):
            outside.append(text.get_text())
    return outside


def overlapping(figure) -> int:
    """Pairs of boxes of which one covers a part of the other."""
    boxes = [
        patch.get_window_extent() for patch in figure.axes[0].patches if isinstance(patch, FancyBboxPatch)
    ]
    assert len(boxes) > 5
    return sum(one.overlaps(other) for one, other in combinations(boxes, 2))


@pytest.mark.parametrize("width_mm", canvas.WIDTHS_MM.values())
@pytest.mark.parametrize("reason", ["too young", LONG, f"{LONG}; {LONG}"])
def test_no_text_leaves_its_box(results, reason, width_mm):
    first, *others = results.attrition
    steps = (replace(step, reason=reason) if at < 3 else step for at, step in enumerate(others))
    said = replace(results, attrition=(first, *steps))
    figure = FLOW.drawing(said).sheet(width_mm, is_synthetic=True).figure
    assert len(figure.axes[0].patches) > len(said.attrition) < len(figure.texts)
    assert overflowing(figure) == []
    assert overlapping(figure) == 0


def test_a_longer_reason_makes_a_higher_figure_and_nothing_else_moves_together(results):
    first, second, third, *others = results.attrition
    said = replace(results, attrition=(first, second, replace(third, reason=LONG), *others))
    heights = [float(canvas_height(canvas.draw(FLOW, given).svg)) for given in (results, said)]
    assert heights[1] > heights[0]


def canvas_height(svg: str) -> str:
    return svg.split('height="')[1].split("pt")[0]
