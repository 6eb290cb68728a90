"""SAS input programs that SEER ships: the layout of fixed-width files, or a listing's columns and labels.

Positions are always read from the program that came with the data and compared with what every release
shares; they are never assumed.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from itertools import pairwise

from flows.errors import InputRefused
from flows.landing.forms.seer_ascii.sas_statements import Statement, statements
from flows.landing.forms.seer_listing.dictionary import MOST_VARIABLES, Dictionary, Page, Variable
from flows.landing.text.delivered_text import Text

FIELD = re.compile(
    r"^\s*@\s*(?P<start>\d+)\s+(?P<name>[A-Za-z]\w*)\s+\$[Cc][Hh][Aa][Rr](?P<width>\d+)\.\s*"
    r"(?:/\*\s*(?P<what>.*?)\s*(?:\*/.*)?)?;?\s*$"
)
RECORD_LENGTH = re.compile(r"(?i)\blrecl\s*=\s*(\d+)")
FILES = re.compile(r"(?i)filename\s+\w+\s+['\"]([^'\"]+)['\"]")
WIDEST_RANGE = 2000
MOST_CODES = 1_000_000  # that ranges are spread to in one program
LARGEST_BYTES = 2 << 20
LONGEST_FIELD = 2_000  # characters of a line that describes one field
# What a table's program reads beside the variables that it is made of, as SAS names begin.
STATISTICS = (
    "count", "population", "crude_rate", "ageadjusted", "age_adjusted", "standard_error", "lower_conf",
    "upper_conf", "alive_at_start", "observed", "expected", "relative", "cause_spec", "rate", "page_type",
)  # fmt: skip

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
    field = rb"(?im)^[ \t]{0,80}@[ \t]{0,80}\d{1,9}[ \t]{1,80}\w{1,80}[ \t]{1,80}\$char\d+\."
    return bool(re.search(field, start)) and b"infile" in start.lower()


def looks_like_listing_program(start: bytes) -> bool:
    """Whether a file's first bytes are those of the SAS program SEER*Stat writes beside a listing."""
    return bool(re.search(rb"(?i)\binfile\b[^;]{0,500}?\b(?:delimiter|dlm)\s{0,9}=", start)) or (
        b"proc format" in start.lower() and b"filename" in start.lower()
    )


def says_table(start: bytes) -> bool:
    """Whether a program, as far as these bytes go, is of a table."""
    return is_of_table(listing_program(start.decode("cp1252", "replace")))


def is_of_table(program: ListingProgram) -> bool:
    """Whether a program reads statistics and no patient's number."""
    names = [name.lower() for name, _ in program.variables]
    return not any(name.startswith("patient_id") for name in names) and any(
        name == word or (len(word) > 4 and name.startswith(word)) for name in names for word in STATISTICS
    )


def files_named(start: bytes) -> tuple[str, ...]:
    """The names, with wildcards, in a program's filename statements."""
    return tuple(FILES.findall(start.decode("cp1252", "replace")))


def read_layout(text: Text) -> Program:
    """Parse a fixed-width program; raises InputRefused IN-31 when it is not one that we can trust."""
    content = content_of(text)
    lines = [line for line in content.splitlines() if len(line) <= LONGEST_FIELD]
    fields = [
        ProgramField(match["name"], int(match["start"]), int(match["width"]), match["what"] or "")
        for match in map(FIELD.match, lines)
        if match
    ]
    length = RECORD_LENGTH.search(content)
    if not fields or length is None:
        raise refused(text.name, "it has no lrecl= or no fields such as `@ 1 PUBCSNUM $char8.`")
    written = len(re.findall(r"(?m)^[ \t]*@", content))
    if written != len(fields):
        raise refused(
            text.name, f"it has {written} lines that begin with @ and {len(fields)} that we can read"
        )
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
        raise refused(text.name, f"the field {repeated[0]} appears twice")
    if any(field.start + field.width - 1 > length for field in fields):
        raise refused(text.name, f"a field reaches beyond the record's {length} characters")
    by_start = {field.start: field for field in fields}
    for start, width in SHARED.items():
        field = by_start.get(start)
        if field is None or field.width != width:
            seen = f"{field.name} with width {field.width}" if field else "nothing"
            raise refused(
                text.name,
                f"at character {start} every release has a field of width {width}, this program {seen}",
            )


