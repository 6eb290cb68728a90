"""What each table of a build was made of: written into the build by the run of dbt that made the table.

dbt's end-of-run hook (dbt_project/macros/provenance.sql) hands over the models that it ran; a run of a part
rewrites the lines of that part alone. A run that is killed before the hook leaves lines that do not fit their
tables, so that its build is refused and not believed (flows/publishing/proof.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.building.digest import Shape, shapes_of, table_digest

SCHEMA = "provenance"

TABLES = f"""
create schema if not exists {SCHEMA};
create table if not exists {SCHEMA}.tables (
    table_name varchar primary key, recipe varchar, parents varchar, state varchar, deliveries varchar,
    study varchar, sources varchar, content varchar
);
comment on table {SCHEMA}.tables is
    'One row per table of this file: hashes of what it was made of, and of what it holds.';
create table if not exists {SCHEMA}.studies (
    study varchar primary key, is_the_projects boolean, definition varchar
);
alter table {SCHEMA}.studies add column if not exists line varchar;
comment on table {SCHEMA}.studies is 'One row per study definition that a table of this file was made with.';
"""


class LinesUnreadable(ValueError):
    """The lines about a build's tables are not of the shape in which they are written."""


@dataclass(frozen=True, slots=True)
class TableProvenance:
    """One table, as its last run made it. Hashes are SHA-256, in hex.

    table       such as 'marts.sir'
    recipe      of its compiled SQL, its contract, its descriptions and every hook; no path of a file enters
    parents     the tables it was made from, each with the mark that it had then
    state       of its recipe and its parents' states: what it was made by, all the way up
    deliveries  of the raw loads, if it reads them; None for a table that is made from tables alone
    study       of the study definition of that run
    sources     of the project's files at that time; empty if they changed during the run
    content     its digest (flows.building.digest)
    """

    table: str
    recipe: str
    parents: Mapping[str, str]
    state: str
    deliveries: str | None
    study: str
    sources: str
    content: str

    @property
    def mark(self) -> str:
        """What a table made from this one remembers of it."""
        return sha256_of([self.state, self.content])


@dataclass(frozen=True, slots=True)
class Study:
    """A definition that tables were made with; the project's own, or one that was given to dbt."""

    is_the_projects: bool
    definition: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a build or a release says of its tables."""

    tables: Mapping[str, TableProvenance]
    studies: Mapping[str, Study]

    @property
    def contents(self) -> dict[str, str]:
        """'schema.table' to the digest of its rows."""
        return {table: made.content for table, made in self.tables.items()}


def keep(
    connection: Any,
    nodes: Iterable[Mapping[str, Any]],
    *,
    places: Mapping[str, str],
    hooks: list[str],
    study: Mapping[str, Any],
    is_the_projects: bool,
    sources: str,
) -> None:
    """Write the lines of the tables that a run made.

    connection  to the build, with the raw tables attached as `landed`
    nodes       the models that ran, as dbt's manifest has them
    places      every model's id to its 'schema.table'
    hooks       the project's own hooks at a run's start and end
    """
    connection.execute(TABLES)
    run = {places[node["unique_id"]]: node for node in nodes}
    before = read(connection)
    kept = dict(before.tables) if before is not None else {}
    digests: dict[str, str] = {}
    deliveries = sha256_of(loads_of(connection))
    shapes = shapes_of(connection)

    def content_of(table: str) -> str:
        if table not in digests:
            digests[table] = table_digest(connection, table, shapes.get(table, Shape([], [])))
        return digests[table]

    def make(table: str) -> TableProvenance:
        node = run.pop(table)
        needed = node["depends_on"]["nodes"]
        above = sorted({places[each] for each in needed if each in places})
        for parent in above:
            if parent in run:
                kept[parent] = make(parent)
        # A parent of an earlier run is marked as it lies there now, not as its own line says.
        parents = {
            parent: sha256_of([kept[parent].state, content_of(parent)]) if parent in kept else ""
            for parent in above
        }
        states = [kept[parent].state if parent in kept else "" for parent in above]
        recipe = recipe_of(node, hooks)
        reads_raw = any(each.startswith("source.") for each in needed)
        return TableProvenance(
            table, recipe, parents, state_of(recipe, above, states), deliveries if reads_raw else None,
            study_hash(study), sources, content_of(table),
        )  # fmt: skip

    while run:
        table = next(iter(run))
        kept[table] = make(table)
    write(connection, kept.values(), {study_hash(study): Study(is_the_projects, dict(study))})


def write(connection: Any, tables: Iterable[TableProvenance], studies: Mapping[str, Study]) -> None:
    """Replace the lines of these tables; leave the others."""
    connection.executemany(
        f"insert or replace into {SCHEMA}.tables values (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            [made.table, made.recipe, json.dumps(made.parents, sort_keys=True), made.state, made.deliveries,
             made.study, made.sources, made.content]
            for made in tables
        ],
    )  # fmt: skip
    connection.executemany(
        f"insert or replace into {SCHEMA}.studies values (?, ?, ?, ?)",
        [line_of(study, said) for study, said in studies.items()],
    )


def line_of(study: str, said: Study) -> list[Any]:
    """One study's line, which ends in its own hash: the flag enters no other."""
    # In the order in which it was written, for the SQL keeps it.
    line = [study, said.is_the_projects, json.dumps(said.definition, default=str)]
    return [*line, sha256_of(line)]


