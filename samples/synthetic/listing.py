"""A SEER*Stat case listing: labelled data, its dictionary and the session's text.

A `Table` is the listing before it is written: header texts and, for each, one text per row.
A `Shape` is how it is written: delimiter, header, quotes, line ends, compression, encoding.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from samples.synthetic import labels
from samples.synthetic.kinds import kinds
from samples.synthetic.population import age_group
from samples.synthetic.records import NO_SURVIVAL, Records
from samples.synthetic.registry import AMERICAN_INDIAN, ASIAN, IN_SITU, year_of

STEM = "seer9_plus_1975_2018"
DATABASE_NAME = (
    "Incidence - SEER Research Plus Data, 9 Registries, Nov 2020 Sub (1975-2018)"
    " - Linked To County Attributes - Total U.S., 1969-2019 Counties"
)
TITLE = "SYNTHETIC registry made by metachron synth: no patient is described by any row"
DELIMITER_NAMES = {"\t": "tab", ",": "comma", ";": "semi-colon", " ": "space"}
TOP_CODED_AGE = 85
ROWS_AT_A_TIME = 200_000
GRADE_ENDS = 2018  # the variable is blank from this year on


@dataclass(frozen=True, slots=True)
class Shape:
    """How a listing is written. The default is SEER*Stat's own: tab, no header, CRLF, not compressed."""

    delimiter: str = "\t"
    header: bool = False
    quoted: bool = False
    line_end: str = "\r\n"
    gzipped: bool = False
    encoding: str = "ascii"


@dataclass(frozen=True, slots=True)
class Variable:
    """One column: its header text, how its words are found, and its codes where it is coded."""

    name: str
    words: Callable[[Records], np.ndarray]
    format: Mapping[int, str] | None = None


@dataclass(slots=True)
class Table:
    """Columns of text, each of shape (rows,), dtype object, in the order they are written."""

    columns: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def take(self, rows: np.ndarray) -> Table:
        return replace(self, columns={name: values[rows] for name, values in self.columns.items()})


def coded(name: str, codes: Callable[[Records], np.ndarray], words: Mapping[int, str]) -> Variable:
    """A variable whose cells are the words of a code."""

    def cells(records: Records) -> np.ndarray:
        return worded(codes(records), words)

    return Variable(name, cells, words)


def worded(codes: np.ndarray, words: Mapping[int, str]) -> np.ndarray:
    """The words of each code; a code without words is an error, never an empty cell."""
    distinct, position = np.unique(np.asarray(codes), return_inverse=True)
    return np.array([words[int(code)] for code in distinct], dtype=object)[position]


def padded(numbers: np.ndarray, width: int) -> np.ndarray:
    """Zero-filled text of each number."""
    distinct, position = np.unique(np.asarray(numbers), return_inverse=True)
    return np.array([f"{int(number):0{width}d}" for number in distinct], dtype=object)[position]


def grade(records: Records) -> np.ndarray:
    """Lineage where the histology has one; for the rest a grade is not applicable and unknown."""
    histology = kinds().histology[records.kind]
    b_cell = np.isin(histology, [9728, 9811, 9812, 9813, 9814, 9823, 9836])
    return np.select([histology == 9837, b_cell], [5, 6], 9)


def grade_words(records: Records) -> np.ndarray:
    ended = year_of(records.diagnosed) >= GRADE_ENDS
    return np.where(ended, labels.BLANK, worded(grade(records), labels.GRADE))


def histology(records: Records) -> np.ndarray:
    table = kinds()
    in_situ = records.behavior == IN_SITU
    return np.where(in_situ, table.in_situ_histology[records.kind], table.histology[records.kind])


def recoded_age(records: Records) -> np.ndarray:
    return np.minimum(records.age, TOP_CODED_AGE)


def age_groups(records: Records) -> np.ndarray:
    return np.where(records.age < 0, 99, age_group(records.age))


def race_in_three(records: Records) -> np.ndarray:
    return np.where(np.isin(records.race, (AMERICAN_INDIAN, ASIAN)), 3, records.race)


def survival_words(records: Records) -> np.ndarray:
    known = padded(records.survival_months, 4)
    return np.where(records.survival_months == NO_SURVIVAL, labels.UNKNOWN, known)


