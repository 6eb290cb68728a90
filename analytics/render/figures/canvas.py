"""What all figures share: colours, type, and how an axes becomes SVG, for print also PDF and PNG; their bytes
never change.

matplotlib is imported when the first figure is drawn; it is slow to start.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from analytics.render.figures.axes import TOLD_APART, looks
from analytics.results.document import Results

INK, MUTED, GRID, PAPER = "#1b2130", "#565e6e", "#d9dce3", "#ffffff"
BLUE, ORANGE, GREEN, PURPLE = "#0067a5", "#b84a00", "#007a5a", "#7f4a96"
SHADE = "#eef1f5"
"""Told apart with every common colour blindness, and beside it by dash, marker and direct label.
In the page each becomes a CSS variable, so that dark mode can lighten it."""

TOKENS = {
    INK: "--ink", MUTED: "--muted", GRID: "--grid", PAPER: "--paper", SHADE: "--shade",
    BLUE: "--blue", ORANGE: "--orange", GREEN: "--green", PURPLE: "--purple",
}  # fmt: skip

COLOURS = {"blue": BLUE, "orange": ORANGE, "green": GREEN, "purple": PURPLE, "ink": INK}
"""By the name that `axes.Look` has for each."""

DOTS = 160
FAST = {"compress_level": 3}
STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.5,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "lines.linewidth": 1.6,
    "legend.frameon": False,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "svg.fonttype": "none",
    "svg.hashsalt": "metachron",
    # TrueType (42) would cut the font anew for each figure, which costs four times all the rest.
    "pdf.fonttype": 3,
    "path.simplify": False,
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawn figure: `alt` says in words what it shows, `svg` stands alone, `inline` goes into a page.

    remark      sentences for the caption on what these results leave out
    shape       "wide" or "narrow": how much room it wants
    painted     what it was drawn from, to be drawn once more for print
    has_raster  whether a PNG is made for print, too
    """

    id: str
    title: str
    alt: str
    svg: str
    inline: str
    remark: str
    shape: str
    painted: Any
    has_raster: bool

    def for_print(self) -> dict[str, bytes]:
        """By suffix: PDF at the same size with its fonts embedded, and PNG where it has a raster.

        Each is drawn anew, which costs as much as the SVG or more.
        """
        import matplotlib

        drawn = {".pdf": io.BytesIO(), ".png": io.BytesIO()}
        about = {"CreationDate": None, "Title": self.title, "Subject": self.alt}
        with matplotlib.rc_context(STYLE):  # type: ignore[arg-type]
            self.painted.savefig(drawn[".pdf"], format="pdf", metadata=about)
            if self.has_raster:
                self.painted.savefig(
                    drawn[".png"], format="png", dpi=DOTS, metadata={"Software": None}, pil_kwargs=FAST
                )
        return {suffix: content.getvalue() for suffix, content in drawn.items() if content.getvalue()}


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a figure is to show: `paint` puts it on a new matplotlib figure of `size` inches.

    remark  sentences for the caption on what these results leave out
    """

    title: str
    alt: str
    size: tuple[float, float]
    paint: Callable[[Any], None]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class ReportFigure:
    """One figure of the report, said once beside the function that draws it.

    id          of its files and of its place on the page
    section     that shows it, after those of the section that stand before it in `all_figures.FIGURES`
    drawing     what it shows, from results that can fill it
    made_of     keys of results.json that it reads
    caption     what stands under it; {index} and {second} stand for the names of the study's cancers
    when        whether these results can; if left out, they can unless the section has nothing to tell
    stance      "conventional" or "corrected" where it takes one side; the others show both
    beside      the figure to its left in the same row
    has_raster  whether manuscripts take it, for word processors that read no SVG. A raster costs more than
                twice its vector, so that the others have none.
    """

    id: str
    section: str
    drawing: Callable[[Results], Drawing]
    caption: str
    made_of: tuple[str, ...]
    when: Callable[[Results], bool] | None = None
    stance: str = ""
    beside: str = ""
    has_raster: bool = False


def draw(figure: ReportFigure, results: Results) -> Figure:
    """The figure as SVG."""
    drawing, is_synthetic = figure.drawing(results), results.data.is_synthetic
    return drawn(figure.id, drawing, is_synthetic=is_synthetic, has_raster=figure.has_raster)


def drawn(id: str, drawing: Drawing, *, is_synthetic: bool, has_raster: bool = False) -> Figure:
    """A drawing as SVG."""
    import matplotlib
    from matplotlib.figure import Figure as Canvas

    # Without pyplot nothing is global: no backend to choose, no figure to close.
    with matplotlib.rc_context(STYLE):  # type: ignore[arg-type]
        canvas = Canvas(figsize=drawing.size)
        drawing.paint(canvas)
        if is_synthetic:
            canvas.text(0.995, 0.995, "SYNTHETIC DATA", ha="right", va="top", fontsize=6.5,
                        color=ORANGE, fontweight="bold")  # fmt: skip
        vector = io.StringIO()
        canvas.savefig(vector, format="svg", metadata={"Date": None, "Creator": None})
    title, alt = drawing.title, drawing.alt
    svg = _described(vector.getvalue(), id, title, alt)
    shape = "wide" if drawing.size[0] > 5 else "narrow"
    return Figure(id, title, alt, svg, _inline(svg, id), drawing.remark, shape, canvas, has_raster)


def printed_looks(palette: Sequence[str]) -> tuple[tuple[str, Any, str], ...]:
    """Colour, dash and marker of each level as matplotlib writes them, for as many as can be told apart."""
    return tuple(
        (COLOURS[look.colour], (0, look.dash) if look.dash else "-", look.marker)
        for look in looks(TOLD_APART, palette)
    )


def _described(svg: str, id: str, title: str, alt: str) -> str:
    """Without the generator's metadata, with a title and a description for those who cannot see it."""
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    words = f'<title id="{id}-title">{_escaped(title)}</title><desc id="{id}-desc">{_escaped(alt)}</desc>'
    head = f'<svg role="img" aria-labelledby="{id}-title {id}-desc" '
    svg = svg.replace("<svg ", head, 1)
    end = svg.index(">", svg.index("<svg ")) + 1
    return svg[:end] + words + svg[end:]


