"""A printed figure read back from its SVG: axes from the labels of their ticks, then what stands on them.

Nothing here knows how a figure is painted: pixels become data only by the numbers printed at the ticks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

import numpy as np

from analytics.render.figures.canvas import TOKENS

NAMES = {value: token.removeprefix("--") for colour, token in TOKENS.items()
         for value in (colour, f"var({token})")}  # fmt: skip
"""Of the colours: in a file, and in a page that may be dark."""

REF = "{http://www.w3.org/1999/xlink}href"
NEAR = 0.01
"""Pixels: an SVG has six digits after the point, and a tick as many."""


@dataclass(frozen=True, slots=True)
class Text:
    """y: its middle"""

    words: str
    x: float
    y: float
    colour: str
    is_bold: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A path that is not filled; points: x and y in pixels, a row each."""

    points: np.ndarray
    colour: str
    dash: str
    width: float
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Mark:
    """shape: o s D ^ < > | x as matplotlib calls them"""

    x: float
    y: float
    shape: str
    face: str
    edge: str

    @property
    def is_hollow(self) -> bool:
        return self.face == "paper"

    @property
    def colour(self) -> str:
        return self.edge if self.is_hollow else self.face


@dataclass(frozen=True, slots=True)
class Area:
    points: np.ndarray
    colour: str
    edge: str = ""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        (left, top), (right, bottom) = self.points.min(axis=0).tolist(), self.points.max(axis=0).tolist()
        return left, top, right, bottom

    def holds(self, text: Text) -> bool:
        left, top, right, bottom = self.box
        return left <= text.x <= right and top <= text.y <= bottom


@dataclass(slots=True)
class Axes:
    """ticks: pixels and labels, of x and of y"""

    box: tuple[float, float, float, float] | None = None
    ticks: dict[str, list[tuple[float, str]]] = field(default_factory=lambda: {"x": [], "y": []})
    lines: list[Line] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)

    def scale(self, side: str, *, is_log: bool = False) -> Scale:
        """By the labels of its ticks, all of which must agree on it."""
        labelled = [(at, float(label.replace(",", ""))) for at, label in self.ticks[side] if label]
        at = np.array([each for each, _ in labelled])
        values = np.array([math.log(value) if is_log else value for _, value in labelled])
        assert len(labelled) > 1, f"{labelled}: an axis of fewer than two numbers says nothing"
        slope, start = np.polyfit(values, at, 1)
        assert np.abs(start + slope * values - at).max() < NEAR, f"{labelled} lie on no such scale"
        return Scale(float(slope), float(start), is_log)


@dataclass(frozen=True, slots=True)
class Scale:
    slope: float
    start: float
    is_log: bool

    def pixel(self, value: float) -> float:
        return float(self.start + self.slope * (math.log(value) if self.is_log else value))


@dataclass(slots=True)
class Read(Axes):
    """A whole figure; what stands on no axes is its own."""

    axes: list[Axes] = field(default_factory=list)


def read(svg: str) -> Read:
    """The axes of a figure, of a file or of a page, and what stands on and beside them."""
    root = ElementTree.fromstring(svg)
    whole = next(each for each in root.iter() if each.get("id", "").endswith("figure_1"))
    own = whole.attrib["id"].removesuffix("figure_1")
    for each in root.iter():
        each.tag = each.tag.rpartition("}")[2]
        each.attrib |= {
            name: each.attrib[name].replace(own, "", 1) for name in ("id", REF) if name in each.attrib
        }
    shapes = {each.attrib["id"]: each for each in root.iter("path") if "id" in each.attrib}
    figure = Read()
    for group in whole:
        if group.get("id", "").startswith("axes_"):
            figure.axes.append(Axes())
            for part in group:
                _take(part, figure.axes[-1], shapes)
        else:
            _take(group, figure, shapes)
    return figure


def _take(group: ElementTree.Element, into: Axes, shapes: dict[str, ElementTree.Element]) -> None:
    id = group.get("id", "")
    if id.startswith("matplotlib.axis"):
        for part in group:
            side = part.get("id", "")[:1]
            if "tick_" in part.get("id", ""):
                at = next(part.iter("use"))
                label = "".join(words.text or "" for words in part.iter("text"))
                into.ticks[side].append((float(at.attrib[side]), label))
            else:
                _take(part, into, shapes)
        return
    into.texts += map(_text, group.iter("text"))
    uses = list(group.iter("use"))
    for use in uses:
        path, style = shapes[use.attrib[REF].removeprefix("#")], _style(use)
        place = float(use.attrib["x"]), float(use.attrib["y"])
        if id.startswith("FillBetween"):
            into.areas.append(Area(_points(path) + place, style["fill"]))
        else:
            into.marks.append(Mark(*place, _shape(path), style["fill"], style["stroke"]))
    for path in () if uses else group.iter("path"):
        style = _style(path)
        if id.startswith("line2d"):
            width = float(style.get("stroke-width", 1))
            dash, opacity = style.get("stroke-dasharray", ""), float(style.get("stroke-opacity", 1))
            into.lines.append(Line(_points(path), style["stroke"], dash, width, opacity))
        elif style["fill"] != "none" or "clip-path" not in path.attrib:
            area = Area(_points(path), style["fill"], style.get("stroke", ""))
            is_frame = "clip-path" not in path.attrib and not area.edge
            if is_frame and into.box is None:
                into.box = area.box
            elif "clip-path" in path.attrib:
                into.areas.append(area)


def _style(element: ElementTree.Element) -> dict[str, str]:
    pairs = (part.partition(":")[::2] for part in element.get("style", "").split(";"))
    return {name.strip(): NAMES.get(value.strip(), value.strip()) for name, value in pairs}


def _text(element: ElementTree.Element) -> Text:
    style = _style(element)
    size = float(style["font-size"].removesuffix("px"))
    x, y = _place(element)
    return Text(element.text or "", x, y - 0.26 * size, style["fill"], "font-weight" in style)


def _place(element: ElementTree.Element) -> tuple[float, float]:
    """Where a text begins; the lines of one that is turned round have their place as a shift."""
    if shift := re.match(r"translate\((\S+) (\S+)\)", element.get("transform", "")):
        return float(shift[1]), float(shift[2])
    return float(element.attrib["x"]), float(element.attrib["y"])


def _points(path: ElementTree.Element) -> np.ndarray:
    """The ends of its segments."""
    return np.array(list(_ends(path.attrib["d"])))


def _ends(d: str) -> Iterator[tuple[float, float]]:
    for numbers in re.findall(r"[MLCQ]([^MLCQz]*)", d):
        *_, x, y = map(float, numbers.split())
        yield x, y


def _shape(path: ElementTree.Element) -> str:
    """matplotlib's name of the sign."""
    if "C" in path.attrib["d"]:
        return "o"
    points = np.round(_points(path), 3)
    if path.attrib["d"].count("M") == 2:
        return "x"
    x, y = points[:, 0], points[:, 1]
    if len(points) == 2:
        return "|" if x[0] == x[1] else "-"
    if len(set(map(tuple, points))) == 3:
        (lone,) = [at for at in range(3) if 0 in (x[at], y[at])]
        return {(True, True): "^", (True, False): "v", (False, True): "<", (False, False): ">"}[
            x[lone] == 0, (y[lone] if x[lone] == 0 else x[lone]) < 0
        ]
    return "D" if 0 in x else "s"
