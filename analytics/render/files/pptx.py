"""Slides, a figure each: its title, the picture, and its caption below; what it shows in words as notes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping

from analytics.render.files.archive import NO_CLOCK, printable, without_clock
from analytics.render.page.section import PlacedFigure
from analytics.render.tables.table import SYNTHETIC

INCHES = (13.333, 7.5)
PICTURE = (0.6, 1.25, 12.133, 5.1)
"""Left, top, width and height of the room that a picture may fill."""


def to_slides(
    figures: Iterable[PlacedFigure], pictures: Mapping[str, bytes], *, title: str, synthetic: bool
) -> bytes:
    """A wide presentation that opens with the study's title.

    pictures  the figures as PNG, by id; a figure without its picture is left out
    """
    from pptx import Presentation
    from pptx.util import Emu, Inches

    deck = Presentation()
    deck.slide_width, deck.slide_height = (Emu(Inches(side)) for side in INCHES)
    facts = deck.core_properties
    facts.title, facts.author, facts.comments = title, "metachron", SYNTHETIC if synthetic else ""
    facts.created = facts.modified = NO_CLOCK
    only_title = deck.slide_layouts.get_by_name("Title Only")
    stamp = SYNTHETIC if synthetic else ""
    first = deck.slides.add_slide(only_title)
    _write(first.shapes.title, printable(title), (0.6, 2.6, 12.133, 1.6), points=36)
    if stamp:
        _write(first.shapes.add_textbox(0, 0, 0, 0), stamp, (0.6, 4.3, 12.133, 0.6), points=18)
    for item in figures:
        if item.figure.id not in pictures:
            continue
        slide = deck.slides.add_slide(only_title)
        _write(slide.shapes.title, printable(item.figure.title), (0.6, 0.35, 12.133, 0.8), points=26)
        left, top, width, height = (Inches(side) for side in PICTURE)
        shown = slide.shapes.add_picture(io.BytesIO(pictures[item.figure.id]), left, top, width=width)
        if shown.height > height:
            shown.width, shown.height = int(shown.width * height / shown.height), height
        shown.left = left + (width - shown.width) // 2
        shown._element.nvPicPr.cNvPr.set("descr", printable(item.figure.alt))
        below = " ".join(part for part in (item.caption, stamp) if part)
        _write(slide.shapes.add_textbox(0, 0, 0, 0), printable(below), (0.6, 6.5, 12.133, 0.8), points=14)
        slide.notes_slide.notes_text_frame.text = printable(item.figure.alt)
    held = io.BytesIO()
    deck.save(held)
    return without_clock(held.getvalue())


def _write(shape, text: str, box: tuple[float, float, float, float], *, points: int) -> None:
    """Text in a box of inches (left, top, width, height), wrapped."""
    from pptx.util import Inches, Pt

    shape.left, shape.top, shape.width, shape.height = (Inches(side) for side in box)
    frame = shape.text_frame
    frame.word_wrap, frame.text = True, text
    for paragraph in frame.paragraphs:
        for run in paragraph.runs:
            run.font.size = Pt(points)
