"""SEER's fixed-width text files: the directories of a release, laid out by the SAS program shipped with them.

All directories and files of one release are one delivery: a person's tumours are spread over its nine files.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePosixPath

import duckdb

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import vault
from flows.landing.checks import tumors
from flows.landing.forms.delivery import CheckedFile, Received, RecognisedDelivery, load_ids
from flows.landing.forms.hospital.mapping import Mapping
from flows.landing.forms.seer_ascii import sas_program
from flows.landing.forms.seer_ascii.sas_program import Program
from flows.landing.forms.seer_listing.database_name import DatabaseName
from flows.landing.gathering import ReceivedFile
from flows.landing.text import fixed_width
from flows.landing.text.delivered_text import PATHS, as_utf8
from flows.landing.text.fixed_width import Field
from flows.landing.vocabulary import resolve
from flows.terminal.progress import Progress

TABLE = "seer_ascii"
YEARS = re.compile(r"yr(\d{4})_(\d{4})")
SUBMISSION = re.compile(r"(?i)nov(?:ember)?_?(\d{4}|\d{2})(?!\d)")
# The last field may have lost trailing blanks on the way; a record that ends before this has lost more.
SHORTEST = 305
NINE = ("BREAST", "COLRECT", "DIGOTHR", "FEMGEN", "LYMYLEUK", "MALEGEN", "OTHER", "RESPIR", "URINARY")


def belongs_to(data: Path, program: Path, patterns: Sequence[str]) -> bool:
    """Whether a program reads a data file: by its filename statements, relative to the program's folder."""
    if program.parent not in data.parents:
        return False
    relative = data.relative_to(program.parent).as_posix().lower()
    return any(
        fnmatch.fnmatch(relative, str(PurePosixPath(pattern.replace("\\", "/"))).lower().removeprefix("./"))
        for pattern in patterns
    )


def gather(seen: Sequence[ReceivedFile], mappings: Sequence[Mapping]) -> list[RecognisedDelivery]:
    """Each fixed-width input program with every file that its filename statements name."""
    deliveries = []
    for program in (each.path for each in seen if each.form == "layout"):
        patterns = sas_program.files_named(vault.peek(program))
        files = tuple(
            each.path
            for each in seen
            if each.form in ("text", "other") and belongs_to(each.path, program, patterns)
        )
        if not files:
            raise InputRefused(
                "IN-12",
                "None of the data files that this program reads is there",
                file=program,
                value="; ".join(patterns),
                remedy="Keep the release's folders as they were shipped, with the program above them.",
            )
        deliveries.append(RecognisedDelivery("seer_ascii", files, {"program": program}))
    return deliveries


def receive(delivery: RecognisedDelivery, home: Home) -> Received:
    """Take in the program and all its files."""
    companions = {"program": vault.receive(delivery.companions["program"], home, encoding=delivery.encoding)}
    contents = tuple(vault.receive(path, home, encoding=delivery.encoding) for path in delivery.files)
    meaning = sas_program.read_layout(as_utf8(companions["program"], unread=PATHS)).digest
    return Received(delivery, contents, companions, load_ids(contents, meaning))


def check(received: Received, progress: Progress | None = None) -> list[CheckedFile]:
    """Raises InputRefused: IN-01, IN-03 to IN-05, IN-07, IN-15 fields missing, IN-18, IN-31 program."""
    program = sas_program.read_layout(as_utf8(received.companions["program"], unread=PATHS))
    columns = resolve([field.name for field in program.fields], form="ascii")
    lacking = {"patient_id", "year_dx", "hist", "behavior", "site", "surv_months", "vital"} - {
        column.name for column in columns
    }
    if lacking:
        raise InputRefused(
            "IN-15",
            "The SAS program lacks fields that are needed: " + ", ".join(sorted(lacking)),
            file=program.file_name,
            remedy="Put the program that was shipped with these very data beside them, unedited.",
        )
    fields = [
        Field(column.name, field.start, field.width)
        for column, field in zip(columns, program.fields, strict=True)
    ]
    files = []
    for path, content, load_id in zip(
        received.recognised.files, received.contents, received.load_ids, strict=True
    ):
        text = as_utf8(content, guesses=("ascii",))
        records = fixed_width.count_records(
            text, length=program.record_length, shortest=SHORTEST, progress=progress
        )
        files.append(
            CheckedFile(
                content=content,
                load_id=load_id,
                kind=TABLE,
                source="seer",
                role="tumors",
                columns=columns,
                rows_read=records.n_records,
                insert=partial(
                    fixed_width.insert,
                    table=TABLE,
                    text=text,
                    records=records,
                    fields=fields,
                    length=program.record_length,
                    load_id=load_id,
                ),
                rejects=records.rejects,
                dictionary=received.companions["program"],
                database=release_of(received.recognised, program),
                is_synthetic=program.is_synthetic,
                encoding=text.encoding,
                line_ending=records.line_ending,
                header={"record_length": program.record_length, "directory": path.parent.name},
                events=content.events
                + text.events
                + records.events
                + missing_files(received.recognised, path),
                short_numbers="short_patient_numbers",
                path=path,
            )
        )
    return files


def inspect(connection: duckdb.DuckDBPyConnection, files: Sequence[CheckedFile]) -> None:
    """What only the rows together can show; see tumors.inspect."""
    tumors.inspect(connection, TABLE, files, form="codes")


def missing_files(delivery: RecognisedDelivery, path: Path) -> tuple[str, ...]:
    """What a directory lacks of its nine files: tumours of a person are spread over all of them."""
    present = {other.name.split(".")[0].upper() for other in delivery.files if other.parent == path.parent}
    absent = [name for name in NINE if name not in present]
    return (f"lacks:{', '.join(absent)}",) if absent and present & set(NINE) else ()


def release_of(delivery: RecognisedDelivery, program: Program) -> DatabaseName:
    """The release as its directories and its program are named; these files have no database name."""
    places = [str(path) for path in delivery.files]
    years = [match for place in places if (match := YEARS.search(place))]
    first = min((int(match[1]) for match in years), default=None)
    last = max((int(match[2]) for match in years), default=None)
    said = SUBMISSION.search(program.file_name)
    submission = None if last is None else last + 2
    if said:
        submission = int(said[1]) + (2000 if len(said[1]) == 2 else 0)
    return DatabaseName(
        text=f"SEER text data, Nov {submission} Sub ({first}-{last})",
        kind="Incidence",
        product="SEER text data",
        submission_year=submission,
        first_year=first,
        last_year=last,
    )
