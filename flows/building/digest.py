"""Do two databases hold the same tables? DuckDB's files never have the same bytes twice, their tables can."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
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
        shapes = shapes_of(connection)
        return {table: table_digest(connection, table, shape) for table, shape in shapes.items()}


@dataclass(frozen=True, slots=True)
class Shape:
    """A table but for its rows, as information_schema tells of it.

    comments  a row with its comment
    columns   a row for each column, in their order: name, type, expression and comment
    """

    comments: list[tuple[Any, ...]]
    columns: list[tuple[Any, ...]]


def shapes_of(connection: Any) -> dict[str, Shape]:
    """Every base table of the open database, as 'schema.table', but for the two that tell about them.

    Asked for all of them at once: each question goes through every column of the database.
    """
    tables = connection.execute(
        "select table_schema || '.' || table_name as name, table_comment from information_schema.tables"
        " where table_catalog = current_database() and table_type = 'BASE TABLE'"
        " and name not in ('provenance.tables', 'provenance.studies') order by all"
    ).fetchall()
    shapes = {table: Shape([(comment,)], []) for table, comment in tables}
    # A column that is computed when it is read has an expression where others have none.
    columns = connection.execute(
        "select table_schema || '.' || table_name, column_name, data_type, column_default, column_comment"
        " from information_schema.columns where table_catalog = current_database()"
        " order by table_schema, table_name, ordinal_position"
    ).fetchall()
    for table, *column in columns:
        if table in shapes:
            shapes[table].columns.append(tuple(column))
    return shapes


def table_digest(connection: Any, table: str, shape: Shape) -> str:
    """The hash of one table, 'schema.table', on an open connection; 32 hex digits."""
    names = ", ".join(quoted(name) for name, *_ in shape.columns)
    place = ".".join(quoted(part) for part in table.split("."))
    sums = connection.execute(
        f"select count(*), sum(cast(hash({names}) as hugeint)), sum(cast(hash('again', {names}) as hugeint))"
        f" from {place}"
    ).fetchall()
    return hashlib.sha256(repr((shape.comments, shape.columns, sums)).encode()).hexdigest()[:32]


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
