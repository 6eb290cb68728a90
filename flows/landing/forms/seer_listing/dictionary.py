"""SEER*Stat dictionaries (.dic): what the columns of an export are called and how its text is written.

Sections of KEY=VALUE lines, split at the first `=` only; labels hold `:`, `;`, `%` and parentheses, which is
why no INI parser will do.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flows.errors import InputRefused
from flows.landing.forms.seer_listing import database_name
from flows.landing.forms.seer_listing.database_name import DatabaseName
from flows.landing.text.delivered_text import Text

SECTION = re.compile(r"^\[(.*)\]\s*$")
VARIABLE = re.compile(r"^Var(\d{1,9})(Name|Base|Dimension|DisplayType)$")
PAGE = " Page Variables"
FORMAT = "Format="
DELIMITERS = {"tab": "\t", "comma": ",", "semi-colon": ";", "semicolon": ";", "space": " "}
# Where and how it was saved; not what it means.
PLACES = ("Output filename", "Matrix filename")
PACKAGING = ("GZipped", "File format")
LARGEST_BYTES = 8 << 20  # the labels of all variables of a database are less than a fourth of it
MOST_VARIABLES = 5_000


@dataclass(frozen=True, slots=True)
class Variable:
    """One column: its name as the header prints it, the variables it was made from, its role in a table.

    is_unformatted  whether its cells hold what the database keeps, whatever the export's format is
    """

    name: str
    base: str | None = None
    dimension: str | None = None
    is_unformatted: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """The columns of one kind of page: `name` is Life, Summary, ..., or empty where all lines are alike."""

    name: str
    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class Dictionary:
    """One export's dictionary.

    pages    what its lines are made of; a listing has one kind
    formats  column name -> {code: label}, labels unquoted but with their leading blanks
    digest   SHA-256 of what it means, whatever file names it was saved under
    lines    column name -> {code: line of its label}
    are_names_cut  whether names of 40 characters may go on, as in SAS programs
    """

    file_name: str
    system: dict[str, str]
    session: dict[str, str]
    options: dict[str, str]
    pages: tuple[Page, ...]
    formats: dict[str, dict[str, str]]
    digest: str
    are_names_cut: bool = False
    lines: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The columns of its first kind of page."""
        return self.pages[0].variables

    @property
    def coded_formats(self) -> dict[str, dict[str, str]]:
        """The formats of the columns whose cells hold codes instead of labels."""
        coded = {
            variable.name
            for page in self.pages
            for variable in page.variables
            if variable.is_unformatted or self.variable_format == "numeric"
        }
        return {name: labels for name, labels in self.formats.items() if name in coded}

    @property
    def delimiter(self) -> str:
        return DELIMITERS[self.options.get("Field delimiter", "tab").lower()]

    @property
    def has_header(self) -> bool:
        return self._says("Variable names included")

    @property
    def has_quotes(self) -> bool:
        return self._says("Fields with delimiter in quotes") or self.variable_format == "quotedlabels"

    @property
    def variable_format(self) -> str:
        """numeric, labels or quotedlabels"""
        return self.options.get("Variable format", "labels").lower()

    @property
    def missing_character(self) -> str:
        word = self.options.get("Missing character", "period")
        return {"period": ".", "space": " "}.get(word.lower(), _unquoted(word))

    @property
    def database(self) -> DatabaseName | None:
        name = self.system.get("Database name")
        return database_name.parse(name) if name else None

    @property
    def is_synthetic(self) -> bool:
        return any(
            "synthetic" in value.lower() for key, value in self.system.items() if key.startswith("Title")
        )

    def _says(self, option: str) -> bool:
        return self.options.get(option, "false").lower() == "true"


def looks_like_dictionary(start: bytes) -> bool:
    """Whether a file's first bytes are those of a SEER*Stat dictionary."""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith(b"[") and bool(
        re.search(rb"(?m)^\[(System|Export Options|[^\]\r\n]*Variables)\]", text)
    )


def says_table(start: bytes) -> bool:
    """Whether a dictionary's first bytes say that it is of a table: by its session, pages or dimensions."""
    session = re.search(rb"(?m)^Type=([^\r\n]*)", start)
    if session and session[1].strip().lower() not in (b"", b"case listing"):
        return True
    return bool(re.search(rb"(?m)^Var\d+Dimension=|^\[[^\]\r\n]+ Page Variables\]", start))


def refuse_larger_than_any(name: str, size: int) -> None:
    """Raises InputRefused IN-13 for so many bytes that it is no dictionary, before anything reads them."""
    if size > LARGEST_BYTES:
        what = f"it has {size >> 20:,} MB, and no dictionary has more than {LARGEST_BYTES >> 20}"
        raise _malformed(name, None, what, None)


