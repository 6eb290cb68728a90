"""Is a build what its models, its study and its deliveries make? Asked by the audit and again by publish.

The build's own lines (flows/building/provenance.py) must fit each other, the rows, and the models as they are
now. A table that was made again alone, by exactly the change that the models show, fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from flows.building import present_models
from flows.building.digest import digest, shapes_of
from flows.building.provenance import LinesUnreadable, Provenance, TableProvenance, read, sha256_of, state_of
from flows.errors import AuditRefused
from flows.home import Home
from flows.integrity.durable import is_regular
from flows.process.boundary import is_damaged

SHOWN = 8

# What a database may hold beside base tables. No model makes any of it; a view can answer otherwise tomorrow.
OTHERS = """
select 'view' as kind, schema_name || '.' || view_name as name from duckdb_views()
where database_name = current_database() and not internal
union all
select 'sequence', schema_name || '.' || sequence_name from duckdb_sequences()
where database_name = current_database()
union all
select 'macro', schema_name || '.' || function_name from duckdb_functions()
where database_name = current_database() and not internal
union all
select 'type', schema_name || '.' || type_name from duckdb_types()
where database_name = current_database() and not internal
union all
select 'index', schema_name || '.' || index_name from duckdb_indexes()
where database_name = current_database()
union all
select 'trigger', schema_name || '.' || trigger_name from duckdb_triggers()
where database_name = current_database()
union all
select 'schema', schema_name from duckdb_schemas()
where
    database_name = current_database() and not internal
    and schema_name not in (select schema_name from duckdb_tables() where database_name = current_database())
order by all
"""


def prove(home: Home, *, with_content: bool = True) -> Provenance:
    """The provenance of the home's build, once all of it agrees.

    with_content  look at every row as well; without, the caller knows that the bytes were looked at before
    Raises AuditRefused (exit 4): PRV-01 for a build that disagrees with itself, PRV-02 for one that other
    models or another study made, PRV-03 for one without provenance, PRV-04 for what is no database.
    """
    import duckdb

    refuse_no_file(home)
    try:
        kept = consistent(home, with_content)
    except duckdb.Error as failure:
        if is_damaged(failure):
            raise refused("PRV-04", "The build is damaged, or no database", home) from None
        raise
    if faults := [*outdated_study(kept), *outdated(home, kept)]:
        raise refused("PRV-02", f"The build is not what the models make now: {listed(faults)}", home)
    return kept


def refuse_no_file(home: Home) -> None:
    """Raise AuditRefused PRV-04 where a link, a folder or a pipe lies in the build's place."""
    if not is_regular(home.build):
        raise refused("PRV-04", "The build is no file of its own", home)


def consistent(home: Home, with_content: bool) -> Provenance:
    """The build's provenance, once it agrees with what lies in the build."""
    import duckdb

    with duckdb.connect(str(home.build), read_only=True) as connection:
        # Before anything of it is read: a view may be in the place of any table.
        if faults := list(others(connection)):
            raise changed(faults, home)
        try:
            kept = read(connection)
        except LinesUnreadable as failure:
            raise changed([str(failure)], home) from None
        if kept is None:
            raise refused("PRV-03", "The build was made before provenance was kept", home)
        faults = [*unlisted(kept, shapes_of(connection)), *inconsistent(kept)]
    if not faults and with_content:
        faults = altered(kept, digest(home.build))
    if faults:
        raise changed(faults, home)
    return kept


def others(connection: Any) -> Iterator[str]:
    """What lies in the database beside base tables, although no model makes such a thing."""
    for kind, name in connection.execute(OTHERS).fetchall():
        yield f"the {kind} {name} was made by no model"


def unlisted(kept: Provenance, present: Iterable[str]) -> Iterator[str]:
    """Tables that no model made, and tables that are gone."""
    there = set(present)
    yield from (f"{table} was made by no model" for table in sorted(there - kept.tables.keys()))
    yield from (f"{table} is missing" for table in sorted(kept.tables.keys() - there))


