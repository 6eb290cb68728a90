"""People behind made-up results: enough of them, with the levels that it counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl

from analytics.disclosure.people import People, people
from analytics.disclosure.public_results import leaving
from analytics.disclosure.tables import counts_of
from analytics.questions.characteristics import CATEGORIES
from analytics.results.document import Results

GROUPS = {"without": "n_without_second", "second": "n_second"}
OF_THE_SECOND = ("second", "observed", "sir", "survival|os_from_second",
                 "survival|os_from_index_by_second|with", "cox|second_")  # fmt: skip
"""Beginnings of the names of counts of people with a second primary."""

NUMBERS = ("age_at_index_years", "age_at_second_years", "latency_months", "survival_months",
           "months_after_second")  # fmt: skip
TEXTS = ("chemotherapy_second", "age_group_at_second")
FLAGS = ("died", "is_followed", "is_followed_after_second", "first_event_is_known")


def cohort(said: Results) -> pl.DataFrame:
    """One row a person; almost the same counts have almost the same people."""
    made = pl.concat([_group(said, group, getattr(said.cohort, size)) for group, size in GROUPS.items()])
    place = pl.int_range(pl.len()).over("has_second_primary")
    of = {"without": ~pl.col("has_second_primary"), "with": pl.col("has_second_primary")}
    for row in said.table1_numeric:
        is_known = of[row.group] & (place < row.n)
        made = made.with_columns(
            pl.when(is_known).then(pl.lit(60.0)).otherwise(row.variable).alias(row.variable)
        )
    return made


def warehouse(said: Results, file: Path) -> None:
    """A release's database with the tables that a release reads; nobody in it is followed."""
    people_of = cohort(said)
    file.unlink(missing_ok=True)
    with duckdb.connect(file) as connection:
        connection.execute("create schema marts")
        connection.register("people_of", people_of.to_arrow())
        connection.execute("create table marts.index_patients as from people_of")
        connection.register("at_risk", _corrected(said, people_of).to_arrow())
        connection.execute("create table marts.index_patients_corrected as from at_risk")
        add_what_a_release_reads(connection)


def add_what_a_release_reads(connection: duckdb.DuckDBPyConnection) -> None:
    """Columns that the two cohorts lack, unknown of everybody, and tables that say no more than they do."""
    levels = [column for column, _ in CATEGORIES.values()]
    kinds = dict.fromkeys([*levels, *TEXTS, "first_event"], "varchar") | dict.fromkeys(NUMBERS, "double")
    for mart in ("index_patients", "index_patients_corrected"):
        for column, kind in (kinds | dict.fromkeys(FLAGS, "boolean")).items():
            connection.execute(f"alter table marts.{mart} add column if not exists {column} {kind}")
    connection.execute("create schema if not exists study")
    traits = " union ".join(
        f"select '{trait}', {column} from marts.index_patients where {column} is not null"
        for trait, column in (
            ("sex", "sex"), ("race", "race"), ("era", "era"), ("chemotherapy", "chemotherapy_index")
        )
    )  # fmt: skip
    connection.execute(
        "create table study.study_levels as select grouping, level, 0 as first_months, cast(null as integer)"
        " as last_months, cast(null as integer) as first_age_years, cast(null as integer) as last_age_years"
        f" from (values ('from_index', 'all'), ('from_latency', 'all') union {traits})"
        " as made(grouping, level)"
    )
    connection.execute("create schema intermediate")
    connection.execute(
        "create table intermediate.int_patients_screened as select source, patient_id, true as"
        " is_selected_definition, cast(null as integer) as first_rule_failed, true as is_eligible,"
        " has_second_primary, 'primary' as definition from marts.index_patients"
    )
    connection.execute(
        "create table marts.survival_intervals as select patient_id, 0.5 as start_months, 1.5 as stop_months,"
        " false as exposed, false as died, sex, race, era, 60 as age_at_index_years, 2000 as index_year"
        " from marts.index_patients limit 0"
    )
    connection.execute(
        "create table intermediate.int_follow_up_clocked as select patient_id, sex, race, era,"
        " chemotherapy_index, 1 as ticks_per_year, 1 as origin_tick, 1 as age_tick, 1 as exit_tick,"
        " false as has_second_cancer from marts.index_patients limit 0"
    )


