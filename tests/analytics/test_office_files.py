"""What an author opens in Word and PowerPoint: the report's own tables and figures, named and labelled."""

from __future__ import annotations

import io

import docx
import pptx
import pytest
from PIL import Image

from analytics.render.figures.all_figures import figures
from analytics.render.page.sections import sections
from analytics.render.tables.all_tables import tables
from analytics.render.tables.checklists import checklists
from analytics.render.tables.table import SYNTHETIC


@pytest.fixture(scope="module")
def of_page(results):
    made, drawn = tables(results), figures(results)
    return sections(results, made | checklists(results, made, drawn), drawn)


@pytest.fixture(scope="module")
def placed(of_page):
    """The figures as the page numbers them."""
    return [item for section in of_page for item in section.figures]


@pytest.fixture(scope="module")
def word(printed):
    return docx.Document(printed.page.parent / "tables" / "tables.docx")


@pytest.fixture(scope="module")
def slides(printed):
    return list(pptx.Presentation(printed.page.parent / "figures" / "figures.pptx").slides)


def texts(slide) -> list[str]:
    return [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]


def test_a_slide_a_figure_in_the_order_of_the_page(results, slides, placed):
    assert texts(slides[0]) == [results.study.title, SYNTHETIC]
    assert [slide.shapes.title.text for slide in slides[1:]] == [item.figure.title for item in placed]
    for slide, item in zip(slides[1:], placed, strict=True):
        assert any(item.caption in text and text.endswith(SYNTHETIC) for text in texts(slide))
        assert slide.notes_slide.notes_text_frame.text == item.figure.alt


def test_pictures_on_slides_keep_their_shape_and_stay_on_the_slide(printed, slides):
    deck = pptx.Presentation(printed.page.parent / "figures" / "figures.pptx")
    for slide in slides[1:]:
        (picture,) = (shape for shape in slide.shapes if shape.shape_type == 13)
        width, height = Image.open(io.BytesIO(picture.image.blob)).size
        assert picture.width / picture.height == pytest.approx(width / height, rel=0.01)
        assert picture.left >= 0 and picture.left + picture.width <= deck.slide_width
        assert picture.top + picture.height <= slide.shapes[-1].top <= deck.slide_height
        assert picture._element.nvPicPr.cNvPr.get("descr")


def test_the_word_document_has_each_figure_over_its_caption(word, placed):
    captions = [p.text for p in word.paragraphs if p.style.name == "Caption"]
    assert [text for text in captions if text.startswith("Figure ")] == [
        f"Figure {item.number}. {item.figure.title}" for item in placed
    ]
    assert [shape._inline.docPr.get("descr") for shape in word.inline_shapes] == [
        item.figure.alt for item in placed
    ]


def test_one_style_changes_every_cell_and_headings_are_headings(word, of_page):
    cells = {p.style.name for table in word.tables for p in table.rows[-1].cells[-1].paragraphs}
    assert cells == {"Table Text"}
    headings = [p.text for p in word.paragraphs if p.style.name == "Heading 1"]
    assert headings == [section.title for section in of_page if section.tables or section.figures]
