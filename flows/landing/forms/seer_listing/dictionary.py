"""SEER*Stat dictionaries (.dic): what the columns of an export are called and how its text is written.

Sections of KEY=VALUE lines, split at the first `=` only; labels hold `:`, `;`, `%` and parentheses, which is
why no INI parser will do.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass

from flows.errors import InputRefused
from flows.landing.forms.seer_listing import database_name
from flows.landing.forms.seer_listing.database_name import DatabaseName
from flows.landing.text.delivered_text import Text

SECTION = re.compile(r"^\[(.*)\]\s*$")
VARIABLE = re.compile(r"^Var(\d+)(Name|Base|Dimension)$")
DELIMITERS = {"tab": "\t", "comma": ",", "semi-colon": ";", "semicolon": ";", "space": " "}
# Where and how it was saved; not what it means.
PLACES = ("Output filename", "Matrix filename")
PACKAGING = ("GZipped", "File format")


@dataclass(frozen=True, slots=True)
class Variable:
    """One column: its name as the header prints it, the variables it was made from, its role in a table."""

    name: str
    base: str | None = None
    dimension: str | None = None


@dataclass(frozen=True, slots=True)
class Dictionary:
    """One export's dictionary.

    formats  column name -> {code: label}, labels unquoted but with their leading blanks
    digest   SHA-256 of what it means, whatever file names it was saved under
    """

    file_name: str
    system: dict[str, str]
    session: dict[str, str]
    options: dict[str, str]
    variables: tuple[Variable, ...]
    formats: dict[str, dict[str, str]]
    digest: str

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
    def is_table(self) -> bool:
        """A matrix (rates, survival, counts), not a case listing."""
        return any(variable.dimension for variable in self.variables)

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
    """Whether a dictionary's first bytes say that some variable is a dimension of a table."""
    return bool(re.search(rb"(?m)^Var\d+Dimension=|^\[Life Page Variables\]", start))


def read(text: Text) -> Dictionary:
    """Parse a dictionary; raises InputRefused IN-13 naming the line that is wrong."""
    sections: dict[str, dict[str, str]] = {}
    section: dict[str, str] | None = None
    content = text.path.read_bytes().decode()
    for number, line in enumerate(content.replace("\r\n", "\n").split("\n"), start=1):
        if heading := SECTION.match(line):
            if heading[1] in sections:
                raise _malformed(text, number, f"the section [{heading[1]}] appears twice", heading[1])
            section = sections.setdefault(heading[1], {})
        elif not line.strip():
            continue
        elif section is None or "=" not in line:
            raise _malformed(text, number, "this is neither a [section] nor a KEY=VALUE line", None)
        else:
            key, value = line.split("=", 1)
            if key.strip() in section:
                raise _malformed(
                    text, number, f"the key {key.strip()} appears twice in its section", key.strip()
                )
            section[key.strip()] = value
    return _assembled(text, sections)


def _assembled(text: Text, sections: dict[str, dict[str, str]]) -> Dictionary:
    options = {key: value.strip() for key, value in sections.get("Export Options", {}).items()}
    delimiter = options.get("Field delimiter", "tab").lower()
    if delimiter not in DELIMITERS:
        raise _malformed(text, None, "the field delimiter is not tab, comma, semi-colon or space", delimiter)
    formats = {
        name.removeprefix("Format="): {code.strip(): _unquoted(label) for code, label in entries.items()}
        for name, entries in sections.items()
        if name.startswith("Format=")
    }
    system, session = sections.get("System", {}), sections.get("Session Options", {})
    variables = _variables(text, sections)
    meaning = {
        "system": {key: value for key, value in system.items() if key not in PLACES},
        "session": session,
        "options": {key: value for key, value in options.items() if key not in PACKAGING},
        "variables": [[item.name, item.base, item.dimension] for item in variables],
        "formats": formats,
    }
    digest = hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()
    return Dictionary(text.name, system, session, options, variables, formats, digest)


def _variables(text: Text, sections: dict[str, dict[str, str]]) -> tuple[Variable, ...]:
    variables: dict[int, dict[str, str]] = {}
    for name, entries in sections.items():
        if not name.endswith("Variables"):
            continue
        for key, value in entries.items():
            if match := VARIABLE.match(key):
                variables.setdefault(int(match[1]), {})[match[2]] = _unquoted(value)
    if not variables:
        raise _malformed(text, None, "it has no [Variables] section with Var1Name=...", None)
    for position in range(1, max(variables) + 1):
        if not variables.get(position, {}).get("Name"):
            raise _malformed(text, None, f"Var{position}Name is missing", f"Var{position}Name")
    return tuple(
        Variable(
            variables[position]["Name"], variables[position].get("Base"), variables[position].get("Dimension")
        )
        for position in sorted(variables)
    )


def _unquoted(label: str) -> str:
    stripped = label.strip()
    if len(stripped) >= 2 and stripped[0] == stripped[-1] == '"':
        return stripped[1:-1].replace('""', '"')
    return stripped


def _malformed(text: Text, line: int | None, what: str, value: str | None) -> InputRefused:
    return InputRefused(
        "IN-13",
        f"The dictionary cannot be read: {what}",
        file=text.name,
        line=line,
        value=value,
        remedy="Export the listing again with its dictionary; do not edit the .dic file.",
    )
