"""One section of the report: words, figures and tables in their places."""

from __future__ import annotations

from dataclasses import dataclass, field

from analytics.render.figures.canvas import Figure
from analytics.render.tables.table import Table
from analytics.results.run import RowsBehind


@dataclass(frozen=True, slots=True)
class PlacedFigure:
    """A figure in its place, with a caption and which stance it takes."""

    figure: Figure
    caption: str
    number: int
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Laid:
    """A table in its place; `fold` is the line one opens to see it."""

    table: Table
    wrap: bool = False
    fold: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """`title` is a name of the field, `question` what the section answers.

    folded  paragraphs that one opens to see, under the line `fold`; paper has them
    """

    id: str
    title: str
    question: str
    text: tuple[str, ...] = ()
    difference: str = ""
    folded: tuple[str, ...] = ()
    fold: str = "In full"
    points: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    figures: tuple[PlacedFigure, ...] = field(default_factory=tuple)
    tables: tuple[Laid, ...] = field(default_factory=tuple)
    origins: tuple[RowsBehind, ...] = ()