def who(said: Results, key: str = "00" * 16, **other: list[str]) -> People:
    """The people of some results; `other` gives the members of further groups, `a__b` for `a|b`.

    Of a count that no level of the cohort tells, the first of those whom it is about.
    """
    frame = cohort(said)
    strangers = ["stranger-" + str(number) for number in range(50_000 if said.attrition else 3_000)]
    ids = np.array([*frame["patient_id"], *strangers])
    second = np.r_[frame["has_second_primary"].to_numpy(), np.zeros(len(strangers), bool)]
    index = np.arange(len(ids)) < frame.height
    parts = {"index": index, "second": second, "without": index & ~second, "risk": index, "observed": second}
    groups = {}
    for cell in counts_of(leaving(said)).cells.values():
        part, _, level = cell.key.partition("|")
        variable, is_level, value = level.partition("=")
        is_in = second if cell.key.startswith(OF_THE_SECOND) else parts.get(part, np.ones(len(ids), bool))
        if part in parts and is_level and variable != "definition":
            column = frame[CATEGORIES[variable][0] if variable in CATEGORIES else variable]
            is_in = (
                is_in & np.r_[(column == value).fill_null(False).to_numpy(), np.zeros(len(strangers), bool)]
            )
        if cell.public:
            groups[cell.key] = np.zeros(len(ids), bool)
            groups[cell.key][np.argsort(~is_in, kind="stable")[: cell.value]] = True
    for name, members in other.items():
        groups[name.replace("__", "|")] = np.isin(ids, members)
    return people(ids.tolist(), groups, key)


def _corrected(said: Results, people_of: pl.DataFrame) -> pl.DataFrame:
    """The same people; of each era the first are at risk, and of these the first have a second primary."""
    eras = pl.DataFrame(
        [(row.era, row.n_index_at_risk, row.observed) for row in said.eras],
        {"era": pl.String, "n_index_at_risk": pl.Int64, "observed": pl.Int64},
        orient="row",
    )
    place = pl.int_range(pl.len()).over("era")
    return (
        people_of.sort("has_second_primary", descending=True, maintain_order=True)
        .join(eras, on="era", how="left", maintain_order="left")
        .with_columns(
            is_at_risk_after_latency=(place < pl.col("n_index_at_risk")).fill_null(False),
            has_second_primary=(place < pl.col("observed")).fill_null(False),
            months_to_first_event=pl.lit(12.0),
            first_event=pl.lit("none"),
        )
    )


def _group(said: Results, group: str, size: int) -> pl.DataFrame:
    counts: dict[str, list[tuple[str, int]]] = {}
    for row in said.table1:
        number = row.n_with if group == "second" else row.n_without
        counts.setdefault(row.variable, []).append((row.level, number))
    if "era" not in counts:
        counts["era"] = [
            (row.era, row.n_second if group == "second" else row.n_index - row.n_second) for row in said.eras
        ]
    columns: dict[str, Any] = {
        "source": ["seer"] * size,
        "patient_id": [f"{group}-{number}" for number in range(size)],
        "has_second_primary": [group == "second"] * size,
        "died": [None] * size,
    }
    columns |= {name: [None] * size for name in (*NUMBERS, *TEXTS)}
    for variable, (column, _) in CATEGORIES.items():
        levels = [level for level, number in counts.get(variable, ()) for _ in range(number)]
        # In an order of its own, so that the levels of two variables are not parts of each other.
        order = np.argsort(np.random.default_rng(len(column)).random(size)).argsort()
        columns[column] = np.array((levels + [None] * size)[:size], object)[order].tolist()
    return pl.DataFrame(
        columns,
        schema_overrides=dict.fromkeys([*(c for c, _ in CATEGORIES.values()), *TEXTS], pl.String)
        | dict.fromkeys(NUMBERS, pl.Float64)
        | {"died": pl.Boolean},
    )