def inconsistent(kept: Provenance) -> Iterator[str]:
    """Tables that were made in runs of different studies, or from others than those beside them."""
    if not kept.tables:
        yield "none of its tables is recorded"
    if unknown := {table_provenance.study for table_provenance in kept.tables.values()} - kept.studies.keys():
        yield f"{len(unknown)} of its studies is not told"
    yield from several(kept, "study", "of another study than")
    yield from several(kept, "deliveries", "from other deliveries than")
    for table_provenance in kept.tables.values():
        stale = [
            parent
            for parent, mark in table_provenance.parents.items()
            if parent not in kept.tables or kept.tables[parent].mark != mark
        ]
        if stale:
            yield f"{table_provenance.table} was made from another {', '.join(stale)}"
        elif table_provenance.state != state_now(table_provenance, kept):
            yield f"the lines about {table_provenance.table} were changed"


def state_now(table_provenance: TableProvenance, kept: Provenance) -> str:
    parents = sorted(table_provenance.parents)
    return state_of(table_provenance.recipe, parents, [kept.tables[parent].state for parent in parents])


def several(kept: Provenance, what: str, words: str) -> Iterator[str]:
    """The tables that the smaller number of runs made, when not all agree."""
    by_value: dict[str, list[str]] = {}
    for table_provenance in kept.tables.values():
        value = getattr(table_provenance, what)
        if value is not None:
            by_value.setdefault(value, []).append(table_provenance.table)
    for tables in sorted(by_value.values(), key=len)[:-1]:
        yield f"{', '.join(tables[:SHOWN])} was made {words} the rest"


def altered(kept: Provenance, contents: dict[str, str]) -> list[str]:
    """Tables whose rows, columns or comments are not those that were made."""
    return [
        f"{table} holds other rows, columns or comments than were made"
        for table, table_provenance in kept.tables.items()
        if contents[table] != table_provenance.content
    ]


def outdated_study(kept: Provenance) -> Iterator[str]:
    """The project's own study, if it says something else now; one given in a file was given on purpose."""
    ((study, state),) = [
        (study, kept.studies[study])
        for study in {table_provenance.study for table_provenance in kept.tables.values()}
    ]
    if state.is_the_projects and study != present_models.project_study():
        yield "dbt_project.yml holds another study"


def outdated(home: Home, kept: Provenance) -> list[str]:
    """Tables that the present models would make by other SQL, or not at all."""
    names = {table.partition(".")[2]: table for table in kept.tables}
    models = present_models.model_names()
    faults = [f"{names[name]} is of no model" for name in sorted(names.keys() - models)]
    faults += [f"{name} was not built" for name in sorted(models - names.keys())]
    sources = {table_provenance.sources for table_provenance in kept.tables.values()}
    if faults or sources == {present_models.sources_hash()}:
        return faults
    # Part of it is older than the last change of a model, or changed meanwhile: what counts is the SQL.
    (study,) = {table_provenance.study for table_provenance in kept.tables.values()}
    now = present_models.compiled_recipes(home, kept.studies[study].definition)
    return [
        f"{table} was made by other SQL"
        for table, table_provenance in kept.tables.items()
        if table_provenance.recipe != now.get(table)
    ]


def identity(kept: Provenance, deliveries: Iterable[str]) -> str:
    """A release's id: 'r' and 12 hex digits over current deliveries, the study and how tables are made."""
    studies = sorted({table_provenance.study for table_provenance in kept.tables.values()})
    states = sorted(
        (table_provenance.table, table_provenance.state) for table_provenance in kept.tables.values()
    )
    return "r" + sha256_of([sorted(deliveries), studies, states])[:12]


def listed(faults: list[str]) -> str:
    more = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    return "; ".join(faults[:SHOWN]) + more


def changed(faults: list[str], home: Home) -> AuditRefused:
    return refused("PRV-01", f"The build was changed after it was made, or in part: {listed(faults)}", home)


def refused(code: str, what: str, home: Home) -> AuditRefused:
    return AuditRefused(
        code,
        what,
        file=home.build,
        unchanged="The last good release stays published.",
    )
