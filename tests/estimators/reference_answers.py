"""R's answers, their data, and how each of them is asked of our estimators.

``CHECKS`` maps an id, or the start of one, to a function of the answer that yields (what, ours, R's,
tolerance).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
ANSWERS = SHARED / "reference_values.json"
CLOSED, FITTED, PROFILE = 1e-8, 1e-6, 1e-4

Comparison = tuple[str, object, object, float]
CHECKS: dict[str, Callable[..., Iterator[Comparison]]] = {}


def answers(*ids: str):
    """Register a function as the check of these ids."""

    def register(check):
        CHECKS.update(dict.fromkeys(ids, check))
        return check

    return register


def check_of(identity: str) -> Callable | None:
    """The check of an id: its own, or that of the longest registered beginning."""
    beginnings = [known for known in CHECKS if identity == known or identity.startswith(known + "_")]
    return CHECKS[max(beginnings, key=len)] if beginnings else None


def reference_checks() -> list[dict]:
    return json.loads(ANSWERS.read_text())["checks"] if ANSWERS.exists() else []


@cache
def table(name: str) -> dict[str, np.ndarray]:
    """Columns of a shared file: floats (NaN where empty), or text."""
    with (SHARED / name).open() as lines:
        rows = list(csv.DictReader(lines))
    columns = {}
    for key in rows[0]:
        values = [row[key] for row in rows]
        try:
            columns[key] = np.array([float(value) if value else np.nan for value in values])
        except ValueError:
            columns[key] = np.array(values)
    return columns


def complete(columns: dict[str, np.ndarray], *keys: str) -> dict[str, np.ndarray]:
    """Rows without a missing value in the named columns, as R's na.omit."""
    known = np.all([~np.isnan(columns[key]) for key in keys], axis=0)
    return {key: values[known] for key, values in columns.items()}


def numbers_of(value) -> np.ndarray:
    """R's answer as floats: a named list becomes its values, null becomes NaN."""
    if isinstance(value, dict):
        value = list(value.values())
    return np.array(
        [np.nan if item is None else item for item in np.atleast_1d(np.array(value, object)).ravel()], float
    )
