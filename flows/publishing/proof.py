"""Is a build what its models, its study and its deliveries make? Asked by the audit and again by publish.

The build's own lines (flows/building/provenance.py) must fit each other, the rows, and the models as they are
now. A table that was made again alone, by exactly the change that the models show, fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flows.building import present_models
from flows.building.provenance import Made, Provenance, read, sha256_of, state_of
from flows.errors import AuditRefused
from flows.home import Home
from flows.publishing.digest import digest, tables_of

SHOWN = 8


def prove(home: Home, *, with_content: bool = True) -> Provenance:
    """The provenance of the home's build, once all of it agrees.

    with_content  look at every row as well; without, the caller knows that the bytes were looked at before
    Raises AuditRefused (exit 4): PRV-01 for a build that disagrees with itself, PRV-02 for one that other
    models or another study made, PRV-03 for one without provenance.
    """
    import duckdb

    with duckdb.connect(str(home.build), read_only=True) as connection:
        kept = read(connection)
        if kept is None:
            raise refused("PRV-03", "The build was made before provenance was kept", home)
        faults = [*unlisted(kept, tables_of(connection)), *inconsistent(kept)]
    if not faults and with_content:
        faults = altered(kept, digest(home.build))
    if faults:
        raise refused(
            "PRV-01", f"The build was changed after it was made, or in part: {listed(faults)}", home
        )
    if faults := [*outdated_study(kept), *outdated(home, kept)]:
        raise refused("PRV-02", f"The build is not what the models make now: {listed(faults)}", home)
    return kept


def unlisted(kept: Provenance, present: Iterable[str]) -> Iterator[str]:
    """Tables that no model made, and tables that are gone."""
    there = set(present)
    yield from (f"{table} was made by no model" for table in sorted(there - kept.tables.keys()))
    yield from (f"{table} is missing" for table in sorted(kept.tables.keys() - there))


def inconsistent(kept: Provenance) -> Iterator[str]:
    """Tables that were made in runs of different studies, or from others than those beside them."""
    yield from several(kept, "study", "of another study than")
    yield from several(kept, "deliveries", "from other deliveries than")
    for made in kept.tables.values():
        stale = [
            parent
            for parent, mark in made.parents.items()
            if parent not in kept.tables or kept.tables[parent].mark != mark
        ]
        if stale:
            yield f"{made.table} was made from another {', '.join(stale)}"
        elif made.state != state_now(made, kept):
            yield f"the lines about {made.table} were changed"


def state_now(made: Made, kept: Provenance) -> str:
    parents = sorted(made.parents)
    return state_of(made.recipe, parents, [kept.tables[parent].state for parent in parents])


def several(kept: Provenance, what: str, words: str) -> Iterator[str]:
    """The tables that the smaller number of runs made, when not all agree."""
    by_value: dict[str, list[str]] = {}
    for made in kept.tables.values():
        value = getattr(made, what)
        if value is not None:
            by_value.setdefault(value, []).append(made.table)
    for tables in sorted(by_value.values(), key=len)[:-1]:
        yield f"{', '.join(tables[:SHOWN])} was made {words} the rest"


def altered(kept: Provenance, contents: dict[str, str]) -> list[str]:
    """Tables whose rows are not those that were made."""
    return [
        f"{table} holds other rows than were made"
        for table, made in kept.tables.items()
        if contents[table] != made.content
    ]


def outdated_study(kept: Provenance) -> Iterator[str]:
    """The project's own study, if it says something else now; one given in a file was given on purpose."""
    ((study, said),) = [
        (study, kept.studies[study]) for study in {made.study for made in kept.tables.values()}
    ]
    if said.is_the_projects and study != present_models.project_study():
        yield "dbt_project.yml holds another study"


def outdated(home: Home, kept: Provenance) -> list[str]:
    """Tables that the present models would make by other SQL, or not at all."""
    names = {table.partition(".")[2]: table for table in kept.tables}
    models = present_models.model_names()
    faults = [f"{names[name]} is of no model" for name in sorted(names.keys() - models)]
    faults += [f"{name} was not built" for name in sorted(models - names.keys())]
    sources = {made.sources for made in kept.tables.values()}
    if faults or sources == {present_models.sources_hash()}:
        return faults
    # Part of it is older than the last change of a model, or changed meanwhile: what counts is the SQL.
    (study,) = {made.study for made in kept.tables.values()}
    now = present_models.compiled_recipes(home, kept.studies[study].definition)
    return [
        f"{table} was made by other SQL"
        for table, made in kept.tables.items()
        if made.recipe != now.get(table)
    ]


def identity(kept: Provenance, deliveries: Iterable[str]) -> str:
    """A release's id: 'r' and 12 hex digits over current deliveries, the study and how tables are made."""
    studies = sorted({made.study for made in kept.tables.values()})
    states = sorted((made.table, made.state) for made in kept.tables.values())
    return "r" + sha256_of([sorted(deliveries), studies, states])[:12]


def listed(faults: list[str]) -> str:
    more = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    return "; ".join(faults[:SHOWN]) + more


def refused(code: str, what: str, home: Home) -> AuditRefused:
    return AuditRefused(
        code,
        what,
        file=home.build,
        unchanged="The last good release stays published.",
        remedy="Run `metachron build` to make every table again, then `metachron audit`.",
    )
