"""Tables written as Parquet, described in the files themselves, in a dictionary and in a README."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from flows.integrity.durable import fsync_path
from flows.terminal.progress import Progress

DICTIONARY, README = "dictionary.json", "README.md"
ROWS_AT_ONCE = 122_880


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its DuckDB type, and what it means ('' where nobody said)."""

    name: str
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table to write; `parts` are file names, each with the condition that chooses its rows."""

    schema: str
    name: str
    description: str
    columns: tuple[Column, ...]
    parts: tuple[tuple[str, str], ...]

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"


def tables_of(connection: duckdb.DuckDBPyConnection, schemas: Sequence[str]) -> list[Table]:
    """The tables of some schemas with what they and their columns mean; each one file as yet."""
    named = connection.execute(
        "select schema_name, table_name, coalesce(comment, '') from duckdb_tables()"
        " where database_name = current_database() and list_contains(?, schema_name)"
        " order by schema_name, table_name",
        [list(schemas)],
    ).fetchall()
    return [
        Table(
            schema,
            name,
            comment,
            columns_of(connection, schema, name),
            ((f"{schema}/{name}.parquet", "true"),),
        )
        for schema, name, comment in named
    ]


def columns_of(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> tuple[Column, ...]:
    rows = connection.execute(
        "select column_name, data_type, coalesce(comment, '') from duckdb_columns()"
        " where database_name = current_database() and schema_name = ? and table_name = ?"
        " order by column_index",
        [schema, table],
    ).fetchall()
    return tuple(Column(*row) for row in rows)


def write_tables(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    tables: Sequence[Table],
    facts: dict[str, Any],
    progress: Progress,
) -> Iterator[dict[str, Any]]:
    """Write each table's files under `folder`; yields what the dictionary says of each.

    facts  what holds of all of them; kept in each file's metadata
    """
    n_parts, done = sum(len(table.parts) for table in tables), 0
    for table in tables:
        rows = 0
        for file, condition in table.parts:
            rows += write_part(connection, table, condition, folder / file, facts)
            done += 1
            progress(done / n_parts, table.full_name)
        yield {
            "name": table.full_name,
            "description": table.description,
            "rows": rows,
            "files": [file for file, _ in table.parts],
            "columns": [asdict(column) for column in table.columns],
        }


def write_part(
    connection: duckdb.DuckDBPyConnection, table: Table, condition: str, file: Path, facts: dict[str, Any]
) -> int:
    """Write the rows that meet the condition, a row group at a time; how many there were."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    chosen = connection.sql(f'from {table.schema}."{table.name}" where {condition}')
    reader = chosen.to_arrow_reader(ROWS_AT_ONCE)
    descriptions = {column.name: column.description for column in table.columns}
    schema = pa.schema(
        [field.with_metadata({"description": descriptions[field.name]}) for field in reader.schema],
        metadata={"description": table.description} | {key: str(value) for key, value in facts.items()},
    )
    file.parent.mkdir(mode=0o700, exist_ok=True)
    rows = 0
    with (
        os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target,
        pq.ParquetWriter(target, schema, compression="zstd") as writer,
    ):
        for batch in reader:
            rows += batch.num_rows
            writer.write_batch(batch.cast(schema))
    fsync_path(file)
    return rows


def describe(folder: Path, facts: dict[str, Any], tables: Sequence[dict[str, Any]]) -> None:
    """The dictionary for programs and the README for people."""
    dictionary = json.dumps({**facts, "tables": tables}, ensure_ascii=False, indent=1) + "\n"
    for name, text in ((DICTIONARY, dictionary), (README, readme(facts, tables))):
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o600)


def readme(facts: dict[str, Any], tables: Sequence[dict[str, Any]]) -> str:
    origin = f"release {facts['release_id']}" if "release_id" in facts else "the rows as they were delivered"
    lines = [f"# Parquet export of {origin}", ""]
    if facts["is_synthetic"]:
        lines += ["**SYNTHETIC DATA: no row describes a patient.**", ""]
    else:
        lines += ["Rows are of patients: the registry's data-use agreement goes with these files.", ""]
    for table in tables:
        files = table["files"]
        where = files[0] if len(files) == 1 else f"{len(files)} files, one a load"
        lines += [f"## {table['name']}", "", table["description"], "", f"{table['rows']:,} rows: {where}", ""]
        lines += ["| column | type | meaning |", "|---|---|---|"]
        lines += [
            f"| {in_cell(c['name'])} | {c['type']} | {in_cell(c['description'])} |" for c in table["columns"]
        ]
        lines.append("")
    return "\n".join(lines)


def in_cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "/")
