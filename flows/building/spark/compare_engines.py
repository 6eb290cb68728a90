"""Do two engines give the same tables? Row by row, columns and types included, in DuckDB over both."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from flows.building.digest import quoted
from flows.errors import AuditRefused, IntegrityDamaged, UsageError
from flows.home import Home
from flows.landing.forms.delivery import literal
from flows.process.boundary import is_exhausted
from flows.process.memory_database import memory_database
from flows.terminal.progress import Progress, silent

# Only marts promise their types; between the layers an engine may count in wider or narrower numbers.
PROMISED = "marts"


@dataclass(frozen=True, slots=True)
class TableCompared:
    """One table of both engines; a row that occurs twice here and once there is one row only here.

    columns  those in which the two hold other values or, in a mart, another type
    """

    name: str
    rows: int
    only_duckdb: int
    only_spark: int
    columns: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        return not (self.only_duckdb or self.only_spark or self.columns)

    def line(self) -> str:
        if self.is_equal:
            return f"{self.name:<48}{self.rows:>12,} rows  equal"
        differing = ", ".join(self.columns) or "rows"
        return (
            f"{self.name:<48}{self.rows:>12,} rows  DIFFERS: {self.only_duckdb:,} only in DuckDB,"
            f" {self.only_spark:,} only in Spark ({differing})"
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every table of the DuckDB build beside the one that Spark made."""

    tables: tuple[TableCompared, ...]

    def facts(self) -> dict[str, Any]:
        return {"equal": not self.different, "tables": [asdict(table) for table in self.tables]}

    @property
    def different(self) -> list[str]:
        return [table.name for table in self.tables if not table.is_equal]

    def screen(self) -> str:
        rows = sum(table.rows for table in self.tables)
        last = f"compare-engines: {len(self.tables)} tables, {rows:,} rows, equal row by row"
        return "\n".join([*(table.line() for table in self.tables), last])


def compare_engines(home: Home, *, progress: Progress | None = None) -> Comparison:
    """Compare the build of DuckDB with the tables of Spark, both of this home.

    The build, or the published warehouse where there is no build.
    Raises UsageError (exit 2) when either is missing, AuditRefused (exit 4) naming the tables that differ,
    IntegrityDamaged (exit 7) where a table of Spark cannot be read.
    """
    made_by_duckdb = home.build if home.build.exists() else home.warehouse
    made_by_spark = home.spark / "current"
    for file, command in ((made_by_duckdb, "metachron build"), (made_by_spark, "metachron spark")):
        if not file.exists():
            raise UsageError(
                "CMP-01",
                "There is nothing to compare with",
                file=file,
                unchanged="",
                remedy=f"Run `{command}` first.",
            )
    comparison = compare_tables(home, made_by_duckdb, made_by_spark, progress or silent)
    if comparison.different:
        told = "; ".join(" ".join(table.line().split()) for table in comparison.tables if not table.is_equal)
        raise AuditRefused(
            "CMP-02",
            f"The engines differ in {len(comparison.different)} tables: {told}",
            unchanged="Nothing was changed.",
        )
    return comparison


def compare_tables(home: Home, build: Path, folder: Path, progress: Progress) -> Comparison:
    """Every table of a DuckDB file beside the folder of Parquet of the same name."""
    with memory_database(home) as connection:
        connection.execute(f"attach {literal(str(build.resolve()))} as build (read_only)")
        names = connection.execute(
            # How tables were made is kept by DuckDB alone (macros/provenance.sql).
            "select schema_name, table_name from duckdb_tables()"
            " where database_name = 'build' and schema_name <> 'provenance' order by all"
        ).fetchall()
        tables = []
        for done, (schema, name) in enumerate(names):
            progress(done / len(names), f"{schema}.{name}")
            tables.append(compare_table(connection, schema, name, folder / schema / name))
    return Comparison(tuple(tables))


def compare_table(
    connection: duckdb.DuckDBPyConnection, schema: str, name: str, folder: Path
) -> TableCompared:
    here = f"build.{quoted(schema)}.{quoted(name)}"
    rows = count(connection, f"from {here}")
    if not any(folder.glob("*.parquet")):
        return TableCompared(f"{schema}.{name}", rows, rows, 0, ("the table is missing",))
    there = read_parquet(connection, folder)
    types, others = types_of(connection, here), types_of(connection, there)
    if list(types) != list(others):
        columns = tuple(sorted(set(types) ^ set(others))) or ("the order of columns",)
        return TableCompared(f"{schema}.{name}", rows, 0, 0, columns)
    only_here = count(connection, f"from {here} except all from {there}")
    only_there = count(connection, f"from {there} except all from {here}")
    unlike = [column for column in types if schema == PROMISED and types[column] != others[column]]
    if only_here or only_there:
        unlike += [column for column in types if differs(connection, column, here, there)]
    return TableCompared(f"{schema}.{name}", rows, only_here, only_there, tuple(dict.fromkeys(unlike)))


def read_parquet(connection: duckdb.DuckDBPyConnection, folder: Path) -> str:
    """Spark's table, read once as a whole: what is damaged in it is found before anything is compared."""
    files = literal(str(folder / "*.parquet"))
    try:
        connection.execute(f"create or replace temp table made_by_spark as from read_parquet({files})")
    except duckdb.Error as error:
        if is_exhausted(error) or isinstance(error, duckdb.OutOfMemoryException):
            raise
        raise IntegrityDamaged(
            "CMP-03", "A table of Spark cannot be read", file=folder, unchanged="Nothing was changed."
        ) from None
    return "made_by_spark"


def differs(connection: duckdb.DuckDBPyConnection, column: str, here: str, there: str) -> bool:
    """Whether a column by itself holds other values, or others as often."""
    chosen = quoted(column)
    return any(
        count(connection, f"select {chosen} from {first} except all select {chosen} from {second}")
        for first, second in ((here, there), (there, here))
    )


def types_of(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    return {row[0]: row[1] for row in connection.execute(f"describe from {table}").fetchall()}


def count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(f"select count(*) from ({query})").fetchall()[0][0])
