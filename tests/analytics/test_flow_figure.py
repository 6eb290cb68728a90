"""A reason as long as it needs to be stays inside its box."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.render.figures import canvas
from analytics.render.figures.diagrams import FLOW

LONG = (
    "the earliest second cancer, whatever its code, precedes or coincides with the index cancer by the order "
    "of the records, and where that does not tell, by the year of diagnosis"
)


@pytest.fixture()
def drawn(monkeypatch):
    """The matplotlib figure as it was when it was written."""
    from matplotlib.figure import Figure

    kept, write = [], Figure.savefig

    def savefig(self, *arguments, **settings):
        kept.append(self)
        return write(self, *arguments, **settings)

    monkeypatch.setattr(Figure, "savefig", savefig)
    return kept


def _inside(lies, box) -> bool:
    return box.x0 <= lies.x0 and lies.x1 <= box.x1 and box.y0 <= lies.y0 and lies.y1 <= box.y1


def overflowing(figure) -> list[str]:
    """Texts of which a part lies outside every box; the mark of synthetic data has none."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(figure).get_renderer()
    axes = figure.axes[0]
    boxes = [patch.get_window_extent(renderer) for patch in axes.patches]
    outside = []
    for text in axes.texts:
        if not text.get_text():
            continue
        lies = text.get_window_extent(renderer)
        if not any(_inside(lies, box) for box in boxes):
            outside.append(text.get_text())
    return outside


@pytest.mark.parametrize("reason", ["too young", LONG, f"{LONG}; {LONG}"])
def test_no_text_leaves_its_box(results, drawn, reason):
    first, *others = results.attrition
    steps = (replace(step, reason=reason) if at < 3 else step for at, step in enumerate(others))
    said = replace(results, attrition=(first, *steps))
    canvas.draw(FLOW, said)
    assert len(drawn[0].axes[0].patches) > len(said.attrition)
    assert overflowing(drawn[0]) == []


def test_a_longer_reason_makes_a_higher_figure_and_nothing_else_moves_together(results):
    first, second, third, *others = results.attrition
    said = replace(results, attrition=(first, second, replace(third, reason=LONG), *others))
    heights = [float(canvas_height(canvas.draw(FLOW, given).svg)) for given in (results, said)]
    assert heights[1] > heights[0]


def canvas_height(svg: str) -> str:
    return svg.split('height="')[1].split("pt")[0]


def test_the_picture_of_the_raster_is_smaller_than_a_megabyte(results):
    raster = canvas.draw(FLOW, results).for_print()[".png"]
    assert len(raster) < 300_000 and canvas.DOTS >= 150
