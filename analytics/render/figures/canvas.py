"""What all figures share: colours, type, sizes on paper, and how a drawing becomes SVG, PDF and PNG; their
bytes never change.

matplotlib is imported when the first figure is drawn; it is slow to start.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from analytics.render.figures.axes import TOLD_APART, Look, looks
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

WIDTHS_MM = {"174mm": 174, "85mm": 85}
"""Two columns and one of a journal, by what the files' names call them; a page shows the first."""

POINTS = {174: 8.6, 85: 7.0}
"""Size of ordinary text at each width. Each is drawn anew, nothing is scaled; as wide as the page's column
the first has text of 13 points."""

SMALLER = 0.5
"""Points by which notes and numbers in columns are smaller."""

DOTS = 600
FAST = {"compress_level": 3}

STAMP = 0.2
"""Inches kept free above everything for the mark of synthetic data."""

STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
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
    "lines.linewidth": 1.6,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "svg.fonttype": "none",
    "svg.hashsalt": "metachron",
    # TrueType, as journals ask: the text stays text.
    "pdf.fonttype": 42,
    "path.simplify": False,
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A matplotlib figure measured in inches from its upper left corner.

    type  size of its ordinary text, points
    """

    figure: Any
    width: float
    height: float
    type: float

    @property
    def small(self) -> float:
        return self.type - SMALLER

    @property
    def is_narrow(self) -> bool:
        return self.type < POINTS[174]

    @property
    def line(self) -> float:
        """Inches from one line of text to the next."""
        return line_of(self.type)

    def axes(self, left: float, top: float, right: float, bottom: float) -> Any:
        """New axes between these distances from the left and the upper edge."""
        width, height = self.width, self.height
        return self.figure.add_axes(
            (left / width, 1 - bottom / height, (right - left) / width, (bottom - top) / height)
        )

    def text(self, x: float, y: float, text: str, **look: Any) -> None:
        """Text whose first line is centred on the height y."""
        points = look.pop("fontsize", self.type)
        for at, line in enumerate(text.split("\n")):
            height = 1 - (y + at * self.line) / self.height
            self.figure.text(x / self.width, height, line, va="center", fontsize=points, **look)

    def line_between(self, start: tuple[float, float], end: tuple[float, float], **look: Any) -> None:
        self._line([start[0], end[0]], [start[1], end[1]], **look)

    def band(self, y: float, height: float, colour: str) -> None:
        """A strip from one edge to the other, behind everything."""
        from matplotlib.patches import Rectangle

        corner = (0, 1 - (y + height) / self.height)
        self.figure.add_artist(
            Rectangle(corner, 1, height / self.height, color=colour, linewidth=0, zorder=-1)
        )

    def stroke(self, x: float, y: float, colour: str, dash: Any, width: float | None = None) -> None:
        """A piece of a level's line, STROKE long, to tell in a legend which it is."""
        self.line_between((x, y), (x + STROKE, y), color=colour, linestyle=dash, linewidth=width)

    def mark(self, x: float, y: float, marker: str, colour: str, **look: Any) -> None:
        look = {"markersize": 5, "markeredgecolor": colour, "markerfacecolor": colour} | look
        self._line([x], [y], marker=marker, linestyle="", **look)

    def _line(self, x: list[float], y: list[float], **look: Any) -> None:
        from matplotlib.lines import Line2D

        across, down = [each / self.width for each in x], [1 - each / self.height for each in y]
        self.figure.add_artist(Line2D(across, down, **look))


STROKE = 0.28
"""Inches."""


def line_of(points: float) -> float:
    """Inches from one line of text of so many points to the next."""
    return points * 1.45 / 72


HINTED = 1.03
"""Times by which whole pixels may make text wider than its outlines."""