@cache
def variables() -> tuple[Variable, ...]:
    """The listing's columns in order. The month of diagnosis is not among them: the product has none."""
    table = kinds()
    sequences = {code: labels.sequence(code) for code in range(100)}
    return (
        Variable("Patient ID", lambda r: padded(r.patient_id, 8)),
        coded("SEER registry (with CA and GA as whole states)", lambda r: r.registry, labels.REGISTRY),
        Variable("Record number recode", lambda r: padded(r.record, 2)),
        Variable("Sequence number", lambda r: worded(r.sequence, sequences)),
        coded("First malignant primary indicator", lambda r: r.first_malignant, labels.NO_YES),
        Variable("Total number of in situ/malignant tumors for patient", lambda r: padded(r.n_total, 2)),
        Variable("Total number of benign/borderline tumors for patient", lambda r: padded(r.n_benign, 2)),
        coded("Primary by international rules", lambda r: r.international, labels.NO_YES),
        Variable("Year of diagnosis", lambda r: padded(year_of(r.diagnosed), 4)),
        coded("Age recode with single ages and 85+", recoded_age, labels.single_age()),
        coded("Age recode with <1 year olds", age_groups, labels.age_group()),
        coded("Sex", lambda r: r.sex, labels.SEX),
        coded("Race recode (White, Black, Other)", race_in_three, labels.RACE_3),
        coded("Race recode (W, B, AI, API)", lambda r: r.race, labels.RACE_4),
        coded("Origin recode NHIA (Hispanic, Non-Hisp)", lambda r: r.hispanic, labels.ORIGIN),
        coded("Marital status at diagnosis", lambda r: r.marital, labels.MARITAL),
        Variable("Primary Site - labeled", lambda r: table.site_label[r.kind]),
        coded("Site recode ICD-O-3/WHO 2008", lambda r: table.site_recode_code[r.kind], labels.site_recode()),
        Variable("Histologic Type ICD-O-3", lambda r: padded(histology(r), 4)),
        coded("Behavior code ICD-O-3", lambda r: r.behavior, labels.BEHAVIOR),
        Variable("Grade (thru 2017)", grade_words, labels.GRADE),
        coded("Diagnostic Confirmation", lambda r: r.confirmation, labels.CONFIRMATION),
        coded("Type of Reporting Source", lambda r: r.reported_by, labels.REPORTED_BY),
        coded("Chemotherapy recode (yes, no/unk)", lambda r: r.chemo, labels.CHEMO),
        coded("Radiation recode", lambda r: r.radiation, labels.RADIATION),
        Variable("Survival months", survival_words),
        coded("Survival months flag", lambda r: r.survival_flag, labels.SURVIVAL_FLAG),
        coded("Vital status recode (study cutoff used)", lambda r: ~r.dead, labels.VITAL),
        Variable("Year of follow-up recode", lambda r: padded(year_of(followed_to(r)), 4)),
        coded("COD to site recode", lambda r: r.cause, labels.cause_of_death()),
        coded("SEER cause-specific death classification", lambda r: r.attributable, labels.CAUSE_SPECIFIC),
        coded("SEER other cause of death classification", lambda r: r.other_cause, labels.OTHER_CAUSE),
        Variable("Data note (synthetic)", lambda r: np.full(len(r), labels.SYNTHETIC_NOTE, dtype=object)),
    )


def followed_to(records: Records) -> np.ndarray:
    """End of follow-up; the cutoff itself, midnight, belongs to the last year."""
    return np.nextafter(records.end, 0)


def table_of(records: Records) -> Table:
    """The records in words, one column a variable."""
    return Table({variable.name: variable.words(records) for variable in variables()})


def data_lines(table: Table, shape: Shape) -> Iterable[str]:
    """Data lines without line ends; the header, where there is one, first."""
    quote = quoted if shape.quoted else str
    if shape.header:
        yield shape.delimiter.join(quote(name) for name in table.columns)
    columns = [values.tolist() for values in table.columns.values()]
    if shape.quoted:
        columns = [[quoted(value) for value in values] for values in columns]
    yield from map(shape.delimiter.join, zip(*columns, strict=True))


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def text_bytes(lines: Iterable[str], shape: Shape) -> bytes:
    """The bytes of lines, every one ended."""
    return "".join(line + shape.line_end for line in lines).encode(shape.encoding)


