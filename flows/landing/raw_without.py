"""raw.duckdb without some loads: copied into a fresh file, because DELETE leaves rows in free blocks."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import duckdb

from flows.home import Home
from flows.integrity.durable import fsync_folder, fsync_path
from flows.landing import raw_schema
from flows.landing.forms.delivery import identifier, literal
from flows.landing.raw_database import refresh_vocabulary, transaction
from flows.landing.raw_seal import sealed
from flows.process.memory_database import memory_database


def rewrite_without(home: Home, load_ids: Collection[str]) -> None:
    """Put a fresh raw.duckdb in place that never had these loads; the other rows are the same.

    A column that only these loads brought is not in it either. Swung like a release: old or new, whole.
    """
    draft = home.work / "forgetting.duckdb"
    for left in home.work.glob(draft.name + "*"):
        left.unlink()
    with sealed(home):
        with memory_database(home) as connection:
            connection.execute(f"attach {literal(str(home.raw))} as landed (read_only)")
            connection.execute(f"attach {literal(str(draft))} as kept")
            draft.chmod(0o600)
            connection.execute("use kept")
            raw_schema.create(connection)
            with transaction(connection):
                for table in loaded_tables(connection):
                    copy(connection, table, sorted(load_ids))
                refresh_vocabulary(connection)
                copy_overlays(connection, sorted(load_ids))
            connection.execute("use memory")
            connection.execute("detach kept")
        fsync_path(draft)
        draft.replace(home.raw)
        (home.root / "raw.duckdb.wal").unlink(missing_ok=True)
        fsync_folder(home.root)


def loaded_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "select distinct table_name from duckdb_columns() where database_name = 'landed' "
        "and schema_name = 'raw' and column_name = 'load_id' order by 1"
    ).fetchall()
    return [name for (name,) in rows]


def copy(connection: duckdb.DuckDBPyConnection, table: str, without: Sequence[str]) -> None:
    """The rows of other loads, with the columns that any of them fills besides those every table has."""
    here, there = columns(connection, "kept", table), columns(connection, "landed", table)
    is_kept = f"load_id not in ({', '.join('?' * len(without))})"
    source = f"landed.raw.{identifier(table)}"
    extra = [name for name in there if name not in here]
    filled = [
        name
        for name in extra
        if connection.execute(
            f"select count(*) from {source} where {is_kept} and {identifier(name)} is not null", without
        ).fetchall()[0][0]
    ]
    for name in filled:
        connection.execute(f"alter table kept.raw.{identifier(table)} add column {identifier(name)} varchar")
    names = ", ".join(identifier(name) for name in there if name not in extra or name in filled)
    connection.execute(
        f"insert into kept.raw.{identifier(table)} ({names}) select {names} from {source} where {is_kept}",
        without,
    )


def columns(connection: duckdb.DuckDBPyConnection, database: str, table: str) -> list[str]:
    rows = connection.execute(
        "select column_name from duckdb_columns() where database_name = ? and schema_name = 'raw' "
        "and table_name = ? order by column_index",
        [database, table],
    ).fetchall()
    return [name for (name,) in rows]


def copy_overlays(connection: duckdb.DuckDBPyConnection, without: Sequence[str]) -> None:
    """Words of the overlays that stay, in place of the shipped ones of the same label."""
    forgotten = [f"overlay {load_id}" for load_id in without]
    words = connection.execute(
        "select column_name, label, code, meaning, vocabulary_version from landed.raw.vocabulary "
        f"where vocabulary_version like 'overlay %' "
        f"and vocabulary_version not in ({', '.join('?' * len(forgotten))})",
        forgotten,
    ).fetchall()
    for word in words:
        connection.execute("delete from raw.vocabulary where column_name = ? and label = ?", word[:2])
        connection.execute("insert into raw.vocabulary values (?, ?, ?, ?, ?)", list(word))
