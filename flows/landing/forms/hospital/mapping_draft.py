"""The draft of a mapping file, from what the headers of a table seem to mean; to be looked at by hand."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from pathlib import Path

import yaml

from flows.errors import InputRefused
from flows.landing import vault
from flows.landing.forms.hospital.cells import first_cells
from flows.landing.forms.hospital.mapping import DRAFT
from flows.landing.forms.hospital.tables import TABLES

NEAREST = 0.86  # below this a likeness is a chance
MOST_FILLED = 0.8  # a row above the table, such as its title, fills fewer of the cells
MOST_HEADERS = 500  # of a wider table the first are looked at
MOST_UNUSED = 100
DATES = {"hospital_patients": "mm_dx_date", "hospital_second_cancers": "sall_dx_date"}


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """What a column of ours means, and what hospitals call it, folded."""

    means: str
    names: frozenset[str]


@cache
def column_names() -> Mapping[str, Mapping[str, ColumnNames]]:
    """Table -> column -> its names, from column_names.csv."""
    text = files(__package__).joinpath("column_names.csv").read_text(encoding="utf-8")
    tables: dict[str, dict[str, ColumnNames]] = {}
    for row in csv.DictReader(text.splitlines()):
        names = frozenset(map(folded, (row["column"], *row["names"].split("|"))))
        tables.setdefault(row["table"], {})[row["column"]] = ColumnNames(row["means"], names)
    return tables


def folded(header: str) -> str:
    """A header without case, accents, blanks and punctuation."""
    plain = unicodedata.normalize("NFKD", header.casefold())
    return "".join(letter for letter in plain if letter.isalnum())


def read_headers(path: Path) -> list[str]:
    """The header row of a table: the first of its first rows with nearly as many filled cells as any.

    A column of row numbers, as R and pandas write it, has no header; lines of comments begin with #.
    Raises InputRefused IN-10 for a file that cannot be opened, IN-11 where there is no row of cells.
    """
    rows = [[cell for cell in row if cell] for row in first_cells(path, vault.peek(path), None)]
    comments = [row for row in rows if row and row[0].startswith("#")]
    rows = [row for row in rows if len(comments) < 2 or row not in comments]
    most = max(map(len, rows), default=0)
    headers = next((row for row in rows if len(row) >= max(2, min(most - 1, MOST_FILLED * most))), [])
    if len(headers) < 2:
        raise InputRefused(
            "IN-11",
            "There is no row of headers in this file",
            file=path,
            remedy="Give a CSV file or a workbook whose first row names its columns.",
        )
    return headers


def draft_mapping(headers: Sequence[str], file_name: str) -> str:
    """The YAML text of a mapping for a table with these headers, in the order of our columns.

    What was guessed stands there, what was not is a comment. The patient's number is needed: where it was not
    guessed, its line is left open. `mapping.read` takes the text once somebody says that it is no draft.
    """
    clean = [" ".join(header.split()) for header in headers[:MOST_HEADERS] if header.strip()]
    clean = list(dict.fromkeys(clean))
    guesses = {table: guessed(clean, table) for table in TABLES}
    table = max(guesses, key=lambda name: (DATES[name] in guesses[name], len(guesses[name])))
    return "\n".join([*draft_lines(clean, table, guesses[table], file_name), ""])


def draft_lines(headers: Sequence[str], table: str, guess: Mapping[str, str], file: str) -> Iterator[str]:
    other = next(name for name in TABLES if name != table)
    told = column_names()[table]
    yield f"metachron_mapping: {DRAFT}  # write 1 here when every line is right"
    yield f"# A draft for {written(file)}: left our column, right the header."
    yield "files:"
    yield f"  - table: {table}  # or {other}"
    if "patient_key" in guess and DATES[table] in guess:
        known_by = (written(guess[column]) for column in ("patient_key", DATES[table]))
        yield f"    recognise: [{', '.join(known_by)}]"
    yield "    columns:"
    for column, header in guess.items():
        yield f"      {column}: {written(header)}  # {told[column].means}"
    if "patient_key" not in guess:
        yield f"      patient_key:  # needed: {told['patient_key'].means}"
    for column in TABLES[table]:
        if column not in guess and column != "patient_key":
            yield f"      # {column}:  # {told[column].means}"
    if left := [header for header in headers if header not in guess.values()]:
        yield "    # headers of the file that are not used yet:"
        yield from (f"    #   {written(header)}" for header in left[:MOST_UNUSED])
    if len(headers) - len(guess) > MOST_UNUSED:
        yield "    #   and more"
    yield "    # missing_words: [not done]  # besides NA, N/A, / and -"


def guessed(headers: Sequence[str], table: str) -> dict[str, str]:
    """Column -> header, the likest pairs first; no header and no column twice."""
    pairs = sorted(
        (
            (-likeness(header, names.names), place, at, column, header)
            for at, (column, names) in enumerate(column_names()[table].items())
            for place, header in enumerate(headers)
        ),
    )
    chosen: dict[str, str] = {}
    for unlikeness, _, _, column, header in pairs:
        if -unlikeness < NEAREST:
            break
        if column not in chosen and header not in chosen.values():
            chosen[column] = header
    return {column: chosen[column] for column in TABLES[table] if column in chosen}


def likeness(header: str, names: frozenset[str]) -> float:
    """From 0 to 1: how much a header is like the nearest of these names."""
    name = folded(header)
    if name in names:
        return 1.0
    matcher = SequenceMatcher(b=name, autojunk=False)
    best = 0.0
    for each in names:
        matcher.set_seq1(each)
        if matcher.quick_ratio() >= NEAREST:
            best = max(best, matcher.ratio())
    return best if len(name) > 4 else 0.0  # short words are alike by chance


def written(text: str) -> str:
    """A text in quotes, on one line, as YAML and comments hold it."""
    quoted: str = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=1 << 30)
    return quoted.strip()
