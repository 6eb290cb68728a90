"""The lines that dbt's run would keep, for builds that tests make by SQL."""

from __future__ import annotations

from typing import Any

from flows.building.digest import shapes_of, table_digest
from flows.building.present_models import sources_hash
from flows.building.provenance import TABLES, Study, TableProvenance, sha256_of, state_of, study_hash, write
from flows.building.run_dbt import PROJECT


def keep_made(connection: Any, study: str = "mm_sall") -> None:
    """Keep the provenance of the tables in use; models that the test did not care for have an empty one.

    Equal tables of two builds are of equal states, whatever their rows: as if one SQL had made them. In one
    transaction: a hundred commits to the disk would take a second.
    """
    connection.execute("begin")
    there = shapes_of(connection)
    for file in (PROJECT / "models").rglob("*.sql"):
        schema = file.relative_to(PROJECT / "models").parts[0]
        if f"{schema}.{file.stem}" not in there:
            connection.execute(f"create schema if not exists {schema}")
            connection.execute(f"create table {schema}.{file.stem} (nothing integer)")
    contents = {
        table: table_digest(connection, table, shape) for table, shape in shapes_of(connection).items()
    }
    definition = {"name": study}
    connection.execute(TABLES)
    marked, sources = study_hash(definition), sources_hash()
    write(
        connection,
        [made(table, content, marked, sources) for table, content in contents.items()],
        {marked: Study(False, definition)},
    )
    connection.execute("commit")


def made(table: str, content: str, study: str, sources: str) -> TableProvenance:
    recipe = sha256_of(table)
    return TableProvenance(table, recipe, {}, state_of(recipe, [], []), None, study, sources, content)
