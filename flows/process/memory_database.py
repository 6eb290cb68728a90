"""DuckDB in memory, over files that are attached to it: what it spills must not lie where somebody stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from flows.home import Home


def memory_database(home: Home | None = None) -> duckdb.DuckDBPyConnection:
    """A database in memory. It spills into the home's work folder, and without a home nowhere.

    DuckDB's own place for what it spills is `.tmp` in the current folder: rows of patients, which a killed
    process leaves there and `forget` does not know.
    """
    import duckdb

    return duckdb.connect(config={"temp_directory": "" if home is None else str(home.work / "spill")})