def read(text: Text) -> Dictionary:
    """Parse a dictionary; raises InputRefused IN-13 naming the line that is wrong."""
    sections: dict[str, dict[str, str]] = {}
    lines: dict[str, dict[str, int]] = {}
    section: dict[str, str] | None = None
    refuse_larger_than_any(text.name, text.path.stat().st_size)
    content = text.path.read_bytes().decode()
    for number, line in enumerate(content.replace("\r\n", "\n").split("\n"), start=1):
        if heading := SECTION.match(line):
            if heading[1] in sections:
                raise _malformed(text.name, number, f"the section [{heading[1]}] appears twice", heading[1])
            section = sections.setdefault(heading[1], {})
            lines_of_section = lines.setdefault(heading[1].removeprefix(FORMAT), {})
        elif not line.strip():
            continue
        elif section is None or "=" not in line:
            raise _malformed(text.name, number, "this is neither a [section] nor a KEY=VALUE line", None)
        else:
            key, value = line.split("=", 1)
            if key.strip() in section:
                earlier = lines_of_section[key.strip()]
                what = f"the key {key.strip()} appears twice in its section (first on line {earlier:,})"
                raise _malformed(text.name, number, what, key.strip())
            section[key.strip()] = value
            lines_of_section[key.strip()] = number
    return replace(_assembled(text, sections), lines=lines)


def _assembled(text: Text, sections: dict[str, dict[str, str]]) -> Dictionary:
    options = {key: value.strip() for key, value in sections.get("Export Options", {}).items()}
    delimiter = options.get("Field delimiter", "tab").lower()
    if delimiter not in DELIMITERS:
        raise _malformed(
            text.name, None, "the field delimiter is not tab, comma, semi-colon or space", delimiter
        )
    formats = {
        name.removeprefix(FORMAT): {code.strip(): _unquoted(label) for code, label in entries.items()}
        for name, entries in sections.items()
        if name.startswith(FORMAT)
    }
    system, session = sections.get("System", {}), sections.get("Session Options", {})
    pages = _pages(text, sections)
    meaning = {
        "system": {key: value for key, value in system.items() if key not in PLACES},
        "session": session,
        "options": {key: value for key, value in options.items() if key not in PACKAGING},
        "variables": [[item.name, item.base, item.dimension] for item in pages[0].variables],
        "formats": formats,
    }
    # Added where they are, so that a dictionary without them has the digest it had before they were read.
    if unformatted := [item.name for item in pages[0].variables if item.is_unformatted]:
        meaning["unformatted"] = unformatted
    if len(pages) > 1:
        meaning["pages"] = [[page.name, *(item.name for item in page.variables)] for page in pages]
    digest = hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()
    return Dictionary(text.name, system, session, options, pages, formats, digest)


def _pages(text: Text, sections: dict[str, dict[str, str]]) -> tuple[Page, ...]:
    """A page a section of variables; sections that go on with each other's numbers describe one page."""
    numbered: dict[str, dict[int, dict[str, str]]] = {}
    for name, entries in sections.items():
        if not name.endswith("Variables"):
            continue
        for key, value in entries.items():
            if match := VARIABLE.match(key):
                variables = numbered.setdefault(name, {})
                variables.setdefault(int(match[1]), {})[match[2]] = _unquoted(value)
    if not numbered:
        raise _malformed(text.name, None, "it has no [Variables] section with Var1Name=...", None)
    positions = [position for variables in numbered.values() for position in variables]
    if len(set(positions)) == len(positions):
        joined = {position: facts for variables in numbered.values() for position, facts in variables.items()}
        numbered = {next(iter(numbered)): joined}
    return tuple(
        Page(name.removesuffix(PAGE) if name.endswith(PAGE) else "", _variables(text, variables))
        for name, variables in numbered.items()
    )


def _variables(text: Text, numbered: dict[int, dict[str, str]]) -> tuple[Variable, ...]:
    if len(numbered) > MOST_VARIABLES:
        what = f"it names {len(numbered):,} columns, and no export has more than {MOST_VARIABLES:,}"
        raise _malformed(text.name, None, what, None)
    for position in range(1, len(numbered) + 1):
        if not numbered.get(position, {}).get("Name"):
            raise _malformed(text.name, None, f"Var{position}Name is missing", f"Var{position}Name")
    return tuple(
        Variable(
            facts["Name"],
            facts.get("Base"),
            facts.get("Dimension"),
            is_unformatted=facts.get("DisplayType", "").lower() == "unformatted",
        )
        for _, facts in sorted(numbered.items())
    )


def _unquoted(label: str) -> str:
    stripped = label.strip()
    if len(stripped) >= 2 and stripped[0] == stripped[-1] == '"':
        return stripped[1:-1].replace('""', '"')
    return stripped


def _malformed(name: str, line: int | None, what: str, value: str | None) -> InputRefused:
    return InputRefused(
        "IN-13",
        f"The dictionary cannot be read: {what}",
        file=name,
        line=line,
        value=value,
        remedy="Export the listing again with its dictionary; do not edit the .dic file.",
    )
