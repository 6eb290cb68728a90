"""Parquet for those who ask with other tools: every mart of the release, or every row as it was delivered.

The folder is written beside and moved into place: a reader finds the old export or the new one, complete.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from flows.asking import query
from flows.asking.parquet import DICTIONARY, README, Table, describe, tables_of, write_tables
from flows.durable import fsync_folder
from flows.errors import ResourcesExhausted, UsageError, WarehouseBusy
from flows.home import Home
from flows.landing.raw_seal import is_born
from flows.landing.readers.delivery import literal
from flows.progress import Progress, silent
from flows.publishing.releases import current_release

# What says of a folder that it is an export of ours, and may be replaced by the next.
MADE_BY = "metachron export"
DRAFT, OLD = ".draft-", ".old-"


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
    WarehouseBusy while raw.duckdb is being written; ResourcesExhausted when it cannot be written.
    """
    folder = folder.expanduser().absolute()
    refuse_foreign(folder)
    draft = folder.with_name(f"{DRAFT}{folder.name}-{os.getpid()}")
    try:
        with opened_raw(home) if raw else opened_release(home) as (connection, tables, about):
            draft.mkdir(mode=0o700, parents=True)
            written = tuple(write_tables(connection, draft, tables, about, progress or silent))
        describe(draft, about, written)
        put_in_place(draft, folder)
    except OSError as problem:
        raise ResourcesExhausted(
            "EXP-03",
            f"The export cannot be written: {problem.strerror or problem}",
            file=folder,
            unchanged="An export that was there before stays as it was.",
            remedy="Check free disk space and permissions, then export again.",
        ) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Export(folder, about, written)


def refuse_foreign(folder: Path) -> None:
    """Never replace what we did not write."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    try:
        is_ours = json.loads((folder / DICTIONARY).read_text(encoding="utf-8"))["made_by"] == MADE_BY
    except (OSError, ValueError, KeyError, TypeError):
        is_ours = False
    if not is_ours:
        raise UsageError(
            "EXP-01",
            "The folder holds something that is not an earlier export",
            file=folder,
            unchanged="Nothing was written.",
            remedy="Name a new folder, or an empty one.",
        )


Opened = tuple[duckdb.DuckDBPyConnection, list[Table], dict[str, Any]]


@contextmanager
def opened_release(home: Home) -> Iterator[Opened]:
    """The published release, its tables for analysts, and what holds of all of them."""
    release = current_release(home)
    with query.connect(home, release) as connection:
        assert release is not None, "without a release there is no connection"
        about = {
            "made_by": MADE_BY,
            "release_id": release.id,
            "study": release.study,
            "is_synthetic": release.is_synthetic,
        }
        yield connection, tables_of(connection, ["marts", "study"]), about


@contextmanager
def opened_raw(home: Home) -> Iterator[Opened]:
    """What has landed, each table cut into its loads: a reader of many files can share them out."""
    if not is_born(home):
        raise UsageError(
            "EXP-02", "Nothing has been loaded yet", file=home.raw, remedy="Run `metachron load PATH` first."
        )
    # Under another name than its schema: raw.loads of a database called raw would be ambiguous.
    with duckdb.connect() as connection:
        try:
            connection.execute(f"attach {literal(str(home.raw))} as landed (read_only)")
        except duckdb.IOException:
            raise WarehouseBusy(
                "EXP-04",
                "Another process is writing raw.duckdb",
                file=home.raw,
                unchanged="Nothing was written.",
                remedy="Wait until it has finished, then export again.",
            ) from None
        connection.execute("use landed")
        tables = [cut(table, loads_in(connection, table)) for table in tables_of(connection, ["raw"])]
        answered = connection.execute("select coalesce(bool_or(is_synthetic), false) from raw.loads")
        yield connection, tables, {"made_by": MADE_BY, "is_synthetic": answered.fetchall()[0][0]}


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


def put_in_place(draft: Path, folder: Path) -> None:
    """Give the finished draft its name; whoever has the old files open keeps them."""
    old = folder.with_name(f"{OLD}{folder.name}-{os.getpid()}")
    if folder.exists():
        folder.rename(old)
    draft.rename(folder)
    fsync_folder(folder.parent)
    shutil.rmtree(old, ignore_errors=True)
