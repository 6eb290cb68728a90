"""Tables as one Word document that an author can paste from: native tables, captions, repeated headings.

python-docx makes the document and its styles; the rows are written as WordprocessingML, because a call a cell
takes seconds for the table of printed numbers. Equal tables give equal bytes: no clock enters the file.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import datetime
from xml.sax.saxutils import escape

from analytics.render.tables.table import SYNTHETIC, Table

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
NO_CLOCK = datetime(2000, 1, 1)
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
FONT, POINTS = "Times New Roman", 9
RULE = '<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="000000"/>'


def to_word(tables: Iterable[Table], *, title: str, synthetic: bool) -> bytes:
    """Every table on landscape A4: caption above, three rules, footnotes below, a new page each."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.oxml import parse_xml
    from docx.shared import Mm, Pt

    document = Document()
    page = document.sections[0]
    page.orientation, page.page_width, page.page_height = WD_ORIENT.LANDSCAPE, Mm(297), Mm(210)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Mm(18)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(POINTS)
    normal.paragraph_format.space_after = Pt(2)
    facts = document.core_properties
    facts.title, facts.author, facts.comments = title, "metachron", SYNTHETIC if synthetic else ""
    facts.created = facts.modified = NO_CLOCK
    for at, table in enumerate(tables):
        caption = document.add_paragraph()
        caption.paragraph_format.page_break_before = at > 0
        caption.paragraph_format.keep_with_next = True
        caption.add_run(table.title).bold = True
        document.element.body.insert(-1, parse_xml(_table(table)))
        for note in [*table.footnotes, *([SYNTHETIC] if synthetic else [])]:
            document.add_paragraph().add_run(note).font.size = Pt(POINTS - 1)
    held = io.BytesIO()
    document.save(held)
    return _without_clock(held.getvalue())


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
    return (
        f"<w:tc><w:tcPr>{properties}</w:tcPr><w:p>"
        f'<w:pPr><w:spacing w:after="20"/><w:jc w:val="{side}"/></w:pPr>'
        f'<w:r>{strong}<w:t xml:space="preserve">{escape(_printable(text))}</w:t></w:r></w:p></w:tc>'
    )


def _printable(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(character for character in text if character >= " " or character in "\t\n")


def _without_clock(content: bytes) -> bytes:
    """The same archive with a fixed hour in every entry."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as given,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for entry in given.infolist():
            copy.writestr(zipfile.ZipInfo(entry.filename, ZIP_EPOCH), given.read(entry), zipfile.ZIP_DEFLATED)
    return out.getvalue()
