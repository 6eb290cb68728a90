"""The people behind the counts of an outward report, read from the release that it is of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from analytics.disclosure.history import Told
from analytics.disclosure.people import WITHOUT, People, new_key, people
from analytics.disclosure.tables import sir_key, told
from analytics.questions.characteristics import CATEGORIES
from flows.errors import IntegrityDamaged

PUBLISHED, CORRECTED = "marts.index_patients", "marts.index_patients_corrected"
PERSON, SECOND = "person", "has_second_primary"
UNKNOWN = "Unknown"
OF_THE_CORRECTED = (SECOND, "is_at_risk", "months_to_first_event")


def people_behind(warehouse: Path, results: dict[str, Any], key: str) -> People:
    """Who is in the cohort, with and without a second primary, and in each level of Table 1 and of eras; and
    who of the corrected cohort is at risk or has a second primary, by era and by other strata.

    Raises IntegrityDamaged where the warehouse does not hold the people that the report counts: nobody could
    say then how a later release differs from this one.
    """
    columns = _cohorts(warehouse)
    index, second = columns["is_published"], np.ma.filled(columns[SECOND], False).astype(bool)
    parts = {"index": index, "second": second, "without": index & ~second}
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
    corrected, corrected_sizes = _of_the_corrected(columns, results)
    groups, sizes = groups | corrected, sizes | corrected_sizes
    for name, size in sizes.items():
        if size is not None and (name not in groups or int(groups[name].sum()) != size):
            raise _contradicted(warehouse)
    return people(columns[PERSON], groups, key)


def key_of(earlier: Sequence[Told]) -> str:
    """The home's key for pseudonyms: drawn once, and kept with what each release told."""
    return next((before.people["key"] for before in earlier if before.people), None) or new_key()


def _of_the_corrected(
    columns: dict[str, Any], results: dict[str, Any]
) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """The groups of the corrected cohort whose counts are told, and how many the report says are in each."""
    observed, is_at_risk = (
        np.ma.filled(columns[f"corrected_{name}"], False).astype(bool) for name in (SECOND, "is_at_risk")
    )
    groups: dict[str, np.ndarray] = {}
    sizes: dict[str, int] = {}
    for row in (results["incidence_overall"], *results["eras"]):
        if row["observed"] is None:
            continue
        since = results["study"]["min_latency_months"]
        months = np.ma.filled(columns["corrected_months_to_first_event"].astype(float), -1.0)
        risk = is_at_risk & (months >= since)
        is_in, key = np.ones(len(risk), bool), ""
        if row["era"] != "all":
            is_in, key = _is(columns["corrected_era"], row["era"]), f"|era={row['era']}"
        groups |= {f"risk{key}": risk & is_in, f"observed{key}": observed & is_in}
        groups[f"risk{key}{WITHOUT}"] = risk & is_in & ~observed
        sizes |= {f"risk{key}": row["n_index_at_risk"], f"observed{key}": row["observed"]}
    for row in told(results.get("sir", []), "observed"):
        dimension, level = next(iter(row["stratum"].items()), ("", ""))
        column = "corrected_" + CATEGORIES[dimension][0] if dimension in CATEGORIES else ""
        if column in columns:
            key = sir_key(row["stratum"])
            groups[key] = observed & _is(columns[column], level)
            sizes[key] = row["observed"] + (row.get("observed_without_reference") or 0)
    return groups, sizes


def _is(column: np.ndarray, level: str) -> np.ndarray:
    """Whose value this is; unknown has no value."""
    return np.asarray(np.ma.filled(column == level, level == UNKNOWN), bool)


def _cohorts(warehouse: Path) -> dict[str, Any]:
    """A row for everybody of either cohort; the columns of the corrected one are called `corrected_...`."""
    schema = PUBLISHED.partition(".")[0]
    try:
        with duckdb.connect(warehouse, read_only=True) as connection:
            held = {
                (table, column)
                for table, column in connection.execute(
                    "select table_name, column_name from information_schema.columns where table_schema = ?",
                    [schema],
                ).fetchall()
            }
            levels = sorted({column for column, _ in CATEGORIES.values()})
            wanted = [f"published.{each}" for each in (SECOND, *levels) if ("index_patients", each) in held]
            wanted += [
                f"corrected.{each} as corrected_{each}"
                for each in (*OF_THE_CORRECTED, *levels)
                if ("index_patients_corrected", each) in held
            ]
            found: dict[str, Any] = connection.execute(
                f"select concat(source, ' ', patient_id) as {PERSON},"
                f" published.patient_id is not null as is_published, {', '.join(wanted)}"
                f" from {PUBLISHED} as published full join {CORRECTED} as corrected"
                f" using (source, patient_id) order by {PERSON}"
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
