"""Which rules of a table were broken, when dbt has told only that some were."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from flows.building.dbt_results import Failure
from flows.process.memory_database import memory_database


def name_rules(failures: Iterable[Failure], build: Path, raw: Path) -> tuple[Failure, ...]:
    """The same failures; those of several rules say which, and how many rows break each."""
    import duckdb

    named = []
    with memory_database() as connection:
        for failure in failures:
            try:
                for file, alias in ((build, "build"), (raw, "landed")):
                    quoted = str(file).replace("'", "''")
                    connection.execute(f"attach if not exists '{quoted}' as {alias} (read_only)")
                rules = connection.execute(failure.sql).fetchall() if failure.sql else []
            except duckdb.Error:
                # What dbt told stands: the build may be locked, or the table not there.
                rules = []
            said = "; ".join(f"{rule}: {n_broken} rows contradict it" for rule, n_broken in rules)
            named.append(replace(failure, said=said or failure.said))
    return tuple(named)
