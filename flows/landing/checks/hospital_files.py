"""Several files of one hospital table in one load: a patient, and a second cancer, count once."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from flows.errors import InputRefused
from flows.landing.forms.delivery import CheckedFile, identifier
from flows.landing.forms.hospital.tables import TABLES

# What tells the rows of a patient apart; a table without it has one row a patient.
NUMBERED_BY = {"hospital_second_cancers": "sall_dx_date"}


def inspect(connection: duckdb.DuckDBPyConnection, files: Sequence[CheckedFile]) -> None:
    """Move rows that an earlier file of the table has too into raw.rejects.

    Raises InputRefused IN-21 for a patient, or a second cancer of one date or of none, of whom two files say
    different things.
    """
    if files[0].kind not in TABLES:
        return
    for place, later in enumerate(files):
        for earlier in files[:place]:
            reject_repeated(connection, earlier, later)
            refuse_conflict(connection, earlier, later)


def reject_repeated(connection: duckdb.DuckDBPyConnection, earlier: CheckedFile, later: CheckedFile) -> None:
    names = sorted({column.name for file in (earlier, later) for column in file.columns})
    same = " and ".join(f"{blank('mine', name)} = {blank('theirs', name)}" for name in names)
    connection.execute(
        "create or replace temp table repeated as select mine.source_line, "
        f"min(theirs.source_line) as first_line from raw.{later.kind} as mine "
        f"inner join raw.{later.kind} as theirs on mine.load_id = ? and theirs.load_id = ? and {same} "
        "group by mine.source_line order by 1",
        [later.load_id, earlier.load_id],
    )
    connection.execute(
        "insert into raw.rejects by name select ? as load_id, source_line, 'exact_duplicate' as reason_code, "
        "format('exact duplicate of {}, line {:,}', ?, first_line) as reason, '' as raw_text from repeated "
        "order by 2",
        [later.load_id, earlier.content.name],
    )
    connection.execute(
        f"delete from raw.{later.kind} where load_id = ? "
        "and source_line in (select source_line from repeated)",
        [later.load_id],
    )
    connection.execute("drop table repeated")


def refuse_conflict(connection: duckdb.DuckDBPyConnection, earlier: CheckedFile, later: CheckedFile) -> None:
    date = NUMBERED_BY.get(later.kind)
    mine, theirs = (blank(side, date) if date else "''" for side in ("mine", "theirs"))
    rows = connection.execute(
        f"select mine.source_line, theirs.source_line, mine.patient_key from raw.{later.kind} as mine "
        f"inner join raw.{later.kind} as theirs on mine.load_id = ? and theirs.load_id = ? "
        f"and {blank('mine', 'patient_key')} = {blank('theirs', 'patient_key')} "
        f"and ({mine} = {theirs} or {mine} = '' or {theirs} = '') order by 1, 2 limit 1",
        [later.load_id, earlier.load_id],
    ).fetchall()
    if rows:
        line, first, patient = rows[0]
        raise InputRefused(
            "IN-21",
            "Two files of one table say different things of one patient (the other one: "
            f"{earlier.content.name}, line {first:,})",
            file=later.content.name,
            line=line,
            value=patient,
            remedy="Load the files one by one if the later one is to replace the earlier one; else correct "
            "it in the source.",
        )


def blank(side: str, name: str) -> str:
    return f"trim(coalesce({side}.{identifier(name)}, ''))"
