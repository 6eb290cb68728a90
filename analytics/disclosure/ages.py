"""Everybody of 90 and over is one group: a single old person is a person."""

from __future__ import annotations

import re
from typing import Any

OLDEST = 90
POOLED = f"{OLDEST}+"
ADDED = (
    "observed",
    "expected",
    "person_years",
    "person_years_without_reference",
    "observed_without_reference",
)


def pooled(results: dict[str, Any]) -> dict[str, Any]:
    """The results with all age levels from 90 on made one, in the standardised incidence and in Table 1."""
    return results | {
        "sir": _sir(results.get("sir", [])),
        "table1": _table1(results["table1"]),
    }


def is_oldest(variable: str, level: str) -> bool:
    """Is this a level of an age that begins at 90 or later?"""
    first = re.match(r"\d+", level.strip())
    return "age" in variable and first is not None and int(first.group()) >= OLDEST


def _sir(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Pooled rows lose their ratios, which nobody recomputed; counts and person-time add up."""
    kept: list[dict[str, Any]] = []
    pools: dict[Any, dict[str, Any]] = {}
    for row in rows:
        ages = [name for name, level in row["stratum"].items() if is_oldest(name, level)]
        if not ages:
            kept.append(row)
            continue
        stratum = row["stratum"] | dict.fromkeys(ages, POOLED)
        pool = pools.setdefault(tuple(sorted(stratum.items())), {"stratum": stratum})
        for name in ADDED:
            added = row.get(name)
            pool[name] = pool.get(name) if added is None else (pool.get(name) or 0) + added
    return kept + list(pools.values())


def _table1(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = []
    pools: dict[Any, dict[str, Any]] = {}
    for row in rows:
        if not is_oldest(row["variable"], row["level"]):
            kept.append(row)
            continue
        pool = pools.setdefault(row["variable"], row | {"level": POOLED, "n_without": 0, "n_with": 0})
        for name in ("n_without", "n_with"):
            pool[name] += row[name]
    return kept + list(pools.values())
