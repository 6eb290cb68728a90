"""The only door to the warehouse: one function a mart, polars frames out, columns checked.

The file is opened read-only and its link resolved first, so that a report reads one release from
beginning to end even if another is published meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl

from analytics.warehouse.mart_columns import COLUMNS

MAY_BE_ABSENT = frozenset(
    {
        "marts.sir",
        "marts.person_time_by_group",
        "staging.stg_ledger__loads",
        "study.study_paper",
        "study.study_highlights",
    }
)
"""Marts that a study without reference rates, a warehouse without its ledger, or a release from before a
study could name its paper or person-time was counted by group does not have."""


class UnfitWarehouse(ValueError):
    """The file is not a warehouse of ours, or a mart does not keep its promise of columns."""


class Marts:
    """Frames of one release. Use `open_marts`; every row order is fixed, so that sums repeat to the bit."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self._connection = connection
        self.path = path

    def frame(self, table: str, *, exact: tuple[str, ...] = ()) -> pl.DataFrame:
        """The promised columns of a mart in a fixed row order; empty where the mart may be absent and is.

        exact  decimals that stay what they are, as texts, instead of the nearest 64-bit numbers
        """
        promised = COLUMNS[table]
        schema, name = table.split(".")
        held = dict(
            self._connection.execute(
                "select column_name, data_type from information_schema.columns"
                " where table_schema = ? and table_name = ? order by ordinal_position",
                [schema, name],
            ).fetchall()
        )
        if not held:
            if table in MAY_BE_ABSENT:
                return pl.DataFrame(schema=dict.fromkeys(promised, pl.Null))
            raise UnfitWarehouse(f"{self.path.name} has no {table}: build and publish it first")
        missing = [column for column in promised if column not in held]
        if missing:
            raise UnfitWarehouse(f"{table} in {self.path.name} lacks {', '.join(missing)}")
        chosen = ", ".join(
            f'"{column}"::varchar as "{column}"' if column in exact else narrow_column(column, held[column])
            for column in promised
        )
        return self._connection.sql(f"select {chosen} from {table} order by all").pl()

    def query(self, sql: str) -> pl.DataFrame:
        """The rows that a query gives; their order is the query's own."""
        return self._connection.sql(sql).pl()

    def count(self, sql: str) -> int:
        """The number of rows that a query gives."""
        return int(self._connection.sql(f"select count(*) from ({sql}) as counted").fetchall()[0][0])

    def count_if_held(self, sql: str) -> int | None:
        """The same; None where this warehouse, as one of marts alone, has not the table that it asks."""
        try:
            return self.count(sql)
        except duckdb.CatalogException:
            return None

    def cohort_flow(self) -> pl.DataFrame:
        """One row per screening rule, in order."""
        return self.frame("marts.cohort_flow").sort("step")

    def index_patients(self) -> pl.DataFrame:
        """One row per eligible registry patient with the index cancer."""
        return self.frame("marts.index_patients").sort("patient_id")

    def index_patients_corrected(self) -> pl.DataFrame:
        """One row per adult registry patient with the index cancer, whatever came later."""
        return self.frame("marts.index_patients_corrected").sort("patient_id")

    def second_primaries(self) -> pl.DataFrame:
        """One row per eligible registry patient whose second cancer qualifies."""
        return self.frame("marts.second_primaries").sort("patient_id")

    def survival_intervals(self) -> pl.DataFrame:
        """One row per patient and exposure interval."""
        return self.frame("marts.survival_intervals").sort("patient_id", "start_months")

    def second_primaries_by_era(self) -> pl.DataFrame:
        """One row per era, in the study's order."""
        position = self.study_eras().select("era", "position")
        return self.frame("marts.second_primaries_by_era").join(position, on="era").sort("position")

    def second_primaries_by_definition(self) -> pl.DataFrame:
        """One row per definition of the second cancer."""
        return self.frame("marts.second_primaries_by_definition").sort("is_selected", descending=True)

    def institution_flow(self) -> pl.DataFrame:
        """One row per screening rule applied to the hospital's patients."""
        return self.frame("marts.institution_flow").sort("step")

    def institution_summary(self) -> pl.DataFrame:
        """One row: the hospital's numbers."""
        return self.frame("marts.institution_summary")

    def institution_cases(self) -> pl.DataFrame:
        """One row per hospital second primary, with its clinical detail."""
        return self.frame("marts.institution_cases").sort("patient_id")

    def person_time_by_era(self) -> pl.DataFrame:
        """One row per era, time since index and attained age: the corrected cohort's events and years."""
        return self.frame("marts.person_time_by_era")

    def person_time_by_group(self) -> pl.DataFrame:
        """One row per group by all traits of the SIRs at once, its expected count as text; may be absent."""
        return self.frame("marts.person_time_by_group", exact=("expected",))

    def reference_coverage(self) -> pl.DataFrame:
        """One row: whether reference rates could be made, of what, and why not."""
        return self.frame("marts.reference_coverage")

    def delivered_items(self) -> pl.DataFrame:
        """One row per item that analyses need: whether any delivery in use holds it."""
        return self.frame("marts.delivered_items")

    def sir(self) -> pl.DataFrame:
        """One row per grouping and level of observed and expected second primaries; may be absent."""
        return self.frame("marts.sir")

    def study(self) -> pl.DataFrame:
        """One row: the definition these marts were built with."""
        return self.frame("study.study")

    def study_cancers(self) -> pl.DataFrame:
        """One row per code range of a role and definition."""
        return self.frame("study.study_cancers")

    def study_eras(self) -> pl.DataFrame:
        """One row per era."""
        return self.frame("study.study_eras").sort("position")

    def study_sources(self) -> pl.DataFrame:
        """One row per source of patients."""
        return self.frame("study.study_sources").sort("source", descending=True)

    def study_registries(self) -> pl.DataFrame:
        """One row per registry whose patients the study takes."""
        return self.frame("study.study_registries").sort("source", "registry_code")

    def study_landmarks(self) -> pl.DataFrame:
        """One row per landmark."""
        return self.frame("study.study_landmarks").sort("landmark_months")

    def study_paper(self) -> pl.DataFrame:
        """One row for the paper that the study is after, or none."""
        return self.frame("study.study_paper")

    def study_highlights(self) -> pl.DataFrame:
        """One row per highlight of that paper, in its order."""
        return self.frame("study.study_highlights").sort("position")

    def loads(self) -> pl.DataFrame:
        """One row per delivery that the marts were built from."""
        loads = self.frame("staging.stg_ledger__loads")
        return loads.filter(pl.col("is_current")) if loads.height else loads


