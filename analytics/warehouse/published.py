"""A published warehouse in an analyst's hands: frames of its marts, results of its report, SQL that reads.

``analytics.open`` is the way in. One release is read from beginning to end, even if another is published
meanwhile: the link is followed once, when the warehouse is opened.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from analytics.warehouse.marts import UnfitWarehouse, narrow_column

if TYPE_CHECKING:
    from analytics.results.document import Results


@dataclass(frozen=True, slots=True)
class Warehouse:
    """One release of one study.

    path   its file
    study  the name of the study it was built for
    home   the folder that it was opened from; the same release is the same wherever it was opened
    """

    path: Path
    study: str
    home: Path = field(compare=False)

    @property
    def results(self) -> Results:
        """What the report of this release says: every row of its results.json, typed and unrounded.

        Read anew each time. Raises ValueError where the release has no report, or one that another version
        wrote in another shape.
        """
        # Whoever reads marts alone waits for no question.
        from analytics.questions.registry import row_types
        from analytics.results.json_file import NotResults, read

        release = self.path.parent.name
        file = self.home / "reports" / self.study / release / "results.json"
        remedy = f"run `metachron report --home {self.home}`"
        try:
            return read(file, row_types())
        except FileNotFoundError:
            raise UnfitWarehouse(f"the release {release} of {self.study} has no report: {remedy}") from None
        except NotResults:
            raise UnfitWarehouse(f"another version wrote the report {file}: {remedy}") from None

    def mart(self, name: str) -> pl.DataFrame:
        """All columns of ``marts.<name>``, such as ``cohort_flow``, in an order that repeats.

        Raises ValueError for a name that is no mart, with those that are.
        """
        with _reading(self.path) as connection:
            held: dict[str, list[str]] = {}
            for table, column, kind in connection.execute(
                "select table_name, column_name, data_type from information_schema.columns"
                " where table_schema = 'marts' order by table_name, ordinal_position"
            ).fetchall():
                held.setdefault(table, []).append(narrow_column(column, kind))
            if name not in held:
                raise ValueError(f"there is no mart {name!r}; the marts are {', '.join(held)}")
            rows = connection.sql(f'select {", ".join(held[name])} from marts."{name}" order by all')
            frame: pl.DataFrame = rows.pl()
            return frame

    def sql(self, text: str) -> pl.DataFrame:
        """The rows of one query; tables are ``marts.<name>``, ``study.<name>`` and so on.

        Nothing can be written, and no file read but the warehouse. Raises ``duckdb.Error`` for SQL that does
        not run and ValueError for what is no query.
        """
        with _reading(self.path) as connection:
            rows = connection.sql(text)
            if rows is None:
                raise ValueError("the SQL gives no rows: `sql` is for queries")
            frame: pl.DataFrame = rows.pl()
            return frame


def open_warehouse(home: str | PathLike[str], study: str | None = None) -> Warehouse:
    """The published warehouse of a home; see ``analytics.open``."""
    folder = Path(home)
    link = folder / "warehouse.duckdb"
    if study is not None:
        if study in ("", ".", "..") or Path(study).name != study:
            raise ValueError(f"{study!r} is no name of a study")
        own = folder / "studies" / study / "warehouse.duckdb"
        link = own if own.exists() else link
    if not link.exists():
        raise UnfitWarehouse(f"no warehouse is published in {folder}: run `metachron run --home {folder}`")
    path = link.resolve()
    with _reading(path) as connection:
        if not connection.sql("from duckdb_tables() where schema_name = 'study' and table_name = 'study'"):
            raise UnfitWarehouse(f"{link} is no warehouse of metachron")
        [[name]] = connection.sql("select name from study.study").fetchall()
    if study not in (None, name):
        raise ValueError(f"nothing is published in {folder} for the study {study!r}; there is {name!r}")
    return Warehouse(path, name, folder)


def _reading(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection that reads this file and no other, and shares no settings with those of the caller."""
    # Without a folder for it, DuckDB would spill patients' rows into the current one.
    connection = duckdb.connect(config={"temp_directory": ""})
    try:
        quoted = str(path).replace("'", "''")
        connection.execute(f"attach '{quoted}' as warehouse (read_only)")
        connection.execute("use warehouse")
        connection.execute("set enable_external_access = false; set lock_configuration = true")
    except duckdb.Error as problem:
        connection.close()
        raise UnfitWarehouse(f"{path} cannot be read as a warehouse: {problem}") from problem
    return connection
