"""Workbooks (.xlsx, .xlsm) straight from their XML: every row with a value, whatever else the file says.

A library that knows workbooks trusts the dimension that a sheet states, and gives an empty cell for a formula
whose result was never stored. Here a row is what the XML has as a row.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import count, islice
from pathlib import Path
from typing import IO
from xml.parsers import expat

from flows.landing.forms.hospital.number_formats import GENERAL, builtin_formats, is_number, iso, shown

NAMESPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
RELATIONS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
BLOCK_BYTES = 1 << 18
FIRST_BLOCKS = 8  # in which a header is looked for
LAST_ROW, LAST_COLUMN, LONGEST_CELL = 1_048_576, 16_384, 1 << 16
# A cell of its own place and nothing else; there may be millions, for a format makes one.
EMPTY_CELL = re.compile(rb'<c r="[A-Z]+[0-9]+"[^<>/]*/>')
WITHOUT_PLACE = re.compile(rb"<c(?! r=)\b|<!")
ROW_END = re.compile(rb"</(?:[\w.-]+:)?row\s*>")
VALUE = re.compile(rb"<(?:[\w.-]+:)?(?:v|f|is)[\s/>]")
# Where XML holds what only looks like tags, and how each ends.
MARKS = {b"<!--": b"-->", b"<![CDATA[": b"]]>"}
MARKED = re.compile(b"|".join(map(re.escape, MARKS)))
LONGEST_MARK = max(map(len, MARKS))
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


class Damaged(ValueError):
    """A workbook that is not made as workbooks are."""


@dataclass(frozen=True, slots=True)
class SheetPlace:
    """A sheet of a workbook: its name, the file in the archive, and whether the workbook hides it."""

    name: str
    member: str
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One row that holds a value.

    cells       as text, from the first column to the last that is there
    unresolved  cells without a value of their own, and columns: a "formula" without its result, an "error",
                a "number" that is none
    """

    number: int
    cells: tuple[str, ...]
    unresolved: tuple[tuple[str, int], ...]
    is_hidden: bool
    has_dates: bool


@dataclass(slots=True)
class Book:
    """An opened workbook. Call `close` when done."""

    archive: zipfile.ZipFile
    members: Mapping[str, str]
    sheets: tuple[SheetPlace, ...] = ()
    formats: tuple[str, ...] = ()
    strings_member: str | None = None
    is_1904: bool = False
    strings: list[str] = field(default_factory=list)

    def open(self, member: str) -> IO[bytes]:
        return self.archive.open(self.members[member.lower()])

    def close(self) -> None:
        self.archive.close()


def open_book(path: Path) -> Book:
    """What a workbook says of itself; raises Damaged, or whatever zipfile and expat stumble over."""
    archive = zipfile.ZipFile(path)
    # Some programs write the paths of Windows.
    members = {name.lower().replace("\\", "/"): name for name in archive.namelist()}
    if len(members) != len(archive.namelist()):
        raise Damaged("a part of it is there twice")
    book = Book(archive, members)
    main = next((part for kind, part in relations(book, "").values() if kind == "officeDocument"), None)
    if main is None:
        raise Damaged("it is no workbook")
    parts = relations(book, main)
    sheets = []
    for _, name, facts in tags(book.open(main)):
        if name == "workbookPr":
            book.is_1904 = facts.get("date1904") in ("1", "true")
        elif name == "sheet":
            ids = (facts.get(f"{namespace} id") for namespace in RELATIONS)
            kind, member = parts[next(each for each in ids if each)]
            if kind == "worksheet":
                sheets.append(SheetPlace(facts["name"], member, facts.get("state", "visible") != "visible"))
    book.sheets = tuple(sheets)
    by_kind = dict(parts.values())
    book.strings_member = by_kind.get("sharedStrings")
    book.formats = formats_of(book, by_kind["styles"]) if "styles" in by_kind else ()
    return book


