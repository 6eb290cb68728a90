"""The people behind the counts of an outward report, read from the release that it is of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from analytics.disclosure.history import Told
from analytics.disclosure.people import People, new_key, people
from analytics.questions.characteristics import CATEGORIES
from flows.errors import IntegrityDamaged

MART = "marts.index_patients"
PERSON, SECOND = "person", "has_second_primary"


def people_behind(warehouse: Path, results: dict[str, Any], key: str) -> People:
    """Who is in the cohort, with and without a second primary, and in each level of Table 1 and of eras.

    Raises IntegrityDamaged where the warehouse does not hold the people that the report counts: nobody could
    say then how a later release differs from this one.
    """
    columns = _cohort(warehouse)
    second = np.ma.filled(columns[SECOND], False).astype(bool)
    parts = {"index": np.ones(len(second), bool), "second": second, "without": ~second}
    said = results["cohort"]
    sizes = {"index": said["n_index"], "second": said["n_second"], "without": said["n_without_second"]}
    groups = {name: parts[name] for name, size in sizes.items() if size is not None}
    levels = {(row["variable"], row["level"]) for row in results["table1"] if row["n_with"] is not None}
    levels |= {("era", row["era"]) for row in results["eras"]}
    for variable, level in sorted(levels):
        column = CATEGORIES[variable][0] if variable in CATEGORIES else variable
        if column in columns:
            is_in = np.ma.filled(columns[column] == level, False).astype(bool)
            groups |= {f"{name}|{variable}={level}": parts[name] & is_in for name in (*sizes,)}
    for row in results["table1"]:
        if row["n_with"] is not None:
            sizes[f"second|{row['variable']}={row['level']}"] = row["n_with"]
            sizes[f"without|{row['variable']}={row['level']}"] = row["n_without"]
    sizes |= {f"index|era={row['era']}": row["n_index"] for row in results["eras"]}
    for name, size in sizes.items():
        if size is not None and (name not in groups or int(groups[name].sum()) != size):
            raise _contradicted(warehouse)
    return people(columns[PERSON], groups, key)


def key_of(earlier: Sequence[Told]) -> str:
    """The home's key for pseudonyms: drawn once, and kept with what each release told."""
    return next((before.people["key"] for before in earlier if before.people), None) or new_key()


def _cohort(warehouse: Path) -> dict[str, Any]:
    schema, table = MART.split(".")
    try:
        with duckdb.connect(warehouse, read_only=True) as connection:
            held = {
                column
                for (column,) in connection.execute(
                    "select column_name from information_schema.columns"
                    " where table_schema = ? and table_name = ?", [schema, table],
                ).fetchall()
            }  # fmt: skip
            wanted = sorted({column for column, _ in CATEGORIES.values()} & held)
            found: dict[str, Any] = connection.execute(
                f"select concat(source, ' ', patient_id) as {PERSON}, "
                f"{', '.join([SECOND, *wanted])} from {MART} order by {PERSON}"
            ).fetchnumpy()
            return found
    except duckdb.Error:
        raise _contradicted(warehouse) from None


def _contradicted(warehouse: Path) -> IntegrityDamaged:
    return IntegrityDamaged(
        "POL-05",
        "The published release does not hold the people whom its report counts",
        file=warehouse,
        unchanged="Nothing left the home, and nothing was recorded as released.",
        remedy="Run `metachron report` again; if it stays so, `metachron verify` says what was altered.",
    )