@contextmanager
def open_marts(warehouse: Path) -> Iterator[Marts]:
    """Open a published warehouse read-only; the link is resolved before anything is read.

    A folder of Parquet with the same tables does as well, whichever engine wrote it.
    """
    path = Path(warehouse).resolve()
    if not path.exists():
        raise UnfitWarehouse(f"there is no warehouse at {Path(warehouse).name}: publish one first")
    connection = _over_parquet(path) if path.is_dir() else duckdb.connect(path, read_only=True)
    try:
        connection.execute("set threads to 2")
        yield Marts(connection, path)
    finally:
        connection.close()


def _over_parquet(folder: Path) -> duckdb.DuckDBPyConnection:
    """A view for each schema/table.parquet and each folder schema/table/ with parts of a table."""
    # Without a folder for it, DuckDB would spill patients' rows into the current one.
    connection = duckdb.connect(config={"temp_directory": ""})
    for place in sorted(folder.glob("*/*")):
        files = place / "*.parquet" if place.is_dir() else place
        if place.suffix == ".parquet" or any(place.glob("*.parquet")):
            connection.execute(f'create schema if not exists "{place.parent.name}"')
            quoted = str(files).replace("'", "''")
            view = f'"{place.parent.name}"."{place.stem}"'
            connection.execute(f"create view {view} as from read_parquet('{quoted}')")
    return connection


def narrow_column(column: str, kind: str) -> str:
    """Sums come out of SQL as HUGEINT or DECIMAL; analysts get 64-bit numbers."""
    if kind == "HUGEINT":
        return f'"{column}"::bigint as "{column}"'
    if kind.startswith("DECIMAL"):
        return f'"{column}"::double as "{column}"'
    return f'"{column}"'
