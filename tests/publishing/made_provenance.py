"""The lines that dbt's run would keep, for builds that tests make by SQL."""

from __future__ import annotations

from typing import Any

from flows.building.digest import table_digest, tables_of
from flows.building.present_models import sources_hash
from flows.building.provenance import TABLES, Study, TableProvenance, sha256_of, state_of, study_hash, write
from flows.building.run_dbt import PROJECT


def keep_made(connection: Any, study: str = "mm_sall") -> None:
    """Keep the provenance of the tables in use; models that the test did not care for have an empty one.

    Equal tables of two builds are of equal states, whatever their rows: as if one SQL had made them.
    """
    there = set(tables_of(connection))
    for file in (PROJECT / "models").rglob("*.sql"):
        schema = file.relative_to(PROJECT / "models").parts[0]
        if f"{schema}.{file.stem}" not in there:
            connection.execute(f"create schema if not exists {schema}")
            connection.execute(f"create table {schema}.{file.stem} (nothing integer)")
    definition = {"name": study}
    connection.execute(TABLES)
    write(
        connection,
        [made(connection, table, study_hash(definition)) for table in tables_of(connection)],
        {study_hash(definition): Study(False, definition)},
    )


def made(connection: Any, table: str, study: str) -> TableProvenance:
    recipe = sha256_of(table)
    content = table_digest(connection, *table.split("."))
    return TableProvenance(table, recipe, {}, state_of(recipe, [], []), None, study, sources_hash(), content)
