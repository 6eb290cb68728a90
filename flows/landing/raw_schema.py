"""The tables of raw.duckdb, all made before anything lands so that dbt always finds them."""

from __future__ import annotations

import duckdb

from flows.landing.deliveries import raw_tables

LOADS = """
create table if not exists raw.loads (
    load_id varchar primary key,
    load_sequence bigint not null,
    delivery_id varchar not null,
    source varchar not null,
    role varchar not null,
    kind varchar not null,
    file_name varchar not null,
    sha256 varchar not null,
    delivered_sha256 varchar not null,
    dictionary_sha256 varchar,
    bytes bigint not null,
    encoding varchar,
    delimiter varchar,
    line_ending varchar,
    header varchar,
    events varchar,
    rows_read bigint not null,
    rows_landed bigint not null,
    rows_rejected bigint not null,
    database_name varchar,
    product varchar,
    registries bigint,
    submission_year bigint,
    first_year bigint,
    last_year bigint,
    study_cutoff date,
    is_synthetic boolean not null,
    reader_version varchar not null,
    loaded_at timestamp not null
)
"""
REJECTS = """
create table if not exists raw.rejects (
    load_id varchar, source_line bigint, column_name varchar,
    reason_code varchar, reason varchar, raw_text varchar
)
"""
VOCABULARY = """
create table if not exists raw.vocabulary (
    column_name varchar, label varchar, code varchar, meaning varchar, vocabulary_version varchar
)
"""


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Create every table that is not there yet and add columns that a newer version knows."""
    connection.execute("create schema if not exists raw")
    for statement in (LOADS, REJECTS, VOCABULARY):
        connection.execute(statement)
    for table, columns in raw_tables().items():
        connection.execute(
            f"create table if not exists raw.{table} (load_id varchar, source_line bigint, "
            + ", ".join(f"{column} varchar" for column in columns)
            + ")"
        )
        add_columns(connection, table, columns)


def add_columns(connection: duckdb.DuckDBPyConnection, table: str, names: tuple[str, ...]) -> None:
    """Add text columns that the table lacks; NULL in earlier rows, whose delivery had no such column."""
    present = {
        name
        for (name,) in connection.execute(
            "select column_name from duckdb_columns() where schema_name = 'raw' and table_name = ?",
            [table],
        ).fetchall()
    }
    for name in names:
        if name not in present:
            quoted = name.replace('"', '""')
            connection.execute(f'alter table raw.{table} add column "{quoted}" varchar')
