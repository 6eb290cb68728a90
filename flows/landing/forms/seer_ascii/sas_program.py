"""SAS input programs that SEER ships: the layout of fixed-width files, or a listing's columns and labels.

Positions are always read from the program that came with the data and compared with what every release
shares; they are never assumed.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass

from flows.errors import InputRefused
from flows.landing.forms.seer_listing.dictionary import Dictionary, Variable
from flows.landing.text.delivered_text import Text

FIELD = re.compile(
    r"^\s*@\s*(?P<start>\d+)\s+(?P<name>[A-Za-z]\w*)\s+\$[Cc][Hh][Aa][Rr](?P<width>\d+)\.\s*"
    r"(?:/\*\s*(?P<what>.*?)\s*(?:\*/.*)?)?;?\s*$"
)
RECORD_LENGTH = re.compile(r"(?i)\blrecl\s*=\s*(\d+)")
FILES = re.compile(r"(?i)filename\s+\w+\s+['\"]([^'\"]+)['\"]")
COMMENT = re.compile(r"(?s)/\*.*?\*/")
DELIMITER = re.compile(r"(?i)delimiter\s*=\s*(?:'([0-9A-F]{2})'X|'(.)')")
INPUT = re.compile(r"(?is)\binput\b(.*?);")
LABELS = re.compile(r"(?is)\blabel\b(.*?);(?=\s*(?:format|run|$))")
LABEL = re.compile(r'(?s)(\w+)\s*=\s*"((?:[^"]|"")*)"')
FORMATS = re.compile(r"(?is)\bvalue\s+(\$?\w+)\s+(.*?);")
FORMAT_ENTRY = re.compile(r'(?s)(-?\d+(?:\s*-\s*\d+)?|"[^"]*"|\'[^\']*\')\s*=\s*"((?:[^"]|"")*)"')
FORMAT_USE = re.compile(r"(?is)\bformat\s+(?!.*\bvalue\b)(.*?);\s*run")
WIDEST_RANGE = 2000

# Start and width that all releases from November 2013 to 2018 share; the names of some fields differ.
SHARED = {
    1: 8, 9: 10, 19: 1, 24: 1, 25: 3, 28: 4, 35: 2, 37: 2, 39: 4, 43: 4, 53: 4, 57: 1, 58: 1, 59: 1, 60: 1,
    176: 2, 199: 5, 233: 1, 234: 1, 245: 1, 255: 5, 265: 1, 272: 1, 273: 1, 301: 4, 305: 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProgramField:
    """One field of a fixed-width record: SAS name, 1-based start, width, description."""

    name: str
    start: int
    width: int
    what: str


@dataclass(frozen=True, slots=True)
class Program:
    """A fixed-width layout; `files` are the names with wildcards that the program reads."""

    file_name: str
    record_length: int
    fields: tuple[ProgramField, ...]
    files: tuple[str, ...]
    is_synthetic: bool
    digest: str


def looks_like_layout(start: bytes) -> bool:
    """Whether a file's first bytes are those of a fixed-width input program."""
    return bool(re.search(rb"(?im)^\s*@\s*\d+\s+\w+\s+\$char\d+\.", start)) and b"infile" in start.lower()


def looks_like_listing_program(start: bytes) -> bool:
    """Whether a file's first bytes are those of the SAS program SEER*Stat writes beside a listing."""
    return bool(re.search(rb"(?i)\binfile\b[^;]*\bdelimiter\s*=", start)) or (
        b"proc format" in start.lower() and b"filename" in start.lower()
    )


def files_named(start: bytes) -> tuple[str, ...]:
    """The names, with wildcards, in a program's filename statements."""
    return tuple(FILES.findall(start.decode("cp1252", "replace")))


