"""Workbooks of every structure: what another reader of their XML expects is read, or refused with a code."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import land
from tests.landing.deliveries import ask
from tests.landing.test_fuzz import FEW, broken, settled
from tests.landing.workbooks import NOT_STORED, Cell, sheet_xml, workbook

MAPPING = """metachron_mapping: 1
files:
  - table: hospital_second_cancers
    recognise: [pid, dx]
    columns: {patient_key: pid, sall_dx_date: dx}
    missing_words: ["#N/A"]
"""
STRINGS = ["<si><t>shared</t></si>", "<si><r><t>ri</t></r><r><t>ch</t></r></si>", "<si/>"]
CELLS = st.sampled_from([
    None, None, 1, 2, "text", "", " ", "a\nb", Cell("0", "s"), Cell("1", "s"), Cell("2", "s"),
    Cell("1.5", "n"),
    Cell("7", "n", style=1), Cell("40000", "n", style=2), Cell("1", "b"), Cell("#N/A", "e"),
    Cell("done", "str", formula="A1"), Cell("", "str", formula="A1"), Cell("3", "n", formula="A1"),
])  # fmt: skip
ROWS = st.lists(st.lists(CELLS, max_size=5), min_size=1, max_size=12)
NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@st.composite
def sheets(draw: st.DrawFn, cells: st.SearchStrategy[list[list[object]]] = ROWS) -> str:
    above = draw(st.lists(st.sampled_from([[None], [], ["about"]]), max_size=3))
    rows = [*above, ["pid", "dx", "own"], *draw(cells)]
    return sheet_xml(
        rows,
        dimension=draw(st.sampled_from(["", "A1", "A1:B2", "A1:XFD1048576", "?"])),
        hidden=draw(st.lists(st.integers(1, 10), max_size=2)),
        merged=draw(st.sampled_from([(), ("A2:A3",)])),
    )


def values_in(xml: str) -> list[int]:
    """Numbers of the rows that hold a value, by another reader of XML, from behind the header."""
    filled = [
        int(row.get("r", "0"))
        for row in ElementTree.fromstring(xml).iter(f"{NAMESPACE}row")
        if any(row.find(f".//{NAMESPACE}{tag}") is not None for tag in ("v", "f", "is"))
    ]
    header = next(place for place, number in enumerate(filled) if has_header(xml, number))
    return filled[header + 1 :]


def has_header(xml: str, number: int) -> bool:
    return (
        f'<row r="{number}"' in xml and ">pid<" in xml.split(f'<row r="{number}"', 1)[1].split("</row>", 1)[0]
    )


@FEW
@given(sheets())
def test_every_row_with_a_value_is_read_whatever_else_a_sheet_says(xml: str):
    with tempfile.TemporaryDirectory() as folder:
        inbox, home = Path(folder, "in"), Home.at(Path(folder, "home"))
        inbox.mkdir()
        (inbox / "h.mapping.yml").write_text(MAPPING)
        (inbox / "p.xlsx").write_bytes(workbook({"P": xml}, formats=["000", "yyyy-mm-dd"], strings=STRINGS))
        try:
            (result,) = land.load([inbox], home)
        except InputRefused as refusal:
            assert refusal.code in ("IN-01", "IN-18")
            return
        expected = values_in(xml)
        lines = [
            line
            for table in ("hospital_second_cancers", "rejects")
            for line in ask(home, f"select source_line from raw.{table}")
        ]
        read = sorted(int(str(line).strip("(,)")) for line in lines)
        assert read == expected[: len(read)] and result.rows_read == len(read)
        # Rows behind the last that is read say nothing.
        assert not has_text(xml, set(expected[len(read) :]))


def has_text(xml: str, numbers: set[int]) -> bool:
    """Whether a cell of these rows says something; the third of the shared texts is empty."""
    return any(
        value.text and value.text.strip() and not (cell.get("t") == "s" and value.text == "2")
        for row in ElementTree.fromstring(xml).iter(f"{NAMESPACE}row")
        if int(row.get("r", "0")) in numbers
        for cell in row
        for value in (*cell.iter(f"{NAMESPACE}v"), *cell.iter(f"{NAMESPACE}t"))
    )


@FEW
@given(st.data())
def test_broken_sheets_and_parts(data: st.DataObject):
    """Cut and changed at any place inside the archive, which is whole."""
    book = workbook(
        {"P": data.draw(sheets()), "Q": data.draw(sheets())},
        formats=["000", "yyyy-mm-dd"],
        strings=STRINGS,
    )
    with tempfile.TemporaryDirectory() as folder:
        inbox = Path(folder, "in")
        inbox.mkdir()
        (inbox / "h.mapping.yml").write_text(MAPPING + data.draw(st.sampled_from(["", "    sheets: all\n"])))
        (inbox / "p.xlsx").write_bytes(with_broken_member(data, book))
        settled(inbox, Home.at(Path(folder, "home")))


def with_broken_member(data: st.DataObject, book: bytes) -> bytes:
    saved = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as source, zipfile.ZipFile(saved, "w") as target:
        names = source.namelist()
        chosen = data.draw(st.sampled_from(names))
        what = data.draw(st.sampled_from(["broken", "broken", "gone", "twice"]))
        for name in names:
            content = source.read(name)
            if name == chosen and what == "gone":
                continue
            target.writestr(
                name, data.draw(broken(content)) if name == chosen and what == "broken" else content
            )
            if name == chosen and what == "twice":
                target.writestr(name.upper(), content)
    return saved.getvalue()


@FEW
@given(ROWS, st.integers(0, 11), st.integers(0, 1))
def test_a_formula_without_its_result_never_lands_where_it_is_read(
    rows: list[list[object]], at: int, column: int
):
    missing = Cell("", NOT_STORED, formula="NOW()")
    rows = [[*row, *[None] * 3][:3] for row in rows]
    rows[at % len(rows)][column] = missing
    with tempfile.TemporaryDirectory() as folder:
        inbox, home = Path(folder, "in"), Home.at(Path(folder, "home"))
        inbox.mkdir()
        (inbox / "h.mapping.yml").write_text(MAPPING)
        book = workbook(
            {"P": sheet_xml([["pid", "dx", "own"], *rows])}, formats=["000", "yyyy-mm-dd"], strings=STRINGS
        )
        (inbox / "p.xlsx").write_bytes(book)
        try:
            land.load([inbox], home)
        except InputRefused as refusal:
            assert refusal.code in ("IN-45", "IN-01", "IN-18")
            return
        raise AssertionError("it was read")
