"""What a printed figure writes, and where: measured by the renderer that draws it."""

from __future__ import annotations

from itertools import combinations

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from analytics.render.figures.canvas import Sheet, style

TOUCHING = 1.0
"""Pixels at 100 dots an inch by which two boxes may meet: they keep room for accents that no word has."""


def written(sheet: Sheet) -> list[tuple[str, float, object]]:
    """Each text that is seen, its points and its box in pixels from the lower left corner."""
    with matplotlib.rc_context(style(sheet.type)):
        sheet.figure.set_dpi(100)
        canvas = FigureCanvasAgg(sheet.figure)
        canvas.draw()
        renderer = canvas.get_renderer()
        unseen = labels_off_the_axis(sheet.figure)
        texts = [
            text
            for text in sheet.figure.findobj(Text)
            if text.get_text().strip() and text.get_visible() and text not in unseen
        ]
        boxes = [
            (text.get_text(), float(text.get_fontsize()), text.get_window_extent(renderer)) for text in texts
        ]
    return [each for each in boxes if each[2].width > 0]


def labels_off_the_axis(figure: Figure) -> set[Text]:
    """Labels that matplotlib keeps for ticks before or after an axis, and does not draw."""
    found: set[Text] = set()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        slack = 1e-6 * (high - low)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if not low - slack <= tick.get_loc() <= high + slack:
                found |= {tick.label1, tick.label2}
    return found


def faults(sheet: Sheet) -> list[str]:
    """Texts that overlap, that pass the edge or that are too small to print."""
    texts = written(sheet)
    width, height = sheet.figure.bbox.width, sheet.figure.bbox.height
    found = [
        f"“{words}” passes the edge"
        for words, _, box in texts
        if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height
    ]
    found += [f"“{words}” has {points} points" for words, points, _ in texts if points < 6]
    for (one, _, a), (other, _, b) in combinations(texts, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        down = min(a.y1, b.y1) - max(a.y0, b.y0)
        if across > TOUCHING and down > TOUCHING:
            found.append(f"“{one}” and “{other}” overlap")
    return found
