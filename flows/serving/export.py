"""Parquet for those who ask with other tools: every mart of the release, or every row as it was delivered.

A reader finds the old export or the new one, complete (flows.files.output_folder).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from flows.errors import ResourcesExhausted, UsageError, WarehouseBusy
from flows.files.output_folder import expanded, folder_written
from flows.home import Home
from flows.landing.forms.delivery import literal
from flows.landing.raw_seal import is_born, refuse_altered
from flows.process.boundary import is_locked
from flows.process.memory_database import memory_database
from flows.publishing.evidence import published_whole
from flows.serving import query
from flows.serving.parquet import DICTIONARY, README, Table, describe, tables_of, write_tables
from flows.terminal.progress import Progress, silent

MADE_BY = "metachron export"


@dataclass(frozen=True, slots=True)
class Export:
    """What was written: where, what holds of all of it, and each table's rows, files and columns."""

    folder: Path
    about: dict[str, Any]
    tables: tuple[dict[str, Any], ...]

    def facts(self) -> dict[str, Any]:
        return {"folder": str(self.folder), **self.about, "tables": list(self.tables)}

    def screen(self) -> str:
        lines = []
        for table in self.tables:
            more = f" and {len(table['files']) - 1} more" if len(table["files"]) > 1 else ""
            lines.append(f"{table['name']:<36}{table['rows']:>12,} rows  {table['files'][0]}{more}")
        return "\n".join([*lines, f"export: {len(self.tables)} tables in {self.folder}; read {README} first"])


def export_parquet(
    home: Home, folder: Path, raw: bool = False, *, progress: Progress | None = None
) -> Export:
    """Write the marts and the study's tables of the published release as Parquet, one file a table.

    folder  where to: made, or replaced as a whole if it is an earlier export
    raw     instead, every table of raw.duckdb, all text: one folder a table, one file a delivery, named after
            its load_id. A table without rows is one file without rows, so that every table can be read.

    Files are for their owner alone (0600): rows may be of patients.
    Raises UsageError when nothing is published (or landed), or the folder holds something else;
    IntegrityDamaged for a release, or raw tables, that somebody altered; WarehouseBusy while raw.duckdb is
    being written; ResourcesExhausted when it cannot be written.
    """
    folder = expanded(folder)
    try:
        with (
            open_landed(home) if raw else open_release(home) as (connection, tables, about, contents),
            folder_written(folder, MADE_BY, home=home, contents=contents, older=older_export) as draft,
        ):
            written = tuple(write_tables(connection, draft, tables, about, progress or silent))
            describe(draft, about, written)
    except OSError as problem:
        raise ResourcesExhausted(
            "EXP-03",
            f"The export cannot be written: {problem.strerror or problem}",
            file=folder,
            unchanged="An export that was there before stays as it was.",
        ) from None
    return Export(folder, about, written)


def older_export(folder: Path) -> set[str]:
    """The files of an export that has no marker yet, as its dictionary lists them."""
    try:
        document = json.loads((folder / DICTIONARY).read_text(encoding="utf-8"))
        if document["made_by"] != MADE_BY:
            return set()
        return {DICTIONARY, README} | {file for table in document["tables"] for file in table["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


Opened = tuple[duckdb.DuckDBPyConnection, list[Table], dict[str, Any], set[str]]


@contextmanager
def open_release(home: Home) -> Iterator[Opened]:
    """The published release, its tables for analysts, what holds of all, and its deliveries' hashes."""
    release = published_whole(home)
    with query.connect(home, release) as connection:
        assert release is not None, "without a release there is no connection"
        about = {
            "made_by": MADE_BY,
            "release_id": release.id,
            "study": release.study,
            "is_synthetic": release.is_synthetic,
        }
        contents = {given["sha256"] for given in release.inputs}
        yield connection, tables_of(connection, ["marts", "study"]), about, contents


@contextmanager
def open_landed(home: Home) -> Iterator[Opened]:
    """What has landed, each table cut into its loads: a reader of many files can share them out."""
    if not is_born(home):
        refuse_altered(home)
        raise UsageError("EXP-02", "Nothing has been loaded yet", file=home.raw)
    # Under another name than its schema: raw.loads of a database called raw would be ambiguous.
    with memory_database(home) as connection:
        try:
            connection.execute(f"attach {literal(str(home.raw))} as landed (read_only)")
        except duckdb.Error as error:
            if not is_locked(error):
                refuse_altered(home)
                raise
            raise WarehouseBusy(
                "EXP-04",
                "Another process is writing raw.duckdb",
                file=home.raw,
                unchanged="Nothing was written.",
            ) from None
        refuse_altered(home)
        connection.execute("use landed")
        tables = [cut(table, loads_in(connection, table)) for table in tables_of(connection, ["raw"])]
        loads = connection.execute("select sha256, is_synthetic from raw.loads").fetchall()
        about = {"made_by": MADE_BY, "is_synthetic": any(is_synthetic for _, is_synthetic in loads)}
        yield connection, tables, about, {sha256 for sha256, _ in loads}


def loads_in(connection: duckdb.DuckDBPyConnection, table: Table) -> list[str]:
    """The deliveries whose rows a table holds; none for a table that is not of rows delivered."""
    if not any(column.name == "source_line" for column in table.columns):
        return []
    answered = connection.execute(f'select distinct load_id from raw."{table.name}" order by load_id')
    return [load_id for (load_id,) in answered.fetchall()]


def cut(table: Table, loads: list[str]) -> Table:
    """The table as one file a delivery; as one file where there is none."""
    parts = [(f"{table.name}/{load_id}.parquet", f"load_id = '{load_id}'") for load_id in loads]
    return replace(table, parts=tuple(parts) or ((f"{table.name}/all.parquet", "true"),))
