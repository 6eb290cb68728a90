"""Do two databases hold the same tables? DuckDB's files never have the same bytes twice, their tables can."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any


def digest(path: Path) -> dict[str, str]:
    """For each table, 'schema.table' to a hash over its columns, rows and comments.

    No order of rows changes it, and equal rows count as often as they occur. Two of DuckDB's own hashes of
    each row are summed. That tells equal tables from unequal while one version of DuckDB reads both; it is no
    seal against forgery.
    """
    import duckdb  # late: `metachron status` needs manifests only

    with duckdb.connect(str(path), read_only=True) as connection:
        return {table: table_digest(connection, *table.split(".")) for table in tables_of(connection)}


def tables_of(connection: Any) -> list[str]:
    """Every base table of the open database, as 'schema.table', but for the two that tell about them."""
    rows = connection.execute(
        "select table_schema || '.' || table_name as name from information_schema.tables"
        " where table_catalog = current_database() and table_type = 'BASE TABLE'"
        " and name not in ('provenance.tables', 'provenance.studies') order by all"
    ).fetchall()
    return [row[0] for row in rows]


def table_digest(connection: Any, schema: str, table: str) -> str:
    """The hash of one table, on an open connection; 32 hex digits."""
    named = [schema, table]
    comments = connection.execute(
        "select table_comment from information_schema.tables"
        " where table_catalog = current_database() and table_schema = ? and table_name = ?",
        named,
    ).fetchall()
    # A column that is computed when it is read has an expression where others have none.
    columns = connection.execute(
        "select column_name, data_type, column_default, column_comment from information_schema.columns"
        " where table_catalog = current_database() and table_schema = ? and table_name = ?"
        " order by ordinal_position",
        named,
    ).fetchall()
    names = ", ".join(quoted(name) for name, *_ in columns)
    sums = connection.execute(
        f"select count(*), sum(cast(hash({names}) as hugeint)), sum(cast(hash('again', {names}) as hugeint))"
        f" from {quoted(schema)}.{quoted(table)}"
    ).fetchall()
    return hashlib.sha256(repr((comments, columns, sums)).encode()).hexdigest()[:32]


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
