"""A REDCap project's data dictionary: fields with their forms and choices, from the web page or the API."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from flows.errors import InputRefused
from flows.landing.forms.hospital.cells import csv_sheet, csv_text, first_csv_rows
from flows.landing.vault import Content

# Where each fact stands: by the names that the web page and the API give it, else in REDCap's own order.
PLACES = {"name": 0, "form": 1, "kind": 3, "label": 4, "choices": 5}
HEADERS = {
    "name": ("Variable / Field Name", "field_name"),
    "form": ("Form Name", "form_name"),
    "kind": ("Field Type", "field_type"),
    "label": ("Field Label", "field_label"),
    "choices": ("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"),
}
KINDS = frozenset(
    ["text", "notes", "calc", "dropdown", "radio", "checkbox", "yesno", "truefalse", "file", "slider",
     "descriptive", "sql", "advcheckbox"]
)  # fmt: skip
FEWEST_COLUMNS, MOST_COLUMNS = 12, 20  # of a dictionary whose header is in another language
FIXED = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}
WITH_CHOICES = ("radio", "dropdown", "checkbox")
CODE = re.compile(r"\s*([^\s,|]+)\s*,")
NUMBER = re.compile(r"\s*(-?\d+)\s*,")
TAG = re.compile(r"<[^<>]*>")

Row = tuple[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class DataField:
    """One field of the project: its form and label, and its choices (code -> label) if it has any.

    doubled   codes that stand for two choices
    """

    name: str
    form: str
    is_checkbox: bool
    choices: Mapping[str, str]
    label: str = ""
    doubled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DataDictionary:
    """The fields of a project by their names, in their order, and what was noted while they were read."""

    fields: Mapping[str, DataField]
    events: tuple[str, ...] = field(default=())


def looks_like_data_dictionary(start: bytes) -> bool:
    """Whether a file's first bytes are those of a REDCap data dictionary."""
    rows = [cells for cells in first_rows(start) if cells]
    return bool(rows) and places_of(rows[0], rows[1:]) is not None


def first_rows(start: bytes, most: int = 8) -> list[list[str]]:
    """The first rows of a delimited text."""
    rows = islice(first_csv_rows(start, None), most)
    return [[cell.strip() for cell in cells] for _, cells in rows]


def places_of(header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, int] | None:
    """Where name, form, kind, label and choices stand, or None for a table that is no dictionary."""
    known = [cell.strip() for cell in header]
    for dialect in range(2):
        if known[:2] == [HEADERS["name"][dialect], HEADERS["form"][dialect]]:
            return {
                what: known.index(names[dialect])
                for what, names in HEADERS.items()
                if names[dialect] in known
            }
    kinds = [row[PLACES["kind"]].strip() for row in rows if len(row) > PLACES["kind"]]
    is_standard = FEWEST_COLUMNS <= len(known) <= MOST_COLUMNS and kinds and KINDS.issuperset(kinds)
    return dict(PLACES) if is_standard and known[PLACES["kind"]] not in KINDS else None


def names_in(start: bytes) -> list[str]:
    """Names and labels of the fields in the first bytes of a dictionary."""
    rows = [cells for cells in first_rows(start, 1 << 16) if cells]
    places = places_of(rows[0], rows[1:]) if rows else None
    if places is None:
        return []
    wanted = [places[what] for what in ("name", "label") if what in places]
    return [cells[place] for cells in rows[1:] for place in wanted if place < len(cells)]


def read(content: Content) -> DataDictionary:
    """Parse a data dictionary; raises InputRefused IN-13, or what a table of text is refused for."""
    rows, events = rows_of(content)
    header = rows[0][1]
    places = places_of(header, [cells for _, cells in rows[1:]])
    if places is None or "kind" not in places:
        raise refused(content, "its header is another", rows[0][0])
    fields: dict[str, DataField] = {}
    piped = []
    for line, cells in rows[1:]:
        row = {what: cells[place].strip() if place < len(cells) else "" for what, place in places.items()}
        name = row["name"]
        if not name or name in fields:
            raise refused(content, "a field has no name, or one that another has", line, name or None)
        choices, doubled, has_pipe = choices_of(row["kind"], row.get("choices", ""))
        label = " ".join(html.unescape(TAG.sub(" ", row.get("label", ""))).split())
        fields[name] = DataField(name, row["form"], row["kind"] == "checkbox", choices, label, doubled)
        piped += [name] if has_pipe else []
    # The same events as those of the data, which stand beside them.
    events += tuple(f"dictionary_{event}" for event in csv_text(content, None)[0].events)
    if piped:
        events += (f"pipes_in_labels:{', '.join(piped[:10])}",)
    return DataDictionary(fields, events)


def rows_of(content: Content) -> tuple[list[Row], tuple[str, ...]]:
    """The rows that are not blank, and what was noted: some programs put a backslash before a quote."""
    try:
        rows: list[Row] = [(line, cells) for line, cells in csv_sheet(content, None).rows() if any(cells)]
        if not is_too_wide(rows):
            return rows, ()
        wide = next(line for line, cells in rows if len(cells) > len(rows[0][1]))
        failed = refused(content, "a row has more cells than the header", wide)
    except InputRefused as error:
        if error.code != "IN-06":
            raise
        failed = error
    text, delimiter = csv_text(content, None)
    escaped = csv.reader(
        io.StringIO(text.path.read_text("utf-8"), newline=""), delimiter=delimiter, escapechar="\\"
    )
    try:
        rows = [(escaped.line_num, tuple(cells)) for cells in escaped if any(cells)]
    except csv.Error:
        raise failed from None
    if is_too_wide(rows):
        raise failed
    return rows, ("escaped_quotes",)


def is_too_wide(rows: Sequence[Row]) -> bool:
    return any(len(cells) > len(rows[0][1]) for _, cells in rows)


def choices_of(kind: str, text: str) -> tuple[dict[str, str], tuple[str, ...], bool]:
    """`1, Yes | 0, No` as code -> label, codes that are there twice, and whether a label holds a pipe."""
    if kind in FIXED:
        return dict(FIXED[kind]), (), False
    if kind not in WITH_CHOICES:
        return {}, (), False
    choices: dict[str, str] = {}
    doubled = []
    # Without a comma a choice is its own code.
    pieces = [piece for piece in (pieces_of(text) if "," in text else text.split("|")) if piece.strip()]
    for piece in pieces:
        code, comma, label = piece.partition(",")
        code, label = code.strip(), (label if comma else code).strip()
        if choices.setdefault(code, label) != label:
            doubled.append(code)
    return choices, tuple(doubled), any("|" in piece for piece in pieces)


def pieces_of(text: str) -> Iterator[str]:
    """The choices of a field: REDCap puts ` | ` between them; another pipe may be part of a label."""
    is_spaced = " | " in text
    held = ""
    for place, piece in enumerate(re.split(r"(\s*\|\s*)", text)):
        if place % 2:
            separator = piece
            continue
        is_between = place > 0 and (not is_spaced or (separator.startswith(" ") and separator.endswith(" ")))
        begins = CODE.match(piece) if is_between or place == 0 else NUMBER.match(piece)
        if place == 0:
            held = piece
        elif begins:
            yield held
            held = piece
        elif piece.strip():
            held += separator + piece
    yield held


def refused(content: Content, what: str, line: int, value: str | None = None) -> InputRefused:
    return InputRefused(
        "IN-13",
        f"The data dictionary cannot be read: {what}",
        file=content.name,
        line=line,
        value=value,
        remedy="Download the data dictionary from the project again.",
    )
