"""Workbooks written part by part, so that a test decides what each says of itself."""
# ruff: noqa: E501 -- parts read best unbroken

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from flows.landing.forms.hospital.workbook import NAMESPACES, RELATIONS, reference

NOT_STORED = "not stored"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


@dataclass(frozen=True)
class Cell:
    """One cell: the text between its tags, its type, a formula, the number of its style."""

    text: str
    kind: str = "inlineStr"
    formula: str = ""
    style: int | str = 0

    def xml(self, place: str) -> str:
        told = f"<f>{escape(self.formula)}</f>" if self.formula else ""
        if self.kind == "inlineStr":
            told += f'<is><t xml:space="preserve">{escape(self.text)}</t></is>'
        elif self.kind != NOT_STORED:
            told += f"<v>{escape(self.text)}</v>"
        kind = f' t="{self.kind}"' if self.kind not in ("n", NOT_STORED) else ""
        return f'<c{place} s="{self.style}"{kind}>{told}</c>'


Row = Sequence["str | int | Cell | None"]


def sheet_xml(
    rows: Sequence[Row],
    *,
    dimension: str = "",
    hidden: Sequence[int] = (),
    merged: Sequence[str] = (),
    has_places: bool = True,
    namespace: str = NAMESPACES[0],
) -> str:
    """A sheet; a row of None alone is not there, and a row without any cell stands there empty."""
    told = []
    for number, row in enumerate(rows, start=1):
        if list(row) == [None]:
            continue
        cells = ""
        for column, value in enumerate(row):
            if value is None:
                continue
            cell = (
                value
                if isinstance(value, Cell)
                else Cell(str(value), "n" if isinstance(value, int) else "inlineStr")
            )
            cells += cell.xml(f' r="{reference(number, column)}"' if has_places else "")
        place = f' r="{number}"' if has_places else ""
        is_hidden = ' hidden="1"' if number in hidden else ""
        told.append(f"<row{place}{is_hidden}>{cells}</row>")
    stated = f'<dimension ref="{dimension}"/>' if dimension else ""
    ranges = "".join(f'<mergeCell ref="{each}"/>' for each in merged)
    merges = f"<mergeCells>{ranges}</mergeCells>" if merged else ""
    return (
        f'<worksheet xmlns="{namespace}">{stated}<sheetData>{"".join(told)}</sheetData>{merges}</worksheet>'
    )


def workbook(
    sheets: Mapping[str, Sequence[Row] | str],
    *,
    formats: Sequence[str] = (),
    strings: Sequence[str] = (),
    is_1904: bool = False,
    hidden: Sequence[str] = (),
    is_strict: bool = False,
) -> bytes:
    """A workbook of sheets, given as rows or as XML; style n has the n-th format, and style 0 is General."""
    main, relation = NAMESPACES[is_strict], RELATIONS[is_strict]
    names = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{at}" r:id="rId{at}"{" state=" + quoteattr("hidden") if name in hidden else ""}/>'
        for at, name in enumerate(sheets, 1)
    )
    kinds = [*(("worksheet", f"worksheets/sheet{at}.xml") for at in range(1, len(sheets) + 1)),
             ("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")]  # fmt: skip
    codes = "".join(
        f'<numFmt numFmtId="{163 + at}" formatCode={quoteattr(code)}/>' for at, code in enumerate(formats, 1)
    )
    styles = '<xf numFmtId="0"/>' + "".join(
        f'<xf numFmtId="{163 + at}"/>' for at in range(1, len(formats) + 1)
    )
    parts = {
        "_rels/.rels": relations([("officeDocument", "xl/workbook.xml")], relation),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relation}"><workbookPr date1904="{int(is_1904)}"/><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(kinds, relation),
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><numFmts>{codes}</numFmts><cellXfs>{styles}</cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{main}">{"".join(strings)}</sst>',
        **{
            f"xl/worksheets/sheet{at}.xml": each if isinstance(each, str) else sheet_xml(each, namespace=main)
            for at, each in enumerate(sheets.values(), 1)
        },
    }  # fmt: skip
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{content}')
    return saved.getvalue()


def relations(targets: Sequence[tuple[str, str]], relation: str) -> str:
    told = "".join(
        f'<Relationship Id="rId{at}" Type="{relation}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{told}</Relationships>'
