"""People behind a made-up results.json: enough of them, with the levels that it counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl

from analytics.disclosure.people import People, people
from analytics.questions.characteristics import CATEGORIES

GROUPS = {"without": "n_without_second", "second": "n_second"}


def cohort(said: dict[str, Any]) -> pl.DataFrame:
    """One row a person: the first of a level are the same people however many there are."""
    return pl.concat([_group(said, group, said["cohort"][size]) for group, size in GROUPS.items()])


def warehouse(said: dict[str, Any], file: Path) -> None:
    """A release's database with the two marts that a release reads."""
    people_of = cohort(said)
    file.unlink(missing_ok=True)
    with duckdb.connect(file) as connection:
        connection.execute("create schema marts")
        connection.register("people_of", people_of.to_arrow())
        connection.execute("create table marts.index_patients as from people_of")
        connection.register("at_risk", _corrected(said, people_of).to_arrow())
        connection.execute("create table marts.index_patients_corrected as from at_risk")


def who(said: dict[str, Any], key: str = "00" * 16, **other: list[str]) -> People:
    """The people of a results.json; `other` gives the members of further groups, `a__b` for `a|b`."""
    frame = cohort(said)
    second = frame["has_second_primary"].to_numpy()
    groups = {"index": np.ones(len(second), bool), "second": second, "without": ~second}
    for row in said["eras"]:
        groups[f"index|era={row['era']}"] = (frame["era"] == row["era"]).fill_null(False).to_numpy()
    for name, members in other.items():
        groups[name.replace("__", "|")] = frame["patient_id"].is_in(members).to_numpy()
    return people(frame["patient_id"], groups, key)


def _corrected(said: dict[str, Any], people_of: pl.DataFrame) -> pl.DataFrame:
    """The same people; of each era the first are at risk, and of these the first have a second primary."""
    eras = pl.DataFrame(said["eras"]).select("era", "n_index_at_risk", "observed")
    place = pl.int_range(pl.len()).over("era")
    return (
        people_of.sort("has_second_primary", descending=True, maintain_order=True)
        .join(eras, on="era", how="left", maintain_order="left")
        .with_columns(
            is_at_risk=(place < pl.col("n_index_at_risk")).fill_null(False),
            has_second_primary=(place < pl.col("observed")).fill_null(False),
            months_to_first_event=pl.lit(12.0),
        )
    )


def _group(said: dict[str, Any], group: str, size: int) -> pl.DataFrame:
    counts: dict[str, list[tuple[str, int]]] = {}
    for row in said["table1"]:
        number = row["n_with"] if group == "second" else row["n_without"]
        counts.setdefault(row["variable"], []).append((row["level"], number))
    if "era" not in counts:
        counts["era"] = [
            (row["era"], row["n_second"] if group == "second" else row["n_index"] - row["n_second"])
            for row in said["eras"]
        ]
    columns: dict[str, Any] = {
        "source": ["seer"] * size,
        "patient_id": [f"{group}-{number}" for number in range(size)],
        "has_second_primary": [group == "second"] * size,
    }
    for variable, (column, _) in CATEGORIES.items():
        levels = [level for level, number in counts.get(variable, ()) for _ in range(number)]
        columns[column] = (levels + [None] * size)[:size]
    return pl.DataFrame(
        columns, schema_overrides=dict.fromkeys([c for c, _ in CATEGORIES.values()], pl.String)
    )
