"""Small deliveries written by hand-made writers, apart from the project's own synthetic ones."""
# ruff: noqa: E501 -- records read best with a record a line

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from flows.home import Home

DATABASE = (
    "Incidence - SEER Research Plus Data, 9 Registries, Nov 2020 Sub (1975-2018) - Linked To County Attributes"
    " - Total U.S., 1969-2019 Counties"
)
HEADERS = (
    "Patient ID",
    "Record number recode",
    "Sequence number",
    "Year of diagnosis",
    "Sex",
    "Race recode (White, Black, Other)",
    "Age recode with single ages and 85+",
    "Primary Site",
    "Histologic Type ICD-O-3",
    "Behavior code ICD-O-3",
    "Survival months",
    "Vital status recode (study cutoff used)",
)
FIRST_OF_TWO, SECOND_OF_TWO = "1st of 2 or more primaries", "2nd of 2 or more primaries"
ROWS = (
    ("00000007", "01", FIRST_OF_TWO, "2001", "Female", "White", "61 years", "421", "9732", "Malignant", "0104", "Dead"),
    ("00000007", "02", SECOND_OF_TWO, "2008", "Female", "White", "68 years", "421", "9836", "Malignant", "0018", "Dead"),
    ("00000008", "01", "One primary only", "1999", "Male", "Black", "85+ years", "421", "9732", "Malignant", "Unknown", "Alive"),
    ("00000009", "01", "One primary only", "2011", "Male", "Unknown", "44 years", "509", "8500", "In situ", "0000", "Alive"),
)  # fmt: skip
DELIMITER_WORDS = {"\t": "tab", ",": "comma", ";": "semi-colon", " ": "space"}


@dataclass(frozen=True)
class Listing:
    """A case listing to be written; every field is one way in which exports differ."""

    rows: Sequence[Sequence[str]] = ROWS
    headers: Sequence[str] = HEADERS
    has_header: bool = True
    header_line: str | None = None
    delimiter: str = "\t"
    is_quoted: bool = False
    line_end: str = "\r\n"
    encoding: str = "utf-8"
    is_gzipped: bool = False
    variable_format: str = "labels"
    formats: dict[str, dict[str, str]] = field(default_factory=dict)
    database: str = DATABASE
    title: str | None = None
    name: str = "export"

    def data(self) -> bytes:
        lines = [self.delimiter.join(map(self.cell, row)) for row in self.rows]
        if self.has_header:
            header = self.delimiter.join(map(self.cell, self.headers))
            lines.insert(0, self.header_line if self.header_line is not None else header)
        content = "".join(line + self.line_end for line in lines).encode(self.encoding)
        return gzip.compress(content, mtime=0) if self.is_gzipped else content

    def cell(self, text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if self.is_quoted else text

    def dictionary(self) -> bytes:
        lines = [
            "[System]",
            f"Output filename=C:\\study\\{self.name}.txt",
            f"Database name={self.database}",
            *([f"Title1={self.title}"] if self.title else []),
            "",
            "[Export Options]",
            f"GZipped={str(self.is_gzipped).lower()}",
            f"Variable format={self.variable_format}",
            f"Field delimiter={DELIMITER_WORDS[self.delimiter]}",
            "Missing character=period",
            f"Fields with delimiter in quotes={str(self.is_quoted).lower()}",
            f"Variable names included={str(self.has_header).lower()}",
            "",
            "[Variables]",
            *(f"Var{position}Name={name}" for position, name in enumerate(self.headers, start=1)),
        ]
        for name, labels in self.formats.items():
            lines += ["", f"[Format={name}]", *(f"{code}={quoted(label)}" for code, label in labels.items())]
        return "".join(line + "\r\n" for line in lines).encode()

    def write(self, folder: Path) -> Path:
        """Data and dictionary in a folder; the data file's path."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.name}.dic").write_bytes(self.dictionary())
        data = folder / f"{self.name}.txt"
        data.write_bytes(self.data())
        return data

    def but(self, **changes: object) -> Listing:
        return replace(self, **changes)  # type: ignore[arg-type]

    def with_cell(self, row: int, header: str, value: str) -> Listing:
        rows = [list(each) for each in self.rows]
        rows[row][self.headers.index(header)] = value
        return self.but(rows=rows)


def quoted(label: str) -> str:
    """SEER*Stat puts labels with blanks around them into quotes."""
    return label if label == label.strip() else f'"{label}"'


def many_rows(count: int) -> list[tuple[str, ...]]:
    """Rows of different people, of whom nothing is remarkable."""
    return [
        (f"{number:08d}", "01", "One primary only", str(1975 + number % 44), "Male", "White", "61 years", "421",
         "9732", "Malignant", f"{number % 500:04d}", "Dead")
        for number in range(1, count + 1)
    ]  # fmt: skip


def ask(home: Home, query: str) -> list[tuple]:
    """The answer of raw.duckdb, whose schema is called raw."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home.raw}' as landed (read_only)")
        connection.execute("use landed")
        return connection.execute(query).fetchall()
