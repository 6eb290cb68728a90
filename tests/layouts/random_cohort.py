"""A few hundred made-up people as published marts, some levels of whose models are separated."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from tests.analytics.warehouse_fixture import write_warehouse

SEPARATED = {
    "sex": ("Male", "Female"),
    "race": ("White", "Black", "Other"),
    "chemotherapy_second": ("Yes", "No/Unknown"),
}
EARLY = 24
"""Months of latency, up to which nobody with a second primary dies: a landmark separates them."""


def write_random(path: Path, seed: int) -> Path:
    """Ties, unknown traits, follow-up of 0; one level of a trait has no death after the second primary."""
    random = np.random.default_rng(seed)
    write_warehouse(path, people=_people(random), beyond_published=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update study.study set engine = ?", [str(random.choice(["spss25", "r"]))])
    return path


def write_few(path: Path, seed: int) -> Path:
    """1 to 30 of such people: a part of the seeds has nobody who died, everybody, one sex or cases alone."""
    random = np.random.default_rng(seed)
    people = _people(random)
    chosen = random.choice(people.height, int(random.integers(1, 31)), replace=False)
    n_cases = int(random.integers(0, 1 + people["latency_months"].is_not_null().sum()))
    few = pl.concat([people[sorted(chosen)], people.tail(n_cases)]).sample(len(chosen), seed=seed)
    has_early = few["latency_months"].is_not_null().sum() >= 5
    few = few.with_columns(
        died=(pl.col("died"), pl.lit(False), pl.lit(True), pl.col("died"))[seed % 4],
        sex=pl.lit("Male") if seed % 5 == 0 else pl.col("sex"),
    )
    write_warehouse(path, people=few, beyond_published=has_early)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update study.study set engine = ?", [str(random.choice(["spss25", "r"]))])
    return path


def _people(random: np.random.Generator) -> pl.DataFrame:
    n_without, n_with = int(random.integers(150, 600)), int(random.integers(15, 60))
    n = n_without + n_with
    is_case = np.arange(n) >= n_without
    age = random.integers(18, 86, n)
    latency = 12 + random.geometric(1 / 40, n)
    after = random.geometric(1 / 20, n) - 1
    months = np.where(is_case, latency + after, random.geometric(1 / 45, n) - 1)
    people = pl.DataFrame(
        {
            "sex": random.choice(["Male", "Female"], n),
            "race": _some(random, ["White", "Black", "Other", None], [0.6, 0.2, 0.15, 0.05], n),
            "marital_status": _some(random, ["Married", "Other", None], [0.6, 0.3, 0.1], n),
            "age_at_index_years": age,
            "index_year": random.integers(1975, 2019, n),
            "chemotherapy_index": random.choice(["Yes", "No/Unknown"], n),
            "survival_months_recorded": months,
            "died": random.random(n) < 0.7,
            "latency_months": latency,
            "chemotherapy_second": random.choice(["Yes", "No/Unknown"], n),
            "age_at_second_years": age + latency // 12,
            "months_after_second": np.maximum(after, 0.5),
            "is_case": is_case,
        }
    )
    trait = str(random.choice(list(SEPARATED)))
    spared = (pl.col(trait) == str(random.choice(SEPARATED[trait]))) | (pl.col("latency_months") <= EARLY)
    of_cases = ("latency_months", "chemotherapy_second", "age_at_second_years", "months_after_second")
    people = people.with_columns(
        died=pl.when("is_case").then(pl.col("died") & ~spared.fill_null(False)).otherwise("died"),
        # No second primary without chemotherapy, half of the time: no subdistribution ratio is finite.
        chemotherapy_index=pl.when(pl.col("is_case") & bool(random.integers(0, 2)))
        .then(pl.lit("Yes"))
        .otherwise("chemotherapy_index"),
    )
    return people.select(
        pl.when("is_case").then(name).alias(name) if name in of_cases else name
        for name in people.columns
        if name != "is_case"
    )


def _some(
    random: np.random.Generator, values: list[str | None], shares: list[float], n: int
) -> list[str | None]:
    return [values[at] for at in random.choice(len(values), n, p=shares)]
