"""Everybody of 90 and over is one group: a single old person is a person."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

from analytics.results.characteristics import LevelCount
from analytics.results.document import Results
from analytics.results.population import StandardisedIncidence

OLDEST = 90
POOLED = f"{OLDEST}+"
ADDED_IN_SIR = (
    "observed",
    "expected",
    "person_years",
    "person_years_without_reference",
    "observed_without_reference",
)
ADDED_IN_TABLE1 = ("n_without", "n_with")

Pooled = TypeVar("Pooled", LevelCount, StandardisedIncidence)


def pooled(results: Results) -> Results:
    """The results with all age levels from 90 on made one, in the standardised incidence and in Table 1."""
    return replace(results, sir=_sir(results.sir), table1=_table1(results.table1))


def is_oldest(variable: str, level: str) -> bool:
    """Is this a level of an age that begins at 90 or later?"""
    first = re.match(r"\d+", level.strip())
    return "age" in variable and first is not None and int(first.group()) >= OLDEST


def _sir(rows: Iterable[StandardisedIncidence]) -> tuple[StandardisedIncidence, ...]:
    """Pooled rows lose their ratios, which nobody recomputed; counts and person-time add up."""
    kept: list[StandardisedIncidence] = []
    pools: dict[Any, StandardisedIncidence] = {}
    for row in rows:
        ages = [name for name, level in row.stratum.items() if is_oldest(name, level)]
        if not ages:
            kept.append(row)
            continue
        stratum = row.stratum | dict.fromkeys(ages, POOLED)
        same = tuple(sorted(stratum.items()))
        if same in pools:
            pools[same] = _added(pools[same], row, ADDED_IN_SIR)
        else:
            nothing = (None, None)
            pools[same] = replace(
                row, stratum=stratum, sir=None, sir_ci=nothing, excess_per_10k=None, p_value=None
            )
    return (*kept, *pools.values())


def _table1(rows: Iterable[LevelCount]) -> tuple[LevelCount, ...]:
    kept: list[LevelCount] = []
    pools: dict[str, LevelCount] = {}
    for row in rows:
        if not is_oldest(row.variable, row.level):
            kept.append(row)
        elif row.variable in pools:
            pools[row.variable] = _added(pools[row.variable], row, ADDED_IN_TABLE1)
        else:
            pools[row.variable] = replace(row, level=POOLED)
    return (*kept, *pools.values())


def _added(pool: Pooled, row: Pooled, names: Iterable[str]) -> Pooled:
    """The pool with what a row adds; None adds nothing."""
    sums = {}
    for name in names:
        before, more = getattr(pool, name), getattr(row, name)
        sums[name] = before if more is None else (before or 0) + more
    return replace(pool, **sums)
