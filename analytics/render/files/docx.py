"""Tables, and for print the figures, as one Word document: native tables, headings, captions, own styles.

python-docx makes the document and its styles; the rows are written as WordprocessingML, because a call a cell
takes seconds for the table of printed numbers. Equal reports give equal bytes: no clock enters the file.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from analytics.render.abbreviations import written_out_in
from analytics.render.files.archive import NO_CLOCK, printable, without_clock
from analytics.render.page.section import PlacedFigure, Section
from analytics.render.tables.table import SYNTHETIC, Table
from analytics.warehouse.study import Study

if TYPE_CHECKING:
    from docx.document import Document

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
FONT = "Times New Roman"
PAGE_MM, MARGIN_MM = (297, 210), 18
PICTURE_MM = (174, 128)
"""A picture and its caption fit on one page."""

STYLES = {"Table Text": 9, "Table Note": 8}
"""Styles of our own, by their size in points: changed once, they change every table."""

RULE = '<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="000000"/>'


def to_word(
    sections: Iterable[Section],
    study: Study,
    *,
    synthetic: bool,
    pictures: Mapping[str, bytes] | None = None,
) -> bytes:
    """A landscape A4 document with a heading for each section that has something to show.

    A table has its caption above, three rules, and its notes and abbreviations below; a figure stands above
    its caption.

    pictures  the figures as PNG, by id; a figure without its picture is left out
    """
    drawn, title = pictures or {}, study.title
    document = _new(title, synthetic=synthetic)
    document.add_paragraph(printable(title), style="Title")
    if synthetic:
        document.add_paragraph(SYNTHETIC, style="Table Note")
    for section in sections:
        figures = [item for item in section.figures if item.figure.id in drawn]
        if not figures and not section.tables:
            continue
        document.add_heading(printable(section.title), level=1)
        for item in figures:
            _add_figure(document, item, drawn[item.figure.id], synthetic=synthetic)
        for laid in section.tables:
            _add_table(document, laid.table, study, synthetic=synthetic)
    held = io.BytesIO()
    document.save(held)
    return without_clock(held.getvalue())


def _new(title: str, *, synthetic: bool) -> Document:
    """An empty document with the styles that an author changes instead of cells."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt, RGBColor

    document = Document()
    page = document.sections[0]
    page.orientation = WD_ORIENT.LANDSCAPE
    page.page_width, page.page_height = map(Mm, PAGE_MM)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Mm(MARGIN_MM)
    styles: Any = document.styles
    for name, points in STYLES.items():
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style, style.font.size = styles["Normal"], Pt(points)
        style.paragraph_format.space_after = Pt(1)
    for name, points in {"Normal": 11, "Title": 20, "Heading 1": 14, "Caption": 10}.items():
        font = styles[name].font
        font.name, font.size, font.color.rgb = FONT, Pt(points), RGBColor(0, 0, 0)
        # A theme's font would win over the name.
        fonts = styles[name].element.rPr.rFonts
        for kind in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{kind}"), None)
    styles["Caption"].font.bold = True
    styles["Caption"].paragraph_format.space_before = Pt(10)
    facts = document.core_properties
    facts.title, facts.author, facts.comments = title, "metachron", SYNTHETIC if synthetic else ""
    facts.created = facts.modified = NO_CLOCK
    return document


def _add_figure(document: Document, item: PlacedFigure, png: bytes, *, synthetic: bool) -> None:
    from docx.shared import Emu, Mm

    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    picture = paragraph.add_run().add_picture(io.BytesIO(png), width=Mm(PICTURE_MM[0]))
    if picture.height > Mm(PICTURE_MM[1]):
        picture.width = Emu(picture.width * Mm(PICTURE_MM[1]) // picture.height)
        picture.height = Mm(PICTURE_MM[1])
    picture._inline.docPr.set("descr", printable(item.figure.alt))
    document.add_paragraph(printable(f"Figure {item.number}. {item.figure.title}"), style="Caption")
    for note in [item.caption, *([SYNTHETIC] if synthetic else [])]:
        document.add_paragraph(printable(note), style="Table Note")


def _add_table(document: Document, table: Table, study: Study, *, synthetic: bool) -> None:
    from docx.oxml import parse_xml

    caption = document.add_paragraph(printable(table.title), style="Caption")
    caption.paragraph_format.keep_with_next = True
    document.element.body.insert(-1, parse_xml(_table(table)))
    texts = (table.title, *table.footnotes, *(text for row in (table.columns, *table.rows) for text in row))
    used = "; ".join(f"{name}, {full}" for name, full in written_out_in(study, texts))
    notes = [*table.footnotes, *([f"{used}."] if used else []), *([SYNTHETIC] if synthetic else [])]
    for note in notes:
        document.add_paragraph(printable(note), style="Table Note")


def _table(table: Table) -> str:
    """One w:tbl; headings repeat on every page, no row is split, a group's heading spans the table."""
    head = _row(
        [_cell(name, table, at, bold=True, below=6) for at, name in enumerate(table.columns)],
        "<w:tblHeader/>",
    )
    rows = []
    for number, row in enumerate(table.rows):
        last = 12 if number == len(table.rows) - 1 else 0
        if number in table.groups and not any(row[1:]):
            cells = [_cell(row[0], table, 0, bold=True, below=last, span=len(row))]
        else:
            bold = number in table.groups
            cells = [_cell(cell, table, at, bold=bold and at == 0, below=last) for at, cell in enumerate(row)]
        rows.append(_row(cells))
    top = RULE.format(side="top", size=12)
    return (
        f'<w:tbl xmlns:w="{NAMESPACE}"><w:tblPr><w:tblW w:w="5000" w:type="pct"/>'
        f"<w:tblBorders>{top}</w:tblBorders>"
        '<w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar>'
        "</w:tblPr>"
        f"<w:tblGrid>{'<w:gridCol/>' * len(table.columns)}</w:tblGrid>{head}{''.join(rows)}</w:tbl>"
    )


def _row(cells: list[str], more: str = "") -> str:
    return f"<w:tr><w:trPr><w:cantSplit/>{more}</w:trPr>{''.join(cells)}</w:tr>"


def _cell(text: str, table: Table, at: int, *, bold: bool, below: int, span: int = 1) -> str:
    """below  eighths of a point of the rule under the cell; 0 for none"""
    properties = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    if below:
        properties += f"<w:tcBorders>{RULE.format(side='bottom', size=below)}</w:tcBorders>"
    side = "right" if at in table.numeric else "left"
    strong = "<w:rPr><w:b/></w:rPr>" if bold else ""
    # A style's id is its name without blanks.
    return (
        f'<w:tc><w:tcPr>{properties}</w:tcPr><w:p><w:pPr><w:pStyle w:val="TableText"/>'
        f'<w:jc w:val="{side}"/></w:pPr>'
        f'<w:r>{strong}<w:t xml:space="preserve">{escape(printable(text))}</w:t></w:r></w:p></w:tc>'
    )
