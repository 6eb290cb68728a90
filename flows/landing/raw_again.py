"""raw.duckdb made again from the vault, to take its place or to be compared with it."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

import duckdb

from flows.errors import IntegrityDamaged
from flows.home import Home
from flows.integrity import ledger
from flows.landing import delivery_note, land
from flows.landing.delivery_note import Note
from flows.landing.forms.delivery import identifier, literal
from flows.landing.load_history import load_history
from flows.landing.vocabulary import DELIVERED
from flows.process.memory_database import memory_database
from flows.terminal.progress import silent
from flows.terminal.wording import counted

FIRST_READER = "1"  # gave columns from outside their bare names, and named NAACCR deliveries by their version
# What of a load depends on when and beside which others it was landed, and not on its bytes.
OF_ITS_HOUR = {"load_sequence", "loaded_at", "delivery_id", "events", "header", "reader_version"}


@contextmanager
def landed_again(home: Home, notes: Sequence[Note]) -> Iterator[Home]:
    """A home in the work folder whose raw.duckdb holds these deliveries and no others; removed afterwards.

    Raises IntegrityDamaged INT-03 where the vault lacks a file of theirs, INT-04 where one was altered, and
    INT-19 where a delivery turns out otherwise than it did.
    """
    again = Home(home.work / "again")
    shutil.rmtree(again.root, ignore_errors=True)
    try:
        ledger.begin(again)
        for order, together in groupby(notes, key=lambda note: note.order):
            chosen = list(together)
            deliveries = delivery_note.laid_out(chosen, home, again.root / "arrived" / str(order))
            ids = {result.load_id for result in land.land_recognised(deliveries, again, silent)}
            for note in chosen:
                if not ids & set(note.load_ids):
                    raise IntegrityDamaged(
                        "INT-19", "This delivery is read differently from when it was landed",
                        file=home.vault / note.files[0].sha256, unchanged="Nothing was changed.",
                    )  # fmt: skip
        yield again
    finally:
        shutil.rmtree(again.root, ignore_errors=True)


def notes_of(home: Home) -> list[Note]:
    """The notes of the deliveries that should be there, as the ledger says; none of forgotten ones.

    Nor of those whose load was killed before it began.
    """
    history = load_history(ledger.read(home))
    kept = history.known_files()
    return [
        note
        for note in delivery_note.notes(home)
        if note.name in kept and not history.started.keys().isdisjoint(note.load_ids)
    ]


def differing_tables(home: Home, load_ids: Collection[str]) -> list[str] | None:
    """Raw tables in which rows of these loads are not those that the vault gives; None if it cannot tell.

    It cannot tell without the notes of all of them, which the first release did not keep; nor where that
    release read a NAACCR flat file, of which it knew a tenth of the items.
    """
    if not load_ids:
        return []  # a load that was killed before it committed left a file without rows
    chosen = [note for note in notes_of(home) if set(note.load_ids) & set(load_ids)]
    if set(load_ids) - {load_id for note in chosen for load_id in note.load_ids}:
        return None
    with landed_again(home, chosen) as again, memory_database(home) as connection:
        for name, file in (("landed", home.raw), ("again", again.raw)):
            connection.execute(f"attach {literal(str(file))} as {name} (read_only)")
        tables = connection.execute(
            "select distinct table_name from duckdb_columns() where schema_name = 'raw' "
            "and column_name = 'load_id' order by 1"
        ).fetchall()
        older = {
            load_id
            for (load_id,) in connection.execute(
                "select load_id from landed.raw.loads where reader_version = ?", [FIRST_READER]
            ).fetchall()
        }
        if any(note.reader == "naaccr_flat" and older & set(note.load_ids) for note in chosen):
            return None
        groups = ((set(load_ids) - older, False), (older & set(load_ids), True))
        return [
            table
            for (table,) in tables
            if any(
                rows(connection, "landed", table, chosen_ids, is_older)
                != rows(connection, "again", table, chosen_ids, is_older)
                for chosen_ids, is_older in groups
            )
        ]


def read_otherwise(home: Home, again: Home) -> tuple[str, ...]:
    """In words, the files of which other columns land again than stand in raw.duckdb, if that opens."""
    if not home.raw.exists():
        return ()
    names = "select file_name, load_id, json_extract_string(header, '$.columns[*].name') as columns"
    with memory_database(home) as connection:
        try:
            connection.execute(f"attach {literal(str(home.raw))} as landed (read_only)")
            connection.execute(f"create temp table known as {names} from landed.raw.loads")
        except duckdb.Error:
            return ()
        connection.execute(f"attach {literal(str(again.raw))} as again (read_only)")
        found = connection.execute(
            "select known.file_name, len(known.columns), len(new.columns) from known "
            f"inner join ({names} from again.raw.loads) as new using (load_id) "
            "where list_sort(known.columns) <> list_sort(new.columns) order by 1"
        ).fetchall()
    return tuple(
        f"{name} is read otherwise than before: {counted(n_now, 'column')}, and there were {n_before:,}"
        for name, n_before, n_now in found
    )


def rows(
    connection: duckdb.DuckDBPyConnection,
    database: str,
    table: str,
    load_ids: Collection[str],
    is_older: bool = False,
) -> tuple[int, int]:
    """How many rows these loads have in a table, and a sum over their hashes that no order changes.

    A column without any value counts as none: another load may have brought it. Of loads of the first reader,
    columns from outside are compared without the prefix that they have now.
    """
    prefix = DELIVERED if is_older else ""
    not_compared = OF_ITS_HOUR | ({"database_name", "product", "encoding"} if is_older else set())
    names = [
        name
        for (name,) in connection.execute(
            "select column_name from duckdb_columns() where database_name = ? and schema_name = 'raw' "
            "and table_name = ? order by column_name",
            [database, table],
        ).fetchall()
        if not (table == "loads" and name in not_compared)
    ]
    if not names:
        return (0, 0)
    pairs = ", ".join(
        f"if({identifier(name)} is null, '', {literal(name.removeprefix(prefix) + '=')} "
        f"|| length({identifier(name)}::varchar) || ':' || {identifier(name)}::varchar)"
        for name in sorted(names, key=lambda name: (name.removeprefix(prefix), name))
    )
    [row] = connection.execute(
        f"select count(*), coalesce(sum(md5_number_lower(concat({pairs}))::hugeint), 0) "
        f"from {database}.raw.{identifier(table)} where list_contains(?, load_id)",
        [list(load_ids)],
    ).fetchall()
    return row