@dataclass(frozen=True, slots=True)
class ListingProgram:
    """What a program says of a delimited file.

    variables   SAS name, and whether it is a text, in their order
    labels      SAS name -> label
    values      name of a format, lower case -> {code or range: label}
    formats     SAS name -> name of its format
    """

    variables: tuple[tuple[str, bool], ...]
    delimiter: str | None
    has_header: bool
    is_quoted: bool
    labels: dict[str, str]
    values: dict[str, dict[str, str]]
    formats: dict[str, str]


def listing_program(content: str) -> ListingProgram:
    """The formats and the first data step that reads a file; what follows it is the user's own."""
    variables: dict[str, bool] = {}
    labels: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    formats: dict[str, str] = {}
    delimiter, has_header, is_quoted, is_reading = None, False, False, False
    for statement in statements(content):
        first, rest = statement[0], statement[1:]
        if is_reading and any(map(first.says, ("run", "data", "proc"))):
            break
        if first.says("value") and not is_reading:
            values |= format_values(rest)
        elif first.says("infile"):
            is_reading = True
            delimiter = option(rest, "delimiter") or option(rest, "dlm")
            has_header = (option(rest, "firstobs") or "1") != "1"
            is_quoted = any(token.says("dsd") for token in rest)
        elif not is_reading:
            continue
        elif first.says("if") and statement[-1].says("input"):
            has_header = True  # if _N_ = 1 then input;
        elif first.says("input"):
            variables |= input_variables(rest)
        elif first.says("label"):
            labels |= {
                name.value: label.value
                for name, sign, label in zip(rest, rest[1:], rest[2:], strict=False)
                if name.kind == "word" and sign.value == "=" and label.kind == "text"
            }
        elif first.says("format"):
            formats |= format_uses(rest)
    return ListingProgram(tuple(variables.items()), delimiter, has_header, is_quoted, labels, values, formats)


def option(tokens: Statement, name: str) -> str | None:
    """What an option of a statement is set to."""
    places = [place for place, token in enumerate(tokens[:-2]) if token.says(name)]
    return next((tokens[place + 2].value for place in places if tokens[place + 1].value == "="), None)


def input_variables(tokens: Statement) -> dict[str, bool]:
    """Each name that an input statement reads, and whether it is a text; an informat (`$40.`) is no name."""
    signs = [token.value for token in tokens] + ["", ""]
    return {
        token.value: signs[place + 1] == "$" or signs[place + 1 : place + 3] == [":", "$"]
        for place, token in enumerate(tokens)
        if token.kind == "word" and not token.value[0].isdigit() and signs[place + 1] != "."
    }


def format_uses(tokens: Statement) -> dict[str, str]:
    """Variable -> format of `format Sex Sexf. Age Agef.`; several variables may share what follows them."""
    uses: dict[str, str] = {}
    waiting: list[str] = []
    for place, token in enumerate(tokens):
        following = tokens[place + 1].value if place + 1 < len(tokens) else ""
        if token.kind == "word" and following == ".":
            uses |= dict.fromkeys(waiting, token.value.lower())
            waiting = []
        elif token.kind == "word":
            waiting.append(token.value)
    return uses