def relations(book: Book, part: str) -> dict[str, tuple[str, str]]:
    """Id -> kind and member of what a part of the archive relates to."""
    folder, name = posixpath.split(part)
    member = posixpath.join(folder, "_rels", f"{name}.rels")
    found = {}
    if member.lower() in book.members:
        for _, tag, facts in tags(book.open(member)):
            if tag == "Relationship" and facts.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, facts["Target"])).lstrip("/")
                found[facts["Id"]] = (facts["Type"].rpartition("/")[2], target)
    return found


def formats_of(book: Book, member: str) -> tuple[str, ...]:
    """The number format of each style, in the order in which cells name them."""
    codes, styles = dict(builtin_formats()), []
    for parent, tag, facts in tags(book.open(member)):
        if tag == "numFmt" and parent == "numFmts":
            codes[int(facts["numFmtId"])] = facts["formatCode"]
        elif tag == "xf" and parent == "cellXfs":
            styles.append(int(facts.get("numFmtId", 0)))
    return tuple(codes.get(style, GENERAL) for style in styles)


# ---------------------------------------------------------------- XML


def parser_of() -> expat.XMLParserType:
    parser = expat.ParserCreate("UTF-8", " ")
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise Damaged("its XML has a document type")

    parser.StartDoctypeDeclHandler = refuse
    return parser


def parsed(parser: expat.XMLParserType, file: IO[bytes], blocks: int | None = None) -> Iterator[None]:
    """Feed a file to a parser, or its first blocks, with a pause after each."""
    with file:
        for _ in range(blocks) if blocks else count():
            block = file.read(BLOCK_BYTES)
            if not block:
                break
            is_plain = b"/>" in block and WITHOUT_PLACE.search(block) is None
            parser.Parse(EMPTY_CELL.sub(b"", block) if is_plain else block, False)
            yield
        else:
            return
        parser.Parse(b"", True)
        yield


