"""The two files under audit, opened read-only, and asked in SQL.

Both are attached to a database in memory, which Great Expectations connects to as well: it keeps its
connections for as long as the process lives, and a file can be let go of again by detaching it.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

# Without these, results are discarded before Great Expectations has read them.
ENGINE = {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None, "skip_autocommit_rollback": True}


class Session:
    """An attached build and an attached raw file."""

    def __init__(self, build: Path, raw: Path, released: Path | None = None) -> None:
        from sqlalchemy import create_engine
        from sqlalchemy.pool import StaticPool

        self.address = f"duckdb:///:memory:audit_{uuid.uuid4().hex}"
        self.engine = create_engine(self.address, poolclass=StaticPool, **ENGINE)
        self.connection = self.engine.connect()
        self.told: dict[str, list[dict[str, Any]]] = {}
        # A file that cannot be attached leaves its expectations unable to run, which fails the audit.
        for name, file in (("build", build), ("landed", raw)):
            with suppress(Exception):
                self.connection.exec_driver_sql(
                    f"attach '{str(file).replace(chr(39), chr(39) * 2)}' as {name} (read_only)"
                )
        self.remember_years(released)

    def remember_years(self, released: Path | None) -> None:
        """Count tumours by year in the last release of the build's study, if one can be read."""
        self.connection.exec_driver_sql("create table years_released (year integer, n_tumors bigint)")
        if released is None:
            return
        with suppress(Exception):
            self.connection.exec_driver_sql(
                f"attach '{str(released).replace(chr(39), chr(39) * 2)}' as released (read_only)"
            )
            self.connection.exec_driver_sql(
                "insert into years_released select diagnosis_year, count(*)"
                " from released.staging.stg_seer__tumors where diagnosis_year is not null"
                " and (select name from released.study.study) = (select name from build.study.study)"
                " group by diagnosis_year"
            )

    def rows(self, sql: str, table: str = "") -> list[dict[str, Any]]:
        """The rows of our own query, asked once; {batch} in it stands for the table."""
        query = sql.format(batch=qualified(table))
        if query not in self.told:
            answered = self.connection.exec_driver_sql(query)
            self.told[query] = [dict(row) for row in answered.mappings().all()]
        return self.told[query]

    def number(self, sql: str, table: str = "") -> Any:
        """The single value of our own query."""
        (row,) = self.rows(sql, table)
        (value,) = row.values()
        return value

    def values_of(self, queries: dict[str, str]) -> dict[str, Any]:
        """The single value of each query by its name; without those that could not be asked, or are null."""
        found = {}
        for name, sql in queries.items():
            with suppress(Exception):
                found[name] = self.number(sql)
        return {name: value for name, value in found.items() if value is not None}

    def tables(self) -> set[str]:
        """Every table and view of the two files, named in full."""
        return {
            row["named"]
            for row in self.rows(
                "select concat_ws('.', table_catalog, table_schema, table_name) as named"
                " from information_schema.tables"
            )
        }

    def tables_of_deliveries(self) -> list[str]:
        """The raw tables with rows of deliveries, of whatever kind; none if the raw file cannot be read."""
        try:
            rows = self.rows(
                "select table_name from duckdb_columns() where database_name = 'landed'"
                " and schema_name = 'raw' and column_name = 'load_id'"
                " and table_name not in ('loads', 'rejects') order by table_name"
            )
        except Exception:
            return []  # each expectation about it says so itself
        return [row["table_name"] for row in rows]

    def close(self) -> None:
        """Let go of both files."""
        for name in ("build", "landed", "released"):
            with suppress(Exception):
                self.connection.exec_driver_sql(f"detach {name}")
        self.connection.close()
        self.engine.dispose()


def qualified(table: str) -> str:
    """'marts.x' is build.marts.x, 'raw.x' is landed.raw.x."""
    return f"landed.{table}" if table.startswith("raw.") else f"build.{table}"


def let_go_of_the_driver() -> None:
    """Empty the SQLAlchemy driver's modules, at exit.

    Great Expectations keeps them alive to the very end, and DuckDB would fill the terminal with leaks.
    """
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "duckdb_sqlalchemy":
            vars(module).clear()


@contextmanager
def open_session(build: Path, raw: Path, released: Path | None = None) -> Iterator[Session]:
    """A session; its tools keep quiet meanwhile, for their messages quote the values that broke a rule."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    atexit.unregister(let_go_of_the_driver)
    atexit.register(let_go_of_the_driver)
    # Not a level on their loggers: importing Great Expectations sets it again.
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            session = Session(build, raw, released)
            try:
                yield session
            finally:
                session.close()
    finally:
        logging.disable(before)