def _inline(svg: str, id: str) -> str:
    """For a page with other figures: ids of its own, the page's type and colours, no prologue."""
    svg = svg[svg.index("<svg ") :]
    own = {name for name in re.findall(r'\bid="([^"]+)"', svg) if not name.startswith(f"{id}-")}
    svg = re.sub(r'\bid="([^"]+)"', lambda m: f'id="{_prefixed(m[1], id, own)}"', svg)
    svg = re.sub(r'(href="#|url\(#)([^")]+)', lambda m: m[1] + _prefixed(m[2], id, own), svg)
    svg = re.sub(r"'DejaVu Sans'(?:, [\w' -]+)*", "var(--sans)", svg)
    svg = re.sub(r"<style type=\"text/css\">.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg [^>]*?) width="[\d.]+pt" height="[\d.]+pt"', r"\1", svg, count=1)
    for colour, token in TOKENS.items():
        svg = svg.replace(colour, f"var({token})")
    return svg.strip()


def _prefixed(name: str, id: str, own: set[str]) -> str:
    return f"{id}-{name}" if name in own else name


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def beside(axes, y: float, text: str, *, side: str = "left", gap: float = 6, **look) -> None:
    """Text at height y (data units) just outside the left or right edge of an axes."""
    left = side == "left"
    axes.annotate(text, (0 if left else 1, y), xycoords=axes.get_yaxis_transform(),
                  xytext=(-gap if left else gap, 0), textcoords="offset points",
                  ha="right" if left else "left", va="center", annotation_clip=False, **look)  # fmt: skip
