"""Checks that need all rows of a tumour delivery together: labels, values, doubles, contradictions."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from flows.errors import InputRefused
from flows.landing import rejects
from flows.landing.checks import values
from flows.landing.forms.delivery import CheckedFile, Reject, identifier, literal, names_of

UNKNOWN = ("", "unknown", "blank(s)", ".", "9", "0000", "9999")
# What is the same on all records of a person; a year of birth has no column of ours.
PERSONAL = (
    ("sex", "Sex"),
    ("delivered_yr_brth", "Year of birth"),
    ("delivered_year_of_birth", "Year of birth"),
)
PATIENT_NUMBER_DIGITS = 8
# What programs make of patient numbers, and why it is refused.
REWRITTEN = (
    (
        "[0-9]([.,][0-9]+)?E[+][0-9]+",
        "A patient number was shortened by a spreadsheet program, so that several patients may share it",
    ),
    ("[0-9]+[.,]0", "A patient number has a decimal point: a program read the column as numbers"),
)
UNLIKE = "A patient number is not digits only, as others are, so that one patient may count as two"
# Why a tumour cannot be counted -> what it lacks, and the columns of which one has to say it.
INCOMPLETE = {
    "no_year": ("year of diagnosis", ("year_dx",)),
    "no_histology": ("histology", ("hist", "hist_behav")),
}
RECORD_NUMBERS = ("record_no", "tumor_record_number", "sequence", "sequence_number_hospital")


def inspect(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    files: Sequence[CheckedFile],
    *,
    form: str = "labels",
) -> None:
    """Check one delivery's landed rows, and move exact doubles and incomplete records into raw.rejects.

    `form` says whether coded columns hold "labels" or "codes".
    Raises InputRefused: IN-14 labels that the dictionary does not have, IN-19 labels that the vocabulary does
    not have, IN-21 records in conflict, IN-22 patients in conflict, IN-26 values that a column cannot hold,
    and patient numbers that a program rewrote.
    """
    values.refuse_foreign_labels(connection, table, files)
    for file in files:
        refuse_nameless(connection, table, file)
        reject_incomplete(connection, table, file)
    refuse_unlike_numbers(connection, table, files)
    pad_numbers(connection, table, files)
    values.refuse_unknown(connection, table, files, form)
    refuse_union_without_key(connection, table, files)
    reject_exact_doubles(connection, table, files)
    refuse_patients_in_conflict(connection, table, files)


def refuse_nameless(connection: duckdb.DuckDBPyConnection, table: str, file: CheckedFile) -> None:
    """Every record belongs to somebody."""
    line = connection.execute(
        f"select min(source_line) from raw.{table} where load_id = ? "
        "and patient_id < '/' and trim(patient_id) in ('', '.')",  # the first says fast that none is
        [file.load_id],
    ).fetchall()[0][0]
    if line is not None:
        raise InputRefused(
            "IN-38",
            "A record has no patient number",
            file=file.content.name,
            line=line,
            place=file.place,
            column=next(column.header for column in file.columns if column.name == "patient_id"),
        )


def reject_incomplete(connection: duckdb.DuckDBPyConnection, table: str, file: CheckedFile) -> None:
    """Move records without year or histology into raw.rejects; refuse (IN-15) a file in which none has it."""
    headers = {column.name: column.header for column in file.columns}
    blank = ", ".join(map(literal, sorted(values.blanks(file))))
    here = f"from raw.{table} where load_id = {literal(file.load_id)}"
    for reason_code, (what, names) in INCOMPLETE.items():
        given = [name for name in names if name in headers]
        tests = [f"coalesce(lower(trim({name})), '') in ({blank})" for name in given]
        is_incomplete = " and ".join(tests)
        if not tests or not connection.execute(f"select 1 {here} and {is_incomplete} limit 1").fetchall():
            continue
        if not connection.execute(f"select 1 {here} and not ({is_incomplete}) limit 1").fetchall():
            raise InputRefused(
                "IN-15",
                f"No record has a {what}",
                file=file.content.name,
                column=headers[given[0]],
                remedy="Export it again with values in this column.",
            )
        lines = connection.execute(f"delete {here} and {is_incomplete} returning source_line").fetchall()
        rejects.insert(
            connection,
            file.load_id,
            (
                Reject(line, reason_code, f"the record has no {what}", "", headers[given[0]])
                for (line,) in sorted(lines)
            ),
        )


def refuse_unlike_numbers(
    connection: duckdb.DuckDBPyConnection, table: str, files: Sequence[CheckedFile]
) -> None:
    """Refuse (IN-26) patient numbers that a program rewrote, such as 1.2E+07 or 7.0.

    Whatever else is not digits only is refused where others of the delivery are, since a person could be two;
    but a hospital's own numbers may have letters.
    """
    loads = ", ".join(literal(file.load_id) for file in files)
    here = f"from raw.{table} where load_id in ({loads})"
    number = "trim(patient_id)"
    is_odd = f"not regexp_full_match({number}, '[0-9]+')"
    if not connection.execute(f"select 1 {here} and {is_odd} limit 1").fetchall():
        return
    tests = [f"when regexp_full_match({number}, '{form}') then {literal(why)}" for form, why in REWRITTEN]
    if connection.execute(f"select 1 {here} and not {is_odd} limit 1").fetchall():
        registries = ", ".join(literal(file.load_id) for file in files if file.short_numbers) or "''"
        has_letter = f"regexp_matches({number}, '\\pL')"
        tests.append(f"when load_id in ({registries}) or not {has_letter} then {literal(UNLIKE)}")
    found = connection.execute(
        f"select load_id, source_line, patient_id, case {' '.join(tests)} end as why {here} and {is_odd} "
        f"and why is not null order by list_position([{loads}], load_id), source_line limit 1"
    ).fetchall()
    if found:
        load_id, line, patient, why = found[0]
        raise odd_number(files, why, load_id, line, patient)


def pad_numbers(connection: duckdb.DuckDBPyConnection, table: str, files: Sequence[CheckedFile]) -> None:
    """Give a number that has lost its zeros on one record those that it has on another of its registry."""
    loads = ", ".join(literal(file.load_id) for file in files if file.short_numbers)
    if not loads:
        return
    # Longer ones are no registry's, and nothing says how many zeros they have.
    number, digits = "trim(patient_id)", f"[0-9]{{1,{PATIENT_NUMBER_DIGITS}}}"
    here = f"from raw.{table} where load_id in ({loads}) and regexp_full_match({number}, '{digits}')"
    # Numbers of one length, as registries write them, are fast to look through.
    if not connection.execute(
        f"select 1 {here} having min(strlen({number})) <> max(strlen({number}))"
    ).fetchall():
        return
    person = [f"ltrim({number}, '0') as bare" if name == "patient_id" else name for name in person_key(files)]
    same = " and ".join(
        f"record.{name} is not distinct from whole.{name}"
        for name in person_key(files)
        if name != "patient_id"
    )
    connection.execute(
        f"update raw.{table} as record set patient_id = whole.number from ("
        f"select {', '.join(person)}, arg_max({number}, strlen({number})) as number {here} group by all "
        f"having min(strlen({number})) <> max(strlen({number}))) as whole "
        f"where record.load_id in ({loads}) and regexp_full_match(trim(record.patient_id), '{digits}') "
        "and ltrim(trim(record.patient_id), '0') = whole.bare "
        f"and record.patient_id <> whole.number{' and ' + same if same else ''}"
    )


def odd_number(files: Sequence[CheckedFile], why: str, load_id: str, line: int, patient: str) -> InputRefused:
    """The refusal of a patient number that is written otherwise than its registry writes it."""
    file = next(file for file in files if file.load_id == load_id)
    return InputRefused(
        "IN-26",
        why,
        file=names_of(files)[load_id],
        line=line,
        place=file.place,
        column=next(column.header for column in file.columns if column.name == "patient_id"),
        value=patient,
        remedy="Load the file as it was exported, before another program opened and saved it; a program that "
        "must open it has to read this column as text.",
    )


def has_short_numbers(connection: duckdb.DuckDBPyConnection, table: str, file: CheckedFile) -> bool:
    """Whether a record has a patient number that has lost its zeros, so that one person may be two."""
    found = connection.execute(
        f"select 1 from raw.{table} where load_id = ? "
        # The first says fast that none is.
        f"and (strlen(patient_id) < {PATIENT_NUMBER_DIGITS} or contains(patient_id, ' ')) "
        f"and regexp_full_match(trim(patient_id), '[0-9]{{1,{PATIENT_NUMBER_DIGITS - 1}}}') limit 1",
        [file.load_id],
    ).fetchall()
    return bool(found)


def record_number(
    connection: duckdb.DuckDBPyConnection, table: str, files: Sequence[CheckedFile]
) -> str | None:
    """The column that tells the records of a person apart, if one does."""
    columns = {column.name for file in files for column in file.columns}
    loads = ", ".join(literal(file.load_id) for file in files)
    # A flat file has the column of every number, and blanks in those that its registry does not give.
    given = (
        name
        for name in RECORD_NUMBERS
        if name in columns
        and connection.execute(
            f"select 1 from raw.{table} where load_id in ({loads}) and trim({name}) <> '' limit 1"
        ).fetchall()
    )
    return next(given, None)


def person_key(files: Sequence[CheckedFile]) -> tuple[str, ...]:
    """What tells a person: the number, and the registry where every file gives it."""
    with_registry = all(any(column.name == "registry" for column in file.columns) for file in files)
    return ("registry", "patient_id") if with_registry else ("patient_id",)


def refuse_union_without_key(
    connection: duckdb.DuckDBPyConnection, table: str, files: Sequence[CheckedFile]
) -> None:
    """Refuse (IN-21) a person in several files whose records have no number: what is in both counts twice."""
    if len(files) == 1:
        return
    number = record_number(connection, table, files)
    is_numbered = f"trim(coalesce({number}, '')) <> ''" if number else "false"
    loads = ", ".join(literal(file.load_id) for file in files)
    here = f"from raw.{table} where load_id in ({loads})"
    if not connection.execute(f"select 1 {here} and not {is_numbered} limit 1").fetchall():
        return
    place = f"list_position([{loads}], load_id)"
    found = connection.execute(
        f"select any_value(patient_id), arg_max(load_id, {place}), arg_min(load_id, {place}) {here} "
        f"group by {', '.join(person_key(files))} "
        f"having count(distinct load_id) > 1 and not bool_and({is_numbered}) limit 1"
    ).fetchall()
    if not found:
        return
    patient, later, earlier = found[0]
    names = names_of(files)
    raise InputRefused(
        "IN-21",
        f"A person is in this file and in {names[earlier]}, and the records of a person have no numbers, "
        "so a tumour that is in both would count twice",
        file=names[later],
        column="Patient ID",
        value=patient,
        remedy="Load the files one by one if each is to replace the one before it; else export them again "
        "with a number for each record of a person.",
    )


def reject_exact_doubles(
    connection: duckdb.DuckDBPyConnection, table: str, files: Sequence[CheckedFile]
) -> None:
    """Keep the first of equal records; refuse (IN-21) two contents under one person and record number."""
    columns = sorted({column.name for file in files for column in file.columns})
    loads = ", ".join(literal(file.load_id) for file in files)
    number = record_number(connection, table, files)
    if number is None:
        return
    key = [identifier(name) for name in (*person_key(files), number)]
    connection.execute(
        f"create or replace temp table doubled as select {', '.join(key)} from raw.{table} "
        f"where load_id in ({loads}) group by all having count(*) > 1"
    )
    same = " and ".join(f"tumors.{name} is not distinct from doubled.{name}" for name in key)
    content = ", ".join(f"tumors.{identifier(name)}" for name in columns)
    keys = ", ".join(f"tumors.{name}" for name in key)
    place = f"list_position([{loads}], load_id)"
    connection.execute(
        f"create or replace temp table doubles as select tumors.rowid as row_number, {place} as place, "
        f"load_id, source_line, "
        f"tumors.patient_id as patient_id, row({content}) as content, "
        f"first(row({content})) over same_key as first_content, "
        f"first(source_line) over same_key as first_line, first(load_id) over same_key as first_load "
        f"from raw.{table} as tumors join doubled on {same} where load_id in ({loads}) "
        f"window same_key as (partition by {keys} order by {place}, source_line)"
    )
    pairs = ", ".join(f"{literal(file.load_id)}: {literal(file.place)}" for file in files)
    what_counts = f"(map {{{pairs}}})[first_load]"
    try:
        refuse_conflict(connection, files)
        connection.execute(
            "insert into raw.rejects by name select load_id, source_line, 'exact_duplicate' as reason_code, "
            f"format('exact duplicate of {{}} {{:,}}', {what_counts}, first_line) as reason, '' as raw_text "
            "from doubles "
            "where (load_id, source_line) is distinct from (first_load, first_line)"
            " order by place, source_line"
        )
        connection.execute(
            f"delete from raw.{table} where rowid in (select row_number from doubles "
            "where (load_id, source_line) is distinct from (first_load, first_line))"
        )
    finally:
        connection.execute("drop table if exists doubled; drop table if exists doubles")


def refuse_conflict(connection: duckdb.DuckDBPyConnection, files: Sequence[CheckedFile]) -> None:
    conflicts = connection.execute(
        "select load_id, source_line, patient_id, first_load, first_line from doubles "
        "where content is distinct from first_content order by place, source_line limit 1"
    ).fetchall()
    if not conflicts:
        return
    names, places = names_of(files), {file.load_id: file.place for file in files}
    load_id, line, patient, first_load, first_line = conflicts[0]
    raise InputRefused(
        "IN-21",
        "Two records of one person have the same record number and different contents "
        f"(the other one: {names[first_load]}, {places[first_load]} {first_line:,})",
        file=names[load_id],
        line=line,
        place=places[load_id],
        column="Patient ID",
        value=patient,
    )


def refuse_patients_in_conflict(
    connection: duckdb.DuckDBPyConnection, table: str, files: Sequence[CheckedFile]
) -> None:
    """A person has one sex and one birth year on all records."""
    columns = {column.name for file in files for column in file.columns}
    person = ", ".join(name for name in ("registry", "patient_id") if name in columns)
    loads = ", ".join(literal(file.load_id) for file in files)
    for name, header in PERSONAL:
        if name not in columns:
            continue
        here = f"from raw.{table} where load_id in ({loads})"
        distinct = connection.execute(f"select distinct {name} {here} and {name} is not null").fetchall()
        known = [value for (value,) in distinct if value.strip().lower() not in UNKNOWN]
        here += f" and list_contains([{', '.join(map(literal, known))}]::varchar[], {name}) group by {person}"
        # Hashes of values are compared faster than values, and differ wherever these do.
        if not connection.execute(
            f"select 1 {here} having min(hash({name})) <> max(hash({name})) limit 1"
        ).fetchall():
            continue
        rows = connection.execute(
            f"select any_value(patient_id), max(source_line), arg_max(load_id, source_line) {here} "
            f"having min(trim({name})) <> max(trim({name})) order by 2 limit 1"
        ).fetchall()
        if rows:
            patient, line, load_id = rows[0]
            file = next(file for file in files if file.load_id == load_id)
            raise InputRefused(
                "IN-22",
                f"One person has different values of {header} on different records",
                file=file.content.name,
                line=line,
                place=file.place,
                column=header,
                value=patient,
            )
