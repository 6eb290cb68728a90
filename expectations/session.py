"""The two files under audit, opened read-only, and asked through Great Expectations and through SQL.

Both are attached to a database in memory: Great Expectations keeps its connections for as long as the process
lives, and a file can be let go of again by detaching it.
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

from expectations.expectation import Expectation

# Without these, results are discarded before Great Expectations has read them.
ENGINE = {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None, "skip_autocommit_rollback": True}


class Session:
    """Asks expectations of an attached build and an attached raw file."""

    def __init__(self, build: Path, raw: Path) -> None:
        import great_expectations
        from sqlalchemy.pool import StaticPool

        context = great_expectations.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
        self.source: Any = context.data_sources.add_sql(  # type: ignore[call-arg]
            "audit",
            connection_string=f"duckdb:///:memory:audit_{uuid.uuid4().hex}",
            create_temp_table=False,
            kwargs={**ENGINE, "poolclass": StaticPool},
        )
        self.connection = self.source.get_engine().connect()
        self.batches: dict[str, Any] = {}
        # A file that cannot be attached leaves its expectations unable to run, which fails the audit.
        for name, file in (("build", build), ("landed", raw)):
            with suppress(Exception):
                self.connection.exec_driver_sql(
                    f"attach '{str(file).replace(chr(39), chr(39) * 2)}' as {name} (read_only)"
                )

    def rows(self, sql: str, table: str = "") -> list[dict[str, Any]]:
        """The rows of our own query; {batch} in it stands for the table."""
        answered = self.connection.exec_driver_sql(sql.format(batch=qualified(table)))
        return [dict(row) for row in answered.mappings().all()]

    def number(self, sql: str, table: str = "") -> Any:
        """The single value of our own query."""
        (row,) = self.rows(sql, table)
        (value,) = row.values()
        return value

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

    def expects(self, expectation: Expectation) -> bool:
        """Great Expectations' answer; RuntimeError if it could not give one."""
        import great_expectations.expectations as gxe

        expectation_of_gx = getattr(gxe, expectation.asked_as)(
            **expectation.arguments, severity=expectation.severity, meta={"because": expectation.because}
        )
        answer = self.batch(expectation.table).validate(expectation_of_gx, result_format="BOOLEAN_ONLY")
        # One answer, or one per metric where a metric failed; only a clean single answer is an answer.
        if answer.exception_info.get("raised_exception") is not False:
            raise RuntimeError("Great Expectations could not answer")
        return bool(answer.success)

    def batch(self, table: str) -> Any:
        """The whole of one table, as Great Expectations sees it."""
        if table not in self.batches:
            schema, name = qualified(table).rsplit(".", 1)
            asset = self.source.add_table_asset(table, table_name=name, schema_name=schema)
            self.batches[table] = asset.add_batch_definition_whole_table("all").get_batch()
        return self.batches[table]

    def close(self) -> None:
        """Let go of both files."""
        for name in ("build", "landed"):
            with suppress(Exception):
                self.connection.exec_driver_sql(f"detach {name}")
        self.connection.close()
        self.source.get_engine().dispose()
        self.source.get_execution_engine().engine.dispose()


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
def open_session(build: Path, raw: Path) -> Iterator[Session]:
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
            session = Session(build, raw)
            try:
                yield session
            finally:
                session.close()
    finally:
        logging.disable(before)
