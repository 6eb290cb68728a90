"""Delimited exports against their dictionary: the header, and the number of fields on every line."""

from __future__ import annotations

import csv
import io
import os
import re
from dataclasses import replace

from flows.errors import InputRefused
from flows.landing.forms.delivery import Reject, too_many
from flows.landing.forms.seer_listing.dictionary import Dictionary
from flows.landing.text.delivered_text import SEPARATOR, Text, first_line, lines_at
from flows.landing.text.line_count import Lines
from flows.landing.vocabulary import squeezed
from flows.terminal.wording import counted

LONGEST_SAS_LABEL = 40


def lines_above(text: Text, dictionary: Dictionary, names: list[str]) -> tuple[int, tuple[str, ...]]:
    """How many lines stand above the rows, and what was noted; raises IN-14 for another header.

    They are the header, if there is one, and above it the separator that a spreadsheet program is told.
    """
    line = first_line(text).decode()
    if not SEPARATOR.fullmatch(line):
        has_header, events = has_header_in(line, 1, text, dictionary, names)
        return int(has_header), events
    second = lines_at(text, [2]).get(2)
    if second is None:
        raise InputRefused("IN-01", "The file tells its separator, and holds nothing else", file=text.name)
    has_header, events = has_header_in(second, 2, text, dictionary, names)
    return 1 + has_header, (*events, "separator_line")


def has_header_in(
    line: str, number: int, text: Text, dictionary: Dictionary, names: list[str]
) -> tuple[bool, tuple[str, ...]]:
    """Whether a line is the header, and what was noted; raises IN-14 if it is another one.

    SEER*Stat quotes names in some files that quote nothing else, so quotes count for nothing here.
    """
    cells = cells_of(line, dictionary.delimiter)
    squeezed_names = [squeezed(name) for name in names]
    is_header = [squeezed(cell) for cell in cells] == squeezed_names or squeezed(line) == "".join(
        squeezed_names
    )
    if is_header or (dictionary.are_names_cut and are_cut(names, cells)):
        return True, () if dictionary.has_header else ("header_not_announced",)
    if not dictionary.has_header:
        known = set(squeezed_names)
        if sum(squeezed(cell) in known for cell in cells) <= max(1, len(cells) // 2):
            return False, ()
    raise other_header(line, number, names, dictionary, text)


def are_cut(names: list[str], cells: list[str]) -> bool:
    """Whether each name is that of its header, or as much of it as a label in SAS may have."""
    return len(names) == len(cells) and all(
        squeezed(cell) == squeezed(name)
        or (len(name) >= LONGEST_SAS_LABEL and squeezed(cell).startswith(squeezed(name)))
        for name, cell in zip(names, cells, strict=True)
    )


def cells_of(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(line), delimiter=delimiter, strict=True), [])
    except csv.Error:
        return line.split(delimiter)


def other_header(
    line: str, number: int, names: list[str], dictionary: Dictionary, text: Text
) -> InputRefused:
    cells = cells_of(line, dictionary.delimiter)
    guess = looks_separated_by(line, len(names), dictionary.delimiter)
    if len(cells) == 1 and guess:
        return wrong_delimiter(text.name, dictionary.delimiter, guess, number)
    written = {squeezed(cell) for cell in cells}
    expected = {squeezed(name) for name in names}
    if len(cells) == len(names) and not written & expected and any(cell.strip().isdigit() for cell in cells):
        return InputRefused(
            "IN-14",
            f"The first line holds values, not column names, and {dictionary.file_name} says that names come "
            "first",
            file=text.name,
            line=number,
            value=cells[0],
            remedy="Put the line with the names of the columns back, or export the file again.",
        )
    missing = [name for name in names if squeezed(name) not in written]
    added = [cell for cell in cells if squeezed(cell) not in expected]

    def what(with_value: bool) -> str:
        parts = []
        if missing:
            parts.append("the dictionary names but the file lacks: " + "; ".join(missing[:10]))
        if added and with_value:
            parts.append("the file has but the dictionary does not name: " + "; ".join(added[:10]))
        elif added:
            # The first line of a file without a header is a patient.
            parts.append(f"the file has {len(added)} that the dictionary does not name")
        head = f"The header is not the one that {dictionary.file_name} describes; "
        return head + (", and ".join(parts) or "the columns are in another order")

    return InputRefused(
        "IN-14",
        what(with_value=False),
        what_by_hand=what(with_value=True) if added else None,
        file=text.name,
        line=number,
        remedy="Put the dictionary of this very export beside it.",
    )