def read(connection: Any) -> Provenance | None:
    """What the open database says of its tables; None if it was made before provenance was kept.

    Raises LinesUnreadable when somebody wrote something else there.
    """
    import duckdb

    held = connection.execute(
        "select count(*) from information_schema.tables"
        f" where table_catalog = current_database() and table_schema = '{SCHEMA}'"
    ).fetchall()[0][0]
    if not held:
        return None
    try:
        lines = connection.execute(f"from {SCHEMA}.tables order by table_name").fetchall()
        studies = connection.execute(f"from {SCHEMA}.studies").fetchall()
        return Provenance(
            {line[0]: read_table_provenance(*line) for line in lines},
            {line[0]: study_of(*line) for line in studies},
        )
    except (duckdb.ProgrammingError, AttributeError, RecursionError, TypeError, ValueError) as failure:
        raise LinesUnreadable(f"the lines in schema {SCHEMA} cannot be read") from failure


def read_table_provenance(
    table: str, recipe: str, parents: str, state: str, deliveries: str | None, study: str, sources: str,
    content: str,
) -> TableProvenance:  # fmt: skip
    """One table's line, as `write` wrote it."""
    above = json.loads(parents)
    texts = [table, recipe, state, deliveries or "", study, sources, content, *above, *above.values()]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError
    return TableProvenance(table, recipe, above, state, deliveries, study, sources, content)


def study_of(study: str, is_the_projects: bool, definition: str, line: str) -> Study:
    """One study's line; its name is the hash of its definition."""
    said = Study(is_the_projects, json.loads(definition))
    if study_hash(said.definition) != study or line != sha256_of([study, is_the_projects, definition]):
        raise ValueError
    return said


def provenance_of(warehouse: Path) -> Provenance | None:
    """What a build or a release says of its tables; None if it was made before provenance was kept."""
    import duckdb

    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return read(connection)


def recipe_of(node: Mapping[str, Any], hooks: list[str]) -> str:
    """The hash of all that dbt sends to the database to make one model's table."""
    config, contract = node["config"], node.get("contract") or {}
    own = [[hook["sql"] for hook in config.get(when) or ()] for when in ("pre-hook", "post-hook")]
    sql = node["compiled_code"].replace(f'"{node["database"]}".', "").strip()
    words = {name: column["description"] for name, column in node["columns"].items()}
    said = [node["description"], words]
    return sha256_of([sql, config["materialized"], contract.get("checksum"), said, own, sorted(hooks)])


def state_of(recipe: str, parents: Iterable[str], states: Iterable[str]) -> str:
    """The hash of a recipe and of the states of the tables it reads."""
    return sha256_of([recipe, sorted(zip(parents, states, strict=True))])


def study_hash(definition: Mapping[str, Any]) -> str:
    """The hash under which a study definition is kept, whatever the order of its keys."""
    return sha256_of(json.dumps(definition, sort_keys=True, default=str))


def loads_of(connection: Any) -> list[str]:
    """Every load that the raw tables hold, but not when it was made."""
    rows = connection.execute(
        "select to_json(loads) from (select * exclude (loaded_at) from landed.raw.loads"
        " order by load_sequence) as loads"
    ).fetchall()
    return [str(row[0]) for row in rows]


def sha256_of(told: Any) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