@lru_cache(4096)
def width_of(text: str, points: float, weight: str = "normal") -> float:
    """Inches that text takes, the widest of its lines."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(family=["DejaVu Sans"], size=points, weight=weight)
    measure = TextToPath().get_text_width_height_descent
    return HINTED * max(measure(line, font, False)[0] for line in text.split("\n")) / 72


def wrapped(text: str, inches: float, points: float, weight: str = "normal") -> str:
    """The text in lines of at most so many inches, a longer word on a line of its own."""
    lines: list[str] = []
    for word in text.split():
        if lines and width_of(f"{lines[-1]} {word}", points, weight) <= inches:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(lines)


def lines_in(text: str) -> int:
    return text.count("\n") + 1


Row = Mapping[str, str | float | int | bool | None]
"""What a figure shows of one thing: one value a column, at full precision."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a figure is to show.

    height  inches that it takes below the mark of synthetic data, at a width in inches and a size of type in
            points
    paint   puts it on a new sheet
    rows    everything that it draws, as its CSV holds it
    remark  sentences for the caption on what these results leave out
    """

    title: str
    alt: str
    height: Callable[[float, float], float]
    paint: Callable[[Sheet], None]
    rows: tuple[Row, ...]
    remark: str = ""

    def sheet(self, width_mm: int, *, is_synthetic: bool) -> Sheet:
        """It drawn at one of WIDTHS_MM."""
        import matplotlib
        from matplotlib.figure import Figure as Canvas

        width, points = width_mm / 25.4, POINTS[width_mm]
        height = STAMP + self.height(width, points)
        # Without pyplot nothing is global: no backend to choose, no figure to close.
        with matplotlib.rc_context(style(points)):
            sheet = Sheet(Canvas(figsize=(width, height)), width, height, points)
            self.paint(sheet)
            if is_synthetic:
                # On the left, where a phone that shows part of a figure begins.
                sheet.text(0.03, STAMP / 2, "SYNTHETIC DATA", fontsize=6.5, color=ORANGE, fontweight="bold")
        return sheet


def style(points: float) -> dict[Any, Any]:
    """matplotlib's settings for text of so many points."""
    sizes = ("font.size", "axes.labelsize", "xtick.labelsize", "ytick.labelsize")
    return STYLE | dict.fromkeys(sizes, points)


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawn figure: `alt` says in words what it shows, `svg` stands alone, `inline` goes into a page.

    narrow        for a page on a phone, in one column of a journal; empty where the wide one does there too
    remark        sentences for the caption on what these results leave out
    drawing       what it was drawn from, to be drawn again for print
    is_synthetic  whether it and its data say so
    """

    id: str
    title: str
    alt: str
    svg: str
    inline: str
    narrow: str
    remark: str
    drawing: Drawing
    is_synthetic: bool

    @property
    def csv(self) -> str:
        """What it shows: one value a column, a value that there is not empty."""
        columns = list(dict.fromkeys(name for row in self.drawing.rows for name in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, [*columns, "synthetic"], lineterminator="\n")
        writer.writeheader()
        synthetic = str(self.is_synthetic).lower()
        writer.writerows({**row, "synthetic": synthetic} for row in self.drawing.rows)
        return text.getvalue()

    def for_print(self) -> dict[str, bytes]:
        """SVG, PDF and PNG at each width of WIDTHS_MM, by what follows the figure's name in theirs."""
        import matplotlib

        made: dict[str, bytes] = {}
        about = {"CreationDate": None, "Title": self.title, "Subject": self.alt}
        for name, width_mm in WIDTHS_MM.items():
            sheet = self.drawing.sheet(width_mm, is_synthetic=self.is_synthetic)
            pdf, png = io.BytesIO(), io.BytesIO()
            with matplotlib.rc_context(style(sheet.type)):
                made[f"_{name}.svg"] = _described(_svg(sheet), self.id, self.title, self.alt).encode()
                sheet.figure.savefig(pdf, format="pdf", metadata=about)
                sheet.figure.savefig(png, format="png", dpi=DOTS, metadata={"Software": None},
                                     pil_kwargs=FAST)  # fmt: skip
            made |= {f"_{name}.pdf": pdf.getvalue(), f"_{name}.png": png.getvalue()}
        return made


@dataclass(frozen=True, slots=True)
class ReportFigure:
    """One figure of the report, said once beside the function that draws it.

    id       of its files and of its place on the page
    section  that shows it, after those of the section that stand before it in `all_figures.FIGURES`
    drawing  what it shows, from results that can fill it
    made_of  keys of results.json that it reads
    caption  what stands under it; {index} and {second} stand for the names of the study's cancers
    when     whether these results can; if left out, they can unless the section has nothing to tell
    stance   "conventional" or "corrected" where it takes one side; the others show both
    has_narrow  whether a phone sees it as it is in one column of a journal
    """

    id: str
    section: str
    drawing: Callable[[Results], Drawing]
    caption: str
    made_of: tuple[str, ...]
    when: Callable[[Results], bool] | None = None
    stance: str = ""
    has_narrow: bool = False


def draw(figure: ReportFigure, results: Results) -> Figure:
    """The figure as SVG."""
    return drawn(
        figure.id,
        figure.drawing(results),
        is_synthetic=results.data.is_synthetic,
        has_narrow=figure.has_narrow,
    )


def drawn(id: str, drawing: Drawing, *, is_synthetic: bool, has_narrow: bool = False) -> Figure:
    """A drawing as SVG, as wide as the page and as two columns of a journal; for a phone as one, if asked."""
    svg = _at(id, drawing, "174mm", is_synthetic)
    narrow = f"{id}-narrow"
    on_phone = _inline(_at(narrow, drawing, "85mm", is_synthetic), narrow) if has_narrow else ""
    return Figure(
        id, drawing.title, drawing.alt, svg, _inline(svg, id), on_phone, drawing.remark, drawing, is_synthetic
    )


def _at(id: str, drawing: Drawing, width: str, is_synthetic: bool) -> str:
    import matplotlib

    sheet = drawing.sheet(WIDTHS_MM[width], is_synthetic=is_synthetic)
    with matplotlib.rc_context(style(sheet.type)):
        return _described(_svg(sheet), id, drawing.title, drawing.alt)


def printed_looks(palette: Sequence[str]) -> tuple[tuple[str, Any, str], ...]:
    """Colour, dash and marker of each level as matplotlib writes them, for as many as can be told apart."""
    return tuple(printed_look(look) for look in looks(TOLD_APART, palette))


def printed_look(look: Look) -> tuple[str, Any, str]:
    return COLOURS[look.colour], (0, look.dash) if look.dash else "-", look.marker


def _svg(sheet: Sheet) -> str:
    vector = io.StringIO()
    sheet.figure.savefig(vector, format="svg", metadata={"Date": None, "Creator": None})
    return vector.getvalue()


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