def open_packed(file: BinaryIO, shape: Shape) -> AbstractContextManager[BinaryIO]:
    """The file itself, or what compresses into it without a time and a name."""
    if not shape.gzipped:
        return nullcontext(file)
    return cast(BinaryIO, gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file, mtime=0))


def encoded(lines: Iterable[str], shape: Shape) -> bytes:
    """The bytes of a whole text file, compressed where the shape says so."""
    written = io.BytesIO()
    with open_packed(written, shape) as file:
        file.write(text_bytes(lines, shape))
    return written.getvalue()


def dictionary(
    shape: Shape,
    names: Iterable[str],
    *,
    file_name: str,
    formats: Mapping[str, Mapping[int, str]] | None = None,
    bases: Mapping[str, str] | None = None,
) -> bytes:
    """The `.dic` beside the data: how it was written, its columns in order, and its codes."""
    names = list(names)
    if formats is None:
        formats = {variable.name: variable.format for variable in variables() if variable.format}
    lines = [
        "[System]",
        f"Output filename=C:\\synthetic\\{file_name}",
        f"Matrix filename=C:\\synthetic\\{STEM}.slm",
        f"Database name={DATABASE_NAME}",
        f"Title1={TITLE}",
        "",
        "[Export Options]",
        f"GZipped={str(shape.gzipped).lower()}",
        f"Variable format={'quotedlabels' if shape.quoted else 'labels'}",
        f"File format={'DOS/Windows' if shape.line_end == chr(13) + chr(10) else 'UNIX'}",
        f"Field delimiter={DELIMITER_NAMES[shape.delimiter]}",
        "Missing character=period",
        f"Fields with delimiter in quotes={str(shape.quoted).lower()}",
        "Remove thousands separators=true",
        "Flags included=false",
        f"Variable names included={str(shape.header).lower()}",
        "Column Variables as Stats=false",
        "",
        "[Variables]",
    ]
    for number, name in enumerate(names, 1):
        lines.append(f"Var{number}Name={name}")
        if bases and name in bases:
            lines.append(f"Var{number}Base={bases[name]}")
    # SEER*Stat writes no codes beside quoted labels.
    if not shape.quoted:
        for name in names:
            if name in formats:
                lines += ["", f"[Format={name}]"]
                lines += [f"{code}={word}" for code, word in sorted(formats[name].items())]
    return encoded(lines, replace(shape, gzipped=False, line_end="\r\n"))


def session_text(row_count: int) -> bytes:
    """The session's information as SEER*Stat prints it; the row count is what a reader reconciles."""
    names = ", ".join(variable.name for variable in variables())
    lines = [
        "SUGGESTED CITATION",
        "Software: metachron synth, written as SEER*Stat writes a case listing",
        f"Data: {TITLE}",
        "",
        "DATA",
        f"Database: {DATABASE_NAME}",
        "",
        "SELECTION",
        "Select Only: none",
        "Case: {Site and Morphology.Behavior code ICD-O-3} = 'In situ','Malignant'",
        "",
        "TABLE",
        f"Column: {names}",
        "",
        "USER DEFINITIONS",
        "Data note (synthetic)",
        "",
        "PROPERTIES",
        "Type: Case Listing",
        f"Row Count {row_count:,}",
        f"Number of Input Records Read {row_count:,}",
        f"Number of Case Records Used For Analysis {row_count:,}",
    ]
    return encoded(lines, Shape())


def write_listing(folder: Path, records: Records, shape: Shape, *, stem: str = STEM) -> list[Path]:
    """Data, dictionary and session text of one listing; the data in blocks of rows, for memory's sake."""
    names = [variable.name for variable in variables()]
    data, beside, session = (folder / f"{stem}.{ending}" for ending in ("txt", "dic", "session.txt"))
    with data.open("wb") as raw, open_packed(raw, shape) as file:
        for start in range(0, max(len(records), 1), ROWS_AT_A_TIME):
            block = records.take(np.arange(start, min(start + ROWS_AT_A_TIME, len(records))))
            lines = data_lines(table_of(block), shape if start == 0 else replace(shape, header=False))
            file.write(text_bytes(lines, shape))
    beside.write_bytes(dictionary(shape, names, file_name=data.name))
    session.write_bytes(session_text(len(records)))
    return [data, beside, session]