def format_values(tokens: Statement) -> dict[str, dict[str, str]]:
    """The format that a value statement defines: codes and ranges such as 14-20, and their labels."""
    place = 1 if tokens and tokens[0].value == "$" else 0
    if place >= len(tokens):
        return {}
    labels: dict[str, str] = {}
    codes: list[str] = []
    is_range = is_negative = is_label = False
    for before, token in pairwise(tokens[place:]):
        if is_label and token.kind == "text":
            labels |= dict.fromkeys(codes, token.value)
            codes, is_label = [], False
        elif token.value == "=":
            is_label = True
        elif token.value == "-":
            if codes and before.kind in ("word", "text") and "-" not in codes[-1][1:]:
                is_range = True
            else:
                is_negative = True
        elif token.kind in ("word", "text"):
            code = f"-{token.value}" if is_negative else token.value
            if is_range:
                codes[-1] += f"-{code}"
            else:
                codes.append(code)
            is_range = is_negative = False
    return {tokens[place].value.lower(): labels}


def spread(labels: dict[str, str], most: int) -> dict[str, str]:
    """Code -> label, each range spread to its codes unless it is wider than any code list, up to `most`."""
    codes: dict[str, str] = {}
    done = 0
    for code, label in labels.items():
        span = re.fullmatch(r"(-?\d{1,18})-(-?\d{1,18})", code)
        width = int(span[2]) - int(span[1]) if span else 0
        if span is None or width > WIDEST_RANGE or done + width > most:
            codes[code] = label
        else:
            codes |= {str(each): label for each in range(int(span[1]), int(span[2]) + 1)}
            done += width
    return codes


def read_listing(text: Text) -> Dictionary:
    """The dictionary that a program amounts to: names (cut at 40), labels of codes, dimensions of a table."""
    content = content_of(text)
    program = listing_program(content)
    if program.delimiter is None or not program.variables:
        raise refused(text.name, "it has no delimiter or no input statement")
    header = {name: program.labels.get(name, name) for name, _ in program.variables}
    if strange := [name for name in program.formats if name not in header]:
        raise refused(text.name, f"it formats {strange[0]}, which it does not read")
    if len(header) > MOST_VARIABLES:
        raise refused(
            text.name, f"it reads {len(header):,} columns, and no export has more than {MOST_VARIABLES:,}"
        )
    left = MOST_CODES
    formats: dict[str, dict[str, str]] = {}
    for name, form in program.formats.items():
        if labels := spread(program.values.get(form, {}), left):
            formats[header[name]] = labels
            left -= len(labels)
    words = {"\t": "tab", ",": "comma", ";": "semi-colon", " ": "space"}
    if program.delimiter not in words:
        raise refused(text.name, f"its delimiter {program.delimiter!r} is not tab, comma, semicolon or blank")
    options = {
        "Field delimiter": words[program.delimiter],
        "Variable format": "numeric" if formats else "labels",
        "Variable names included": str(program.has_header).lower(),
        "Fields with delimiter in quotes": str(program.is_quoted).lower(),
    }
    parts = [list(header.values()), options, formats]
    # Texts are what a table is about; numbers are its statistics.
    is_table = is_of_table(program)
    variables = tuple(
        Variable(header[name], dimension="Row" if is_table and is_text else None)
        for name, is_text in program.variables
    )
    return Dictionary(
        file_name=text.name,
        system={"Title1": "synthetic"} if "synthetic" in content.lower() else {},
        session={},
        options=options,
        pages=(Page("", variables),),
        are_names_cut=True,
        formats=formats,
        digest=hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest(),
    )


def refuse_larger_than_any(name: str, size: int) -> None:
    """Raises InputRefused IN-31 for so many bytes that it is no program, before anything reads them."""
    if size > LARGEST_BYTES:
        what = f"it has {size >> 20:,} MB, and no program has more than {LARGEST_BYTES >> 20}"
        raise refused(name, what)


def content_of(text: Text) -> str:
    """The program; raises InputRefused IN-31 for one that is far larger than any."""
    refuse_larger_than_any(text.name, text.path.stat().st_size)
    return text.path.read_bytes().decode()


def refused(name: str, what: str) -> InputRefused:
    return InputRefused(
        "IN-31",
        f"The SAS program cannot be used: {what}",
        file=name,
    )