def read_layout(text: Text) -> Program:
    """Parse a fixed-width program; raises InputRefused IN-31 when it is not one that we can trust."""
    content = text.path.read_bytes().decode()
    fields = [
        ProgramField(match["name"], int(match["start"]), int(match["width"]), match["what"] or "")
        for match in map(FIELD.match, content.splitlines())
        if match
    ]
    length = RECORD_LENGTH.search(content)
    if not fields or length is None:
        raise refused(text, "it has no lrecl= or no fields such as `@ 1 PUBCSNUM $char8.`")
    written = len(re.findall(r"(?m)^\s*@", content))
    if written != len(fields):
        raise refused(text, f"it has {written} lines that begin with @ and {len(fields)} that we can read")
    refuse_bad_layout(text, fields, int(length[1]))
    meaning = json.dumps([[field.name, field.start, field.width] for field in fields])
    return Program(
        file_name=text.name,
        record_length=int(length[1]),
        fields=tuple(fields),
        files=tuple(FILES.findall(content)),
        is_synthetic="synthetic" in content.lower(),
        digest=hashlib.sha256(meaning.encode()).hexdigest(),
    )


def refuse_bad_layout(text: Text, fields: list[ProgramField], length: int) -> None:
    names = [field.name.lower() for field in fields]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise refused(text, f"the field {repeated[0]} appears twice")
    if any(field.start + field.width - 1 > length for field in fields):
        raise refused(text, f"a field reaches beyond the record's {length} characters")
    by_start = {field.start: field for field in fields}
    for start, width in SHARED.items():
        field = by_start.get(start)
        if field is None or field.width != width:
            seen = f"{field.name} with width {field.width}" if field else "nothing"
            raise refused(
                text, f"at character {start} every release has a field of width {width}, this program {seen}"
            )


def read_listing(text: Text) -> Dictionary:
    """The dictionary that a listing's program amounts to: names (cut at 40), delimiter, labels of codes."""
    content = text.path.read_bytes().decode()
    code = COMMENT.sub("", content)
    delimiter, names = DELIMITER.search(code), INPUT.search(code)
    if delimiter is None or names is None:
        raise refused(text, "it has no delimiter or no input statement")
    variables = [name for name in re.findall(r"[A-Za-z_]\w*", names[1]) if not name.startswith("$")]
    label_text = LABELS.search(code)
    labels = {
        name: label.replace('""', '"') for name, label in LABEL.findall(label_text[1] if label_text else "")
    }
    values = {name.lower(): format_labels(body) for name, body in FORMATS.findall(code)}
    uses = FORMAT_USE.search(code[names.end() :])
    used = re.findall(r"(\w+)\s+(\$?\w+)\.", uses[1]) if uses else []
    header = {name: labels.get(name, name) for name in variables}
    if strange := [name for name, _ in used if name not in header]:
        raise refused(text, f"it formats {strange[0]}, which it does not read")
    formats = {header[name]: values[form.lower()] for name, form in used if values.get(form.lower())}
    character = bytes.fromhex(delimiter[1]).decode() if delimiter[1] else delimiter[2]
    words = {"\t": "tab", ",": "comma", ";": "semi-colon", " ": "space"}
    if character not in words:
        raise refused(text, f"its delimiter {character!r} is not tab, comma, semicolon or blank")
    options = {
        "Field delimiter": words[character],
        "Variable format": "numeric" if formats else "labels",
        "Variable names included": "false",
        "Fields with delimiter in quotes": "true" if re.search(r"(?i)\bdsd\b", code) else "false",
    }
    parts = [list(header.values()), options, formats]
    return Dictionary(
        file_name=text.name,
        system={"Title1": "synthetic"} if "synthetic" in content.lower() else {},
        session={},
        options=options,
        variables=tuple(Variable(name) for name in header.values()),
        formats=formats,
        digest=hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest(),
    )


def format_labels(body: str) -> dict[str, str]:
    """Code -> label; a range of codes stands for each of them, unless it is wider than any code list."""
    labels: dict[str, str] = {}
    for code, label in FORMAT_ENTRY.findall(body):
        text = label.replace('""', '"')
        if span := re.fullmatch(r"(\d+)\s*-\s*(\d+)", code):
            first, last = int(span[1]), int(span[2])
            codes = [str(each) for each in range(first, min(last, first + WIDEST_RANGE) + 1)]
        else:
            codes = [code.strip("\"'")]
        labels |= dict.fromkeys(codes, text)
    return labels


def refused(text: Text, what: str) -> InputRefused:
    return InputRefused(
        "IN-31",
        f"The SAS program cannot be used: {what}",
        file=text.name,
    )
