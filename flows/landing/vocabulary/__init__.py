"""The canonical vocabulary: headers to columns, labels and written codes to codes.

The words are data that a registrar can read and extend: columns.yml, labels.csv and codes.csv beside this
file, or an overlay delivered in the inbox (a CSV file with the columns of labels.csv).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

HERE = Path(__file__).parent
OVERLAY_HEADER = ("column_name", "label", "code", "meaning")
BLANK_LABEL = "blank(s)"
YEARS = re.compile(
    r"\s*\((?:thru )?\d{4}(?:\+|-\d{4})?\)\s*$"
)  # they differ between submissions: (1998+), (1998-2022)
SHORTEST_CUT_NAME = 22  # letters and digits left of a name that SAS cut at 31, or of a label cut at 40

# What the vocabulary does not map lands under names that begin so; none of ours does.
DELIVERED = "delivered_"


@dataclass(frozen=True, slots=True)
class Word:
    """One label of a coded column, normalised, and the code and meaning it stands for."""

    column_name: str
    label: str
    code: str
    meaning: str


@dataclass(frozen=True, slots=True)
class ColumnMeaning:
    """One canonical column; `values` is "coded", "open" or a regular expression."""

    name: str
    means: str
    headers: tuple[str, ...]
    ascii: tuple[str, ...]
    naaccr: tuple[str, ...]
    values: str

    @property
    def is_coded(self) -> bool:
        return self.values == "coded"

    @property
    def pattern(self) -> str | None:
        return None if self.values in ("coded", "open") else self.values


@dataclass(frozen=True, slots=True)
class Analysed:
    """What analyses use and a delivery may lack: one of its columns is enough.

    used  the analyses that are left out without it: "by chemotherapy"
    of    raw table -> the columns there, where they are others than `columns`
    """

    item: str
    used: str
    columns: tuple[str, ...]
    of: Mapping[str, tuple[str, ...]]

    def columns_in(self, raw_table: str) -> tuple[str, ...]:
        return self.of.get(raw_table, self.columns)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every column and word; `version` goes into raw.vocabulary."""

    version: str
    columns: dict[str, ColumnMeaning]
    mandatory: tuple[tuple[str, ...], ...]
    analysed: tuple[Analysed, ...]
    unread: Mapping[str, frozenset[str]]
    labels: tuple[Word, ...]
    codes: tuple[Word, ...]

    def unread_in(self, raw_table: str) -> frozenset[str]:
        """The columns of a raw table that no dbt model reads."""
        return self.unread.get(raw_table, frozenset())


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a delivered file: its place (1-based), header, and name in the warehouse."""

    position: int
    header: str
    name: str
    is_known: bool


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary shipped with this version."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same, and faster where it is built in
    document = yaml.load((HERE / "columns.yml").read_bytes(), loader)
    columns = {
        name: ColumnMeaning(
            name=name,
            means=facts["means"],
            headers=tuple(facts.get("headers", ())),
            ascii=tuple(facts.get("ascii", ())),
            naaccr=tuple(facts.get("naaccr", ())),
            values=facts["values"],
        )
        for name, facts in document["columns"].items()
    }
    mandatory = tuple((item,) if isinstance(item, str) else tuple(item) for item in document["mandatory"])
    return Vocabulary(
        version=document["version"],
        columns=columns,
        mandatory=mandatory,
        analysed=tuple(
            Analysed(
                item=facts["item"],
                used=facts["used"],
                columns=tuple(facts["columns"]),
                of={table: tuple(columns) for table, columns in facts.get("of", {}).items()},
            )
            for facts in document["analysed"]
        ),
        unread={table: frozenset(names) for table, names in document["unread"].items()},
        labels=_words("labels.csv"),
        codes=_words("codes.csv"),
    )


def normalised(label: str) -> str:
    """A label as the vocabulary keys it: blanks collapsed and stripped, lower case."""
    return " ".join(label.split()).lower()


def squeezed(header: str) -> str:
    """A header's letters and digits alone, which survive SAS, R and Stata; ICD-0-3 is read as ICD-O-3."""
    return re.sub(r"[^a-z0-9]", "", header.lower().replace("icd-0-3", "icd-o-3"))


def name_from_outside(header: str) -> str:
    """A header that we do not map as a column name: lower case, letters, digits and underscores."""
    name = re.sub(r"\W+", "_", header.lower()).strip("_")
    return f"{DELIVERED}{name or 'column'}"


def resolve(headers: Sequence[str], *, form: str = "headers") -> tuple[Column, ...]:
    """The warehouse column of each header, `form` being headers (SEER*Stat), ascii or naaccr.

    A header is found exactly, then without regard to case and punctuation, then without the years at its
    end, then as the beginning of a long name that SAS has cut. Where several headers mean one column, the
    one listed first in columns.yml takes it; the others, like unknown headers, keep their own text as a name
    from outside.
    """
    ranked: dict[str, tuple[int, str]] = {}
    for column in vocabulary().columns.values():
        for rank, header in enumerate(getattr(column, form)):
            ranked[squeezed(header)] = (rank, column.name)
            ranked.setdefault(squeezed(YEARS.sub("", header)), (rank, column.name))
    meanings = [
        _meaning_of(squeezed(header), ranked) or ranked.get(squeezed(YEARS.sub("", header)))
        for header in headers
    ]
    taken: dict[str, tuple[int, int]] = {}  # column -> rank and place of the header that has it
    for place, meaning in enumerate(meanings):
        if meaning is not None:
            rank, name = meaning
            taken[name] = min(taken.get(name, (rank, place)), (rank, place))
    names: set[str] = set()
    columns = []
    for position, header in enumerate(headers):
        meaning = meanings[position]
        if meaning is not None and taken[meaning[1]][1] == position:
            columns.append(Column(position + 1, header, meaning[1], True))
            continue
        name, count = name_from_outside(header), 2
        while name in names:
            name, count = f"{name_from_outside(header)}_{count}", count + 1
        names.add(name)
        columns.append(Column(position + 1, header, name, False))
    return tuple(columns)


def missing_mandatory(columns: Sequence[Column]) -> list[str]:
    """What a case listing lacks, told by the headers that would bring it."""
    known = vocabulary().columns
    present = {column.name for column in columns}
    return [
        " or ".join(known[name].headers[0] for name in choice)
        for choice in vocabulary().mandatory
        if not present & set(choice)
    ]


def looks_like_overlay(start: bytes) -> bool:
    """Whether a file's first bytes are those of a vocabulary overlay."""
    first = start.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace")
    return [cell.strip() for cell in first.strip().split(",")] == list(OVERLAY_HEADER)


def _meaning_of(squeezed_header: str, ranked: dict[str, tuple[int, str]]) -> tuple[int, str] | None:
    if squeezed_header in ranked:
        return ranked[squeezed_header]
    if len(squeezed_header) >= SHORTEST_CUT_NAME:
        longer = {meaning for name, meaning in ranked.items() if name.startswith(squeezed_header)}
        if len({name for _, name in longer}) == 1:
            return min(longer)
    return None


def _words(file_name: str) -> tuple[Word, ...]:
    with (HERE / file_name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return tuple(Word(column, normalised(label), code, meaning) for column, label, code, meaning in rows)