def without_trailing_separators(
    text: Text, lines: Lines, dictionary: Dictionary
) -> tuple[Text, Lines, tuple[str, ...]]:
    """The text and its lines, where many lines end in a separator with nothing behind it, without these.

    Raises IN-18 where a line has a value there: then it is a column that the dictionary does not name.
    """
    fields = len(dictionary.variables)
    longer = {line for line, n_fields in lines.ragged.items() if n_fields == fields + 1}
    if not longer or not too_many(len(lines.ragged), lines.n_lines):
        return text, lines, ()
    end = re.compile(re.escape(dictionary.delimiter.encode()) + rb"(?=\r?\n?\Z)")
    copy = text.path.with_name(text.path.name + ".cut")
    valued: list[int] = []
    with text.path.open("rb") as source, copy.open("wb") as target:
        os.fchmod(target.fileno(), 0o600)
        for number, line in enumerate(source, start=1):
            if number in longer:
                line, n_cut = end.subn(b"", line)
                if not n_cut:
                    valued.append(number)
            target.write(line)
    if len(valued) == len(longer):
        return text, lines, ()
    if valued:
        raise InputRefused(
            "IN-18",
            f"{counted(len(longer), 'line')} of {lines.n_lines:,} have a field more than the {fields} that "
            f"{dictionary.file_name} describes, and in {len(valued):,} of them it holds a value",
            file=text.name,
            line=valued[0],
        )
    ragged = {line: n_fields for line, n_fields in lines.ragged.items() if line not in longer}
    events = (f"trailing_separators:{counted(len(longer), 'line')}",)
    return replace(text, path=copy), replace(lines, ragged=ragged), events


def refuse_ragged(lines: Lines, text: Text, dictionary: Dictionary) -> None:
    if lines.n_lines == 0:
        raise InputRefused(
            "IN-01",
            "The file has a header and no records",
            file=text.name,
            remedy="Look at the selection of the case listing session, then export again.",
        )
    if not too_many(len(lines.ragged), lines.n_lines):
        return
    blank = {line for line, raw in lines_at(text, sorted(lines.ragged)).items() if not raw.strip()}
    if len(blank) == lines.n_lines:
        blank = set()
    elif not too_many(len(lines.ragged) - len(blank), lines.n_lines):
        return
    fields = len(dictionary.variables)
    line, n_fields = next(each for each in sorted(lines.ragged.items()) if each[0] not in blank)
    guess = looks_separated_by(lines_at(text, [line])[line], fields, dictionary.delimiter)
    if n_fields == 1 and guess:
        raise wrong_delimiter(text.name, dictionary.delimiter, guess, line)
    raise InputRefused(
        "IN-18",
        f"{len(lines.ragged):,} of {lines.n_lines:,} lines do not have the {fields} fields that"
        f" {dictionary.file_name} describes; the first of them has {n_fields}",
        file=text.name,
        line=line,
        remedy="Put the dictionary of this very export beside it, or export both again.",
    )


def looks_separated_by(line: str, fields: int, given_delimiter: str) -> str | None:
    for delimiter in "\t,;|":
        if delimiter != given_delimiter and len(cells_of(line, delimiter)) == fields:
            return delimiter
    return None


def wrong_delimiter(file: str, delimiter: str, seen: str, line: int) -> InputRefused:
    words = {"\t": "tabs", ",": "commas", ";": "semicolons", " ": "blanks", "|": "vertical bars"}
    return InputRefused(
        "IN-17",
        f"The fields are separated by {words[seen]}, but the dictionary says {words[delimiter]}",
        file=file,
        line=line,
        value=seen,
    )


def ragged_rejects(text: Text, lines: Lines, fields: int) -> tuple[Reject, ...]:
    raw = lines_at(text, list(lines.ragged))
    return tuple(
        Reject(
            source_line=line,
            reason_code="field_count",
            reason="the line is blank" if not raw[line].strip() else f"{n_fields} fields instead of {fields}",
            raw_text=raw[line],
        )
        for line, n_fields in sorted(lines.ragged.items())
    )