def tags(file: IO[bytes]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Each start tag of a small part: parent and name without namespace, and attributes."""
    found: list[tuple[str, str, dict[str, str]]] = []
    above = [""]
    parser = parser_of()

    def start(name: str, facts: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        found.append((above[-1], local, facts))
        above.append(local)

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: above.pop() and None
    for _ in parsed(parser, file):
        yield from found
        found.clear()


def in_namespaces(*names: str) -> dict[str, str]:
    return {f"{namespace} {name}": name for namespace in NAMESPACES for name in names}


def unescaped(text: str) -> str:
    """_x000D_ as the letter that it stands for, where text can hold that letter."""
    return ESCAPED.sub(letter_of, text) if "_x" in text else text


def letter_of(escaped: re.Match[str]) -> str:
    letter = chr(int(escaped[1], 16))
    return letter if letter in "\t\n\r" or letter.isprintable() else escaped[0]


def load_strings(book: Book, needed: int) -> None:
    """The texts that sheets share, up to the one with this number; what is there stays."""
    if book.strings_member is None or len(book.strings) > needed:
        return
    known = in_namespaces("si", "t", "rPh")
    strings: list[str] = []
    text: list[str] = []
    parser = parser_of()
    is_phonetic = False

    def start(name: str, facts: dict[str, str]) -> None:
        nonlocal is_phonetic
        tag = known.get(name)
        if tag == "t" and not is_phonetic:
            parser.CharacterDataHandler = text.append
        elif tag == "rPh":
            is_phonetic = True

    def end(name: str) -> None:
        nonlocal is_phonetic
        tag = known.get(name)
        if tag == "t":
            parser.CharacterDataHandler = None
        elif tag == "rPh":
            is_phonetic = False
        elif tag == "si":
            strings.append(unescaped("".join(text)))
            text.clear()

    parser.StartElementHandler, parser.EndElementHandler = start, end
    for _ in parsed(parser, book.open(book.strings_member)):
        if len(strings) > needed:
            break
    book.strings = strings


# ---------------------------------------------------------------- sheets


@cache
def column_of(letters: str) -> int:
    """A as 0, B as 1, AA as 26."""
    column = 0
    for letter in letters:
        if not "A" <= letter <= "Z":
            raise Damaged("a cell has no place in its sheet")
        column = column * 26 + ord(letter) - 64
    if not 0 < column <= LAST_COLUMN:
        raise Damaged("a cell has no place in its sheet")
    return column - 1


def reference(row: int, column: int) -> str:
    """The name of a cell, such as B7; column counted from 0."""
    letters, left = "", column + 1
    while left:
        left, place = divmod(left - 1, 26)
        letters = chr(65 + place) + letters
    return f"{letters}{row}"


@dataclass(slots=True)
class SheetParser:
    """The cells of one sheet while its XML goes by."""

    book: Book
    rows: list[tuple[int, bool, list[tuple[int, str, str, str, bool]]]] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    # of the row
    number: int = 0
    is_hidden: bool = False
    cells: list[tuple[int, str, str, str, bool]] = field(default_factory=list)
    # of the cell: its place, kind and style, its text if it has a value, whether it has a formula
    column: int = -1
    kind: str = "n"
    style: str = "0"
    text: list[str] = field(default_factory=list)
    has_value: bool = False
    has_formula: bool = False
    is_phonetic: bool = False


def rows_of(
    book: Book, sheet: SheetPlace, merged: list[str] | None = None, blocks: int | None = None
) -> Iterator[Row]:
    """Every row of a sheet in which a cell has a value or a formula, in their order.

    Ranges of merged cells, which stand behind the rows, are put into `merged`.
    Raises Damaged for rows or cells without a place, or with one that another has.
    """
    state = SheetParser(book)
    parser = parser_of()
    handlers(parser, state)
    last = 0
    for _ in parsed(parser, book.open(sheet.member), blocks):
        for number, is_hidden, cells in state.rows:
            if number <= last or number > LAST_ROW:
                raise Damaged("a row has the number of another")
            last = number
            yield row_of(book, number, is_hidden, cells)
        state.rows.clear()
    if merged is not None:
        merged += state.merged


def handlers(parser: expat.XMLParserType, state: SheetParser) -> None:
    known = in_namespaces("row", "c", "v", "f", "is", "t", "rPh", "mergeCell")

    def start(name: str, facts: dict[str, str]) -> None:
        tag = known.get(name)
        if tag == "c":
            place = facts.get("r")
            state.column = state.column + 1 if place is None else column_of(place.rstrip("0123456789"))
            state.kind, state.style = facts.get("t", "n"), facts.get("s", "0")
            state.has_value = state.has_formula = False
        elif tag == "v":
            state.has_value = True
            parser.CharacterDataHandler = state.text.append
        elif tag == "row":
            place = facts.get("r")
            state.number = state.number + 1 if place is None else int(place)
            state.is_hidden = facts.get("hidden") in ("1", "true")
            state.column = -1
        elif tag == "f":
            state.has_formula = True
        elif tag == "is":
            state.has_value = True
        elif tag == "t" and not state.is_phonetic:
            parser.CharacterDataHandler = state.text.append
        elif tag == "rPh":
            state.is_phonetic = True
        elif tag == "mergeCell":
            state.merged.append(facts.get("ref", ""))

    def end(name: str) -> None:
        tag = known.get(name)
        if tag == "c":
            if state.has_value or state.has_formula:
                kind = state.kind if state.has_value else "formula"
                text = "".join(state.text)
                if len(text) > LONGEST_CELL:
                    raise Damaged("a cell holds more than cells can")
                state.cells.append((state.column, kind, state.style, text, state.has_formula))
                state.text.clear()
        elif tag in ("v", "t"):
            parser.CharacterDataHandler = None
        elif tag == "row":
            if state.cells:
                state.rows.append((state.number, state.is_hidden, state.cells))
                state.cells = []
        elif tag == "rPh":
            state.is_phonetic = False

    parser.StartElementHandler, parser.EndElementHandler = start, end


def row_of(book: Book, number: int, is_hidden: bool, found: list[tuple[int, str, str, str, bool]]) -> Row:
    texts: dict[int, str] = {}
    unresolved = []
    has_dates = False
    for column, kind, style, raw, has_formula in found:
        if column in texts:
            raise Damaged("a cell has the place of another")
        if kind == "formula" or (has_formula and kind == "n" and not raw):
            unresolved.append(("formula", column))
            texts[column] = ""
        elif kind == "e":
            unresolved.append(("error", column))
            texts[column] = raw
        elif kind == "n" and raw and not is_number(raw.strip()):
            unresolved.append(("number", column))
            texts[column] = raw
        elif kind == "n":
            texts[column], is_dated = (
                shown(raw.strip(), format_of(book, style), book.is_1904) if raw else ("", False)
            )
            has_dates = has_dates or is_dated
        else:
            texts[column], is_dated = TEXTS[kind](book, raw)
            has_dates = has_dates or is_dated
    cells = [""] * (max(texts) + 1)
    for column, text in texts.items():
        cells[column] = text
    return Row(number, tuple(cells), tuple(unresolved), is_hidden, has_dates)


def format_of(book: Book, style: str) -> str:
    place = int(style or 0)
    return book.formats[place] if place < len(book.formats) else GENERAL


def shared(book: Book, raw: str) -> tuple[str, bool]:
    if not raw:
        return "", False
    place = int(raw)
    if place >= len(book.strings):
        load_strings(book, 2 * place + 1000)
    return book.strings[place], False


def dated(book: Book, raw: str) -> tuple[str, bool]:
    try:
        return iso(datetime.fromisoformat(raw)) or raw, True
    except ValueError:
        return raw, False


# What the text of a cell means, by its type.
TEXTS: Mapping[str, Callable[[Book, str], tuple[str, bool]]] = {
    "s": shared,
    "str": lambda book, raw: (unescaped(raw), False),
    "inlineStr": lambda book, raw: (unescaped(raw), False),
    "b": lambda book, raw: ("TRUE" if raw.strip() in ("1", "true") else "FALSE", False),
    "d": dated,
}


def count_rows(book: Book, sheet: SheetPlace) -> int:
    """Rows of the XML in which a cell has a value or a formula, counted in its bytes without reading them."""
    n_rows, rest = 0, b""
    with book.open(sheet.member) as file:
        for block in without_marked(file):
            *rows, rest = ROW_END.split(rest + block)
            n_rows += sum(VALUE.search(row) is not None for row in rows)
    return n_rows


def without_marked(file: IO[bytes]) -> Iterator[bytes]:
    """Blocks of XML without its comments and marked texts, in which tags are no tags."""
    held, closing = b"", b""
    while block := file.read(BLOCK_BYTES):
        held += block
        kept = []
        while True:
            if closing:
                _, found, after = held.partition(closing)
                held = after if found else held[-len(closing) + 1 :]
                if not found:
                    break
                closing = b""
            if not (opening := MARKED.search(held)):
                break
            kept.append(held[: opening.start()])
            held, closing = held[opening.end() :], MARKS[opening[0]]
        if not closing:
            # What may be the beginning of such a mark waits for the next block.
            cut = held.rfind(b"<", max(0, len(held) - LONGEST_MARK + 1))
            kept.append(held[:cut] if cut >= 0 else held)
            held = held[cut:] if cut >= 0 else b""
        yield b"".join(kept)
    yield b"" if closing else held


def first_rows(path: Path, most: int) -> Iterator[tuple[str, list[Row]]]:
    """The first rows of each sheet, up to the first damaged one, with the sheet's name.

    Raises as `open_book` does.
    """
    book = open_book(path)
    try:
        for sheet in book.sheets:
            rows: list[Row] = []
            with suppress(Exception):  # told by who reads all rows
                rows.extend(islice(rows_of(book, sheet, blocks=FIRST_BLOCKS), most))
            yield sheet.name, rows
    finally:
        book.close()
