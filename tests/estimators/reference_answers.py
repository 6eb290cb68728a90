"""R's answers, the data sets they are about, and how each of them is asked of our estimators.

``CHECKS`` maps an id, or the start of one, to a function of the answer that yields (what, ours, R's,
tolerance).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
from survival import datasets

# Written by ask_r_reference.R beside it: by id, the call that R was asked and what R answered.
ANSWERS = Path(__file__).with_name("r_answers.json")
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


def answers_in(file: Path) -> dict[str, dict]:
    """The answers that a run of ask_r_reference.R wrote, by id: `call` and `values`."""
    return json.loads(file.read_text("utf-8"))["answers"]


@cache
def table(name: str) -> dict[str, np.ndarray]:
    """A data set of R's package survival, from Python's of that name: floats (NaN where missing), or text."""
    columns = {}
    for key, values in getattr(datasets, f"load_{name}")().items():
        try:
            columns[key] = np.array([np.nan if value is None else float(value) for value in values])
        except ValueError:
            columns[key] = np.array(values)
    return columns


def complete(columns: dict[str, np.ndarray], *keys: str) -> dict[str, np.ndarray]:
    """Rows without a missing value in the named columns, as R's na.omit."""
    known = np.all([~np.isnan(columns[key]) for key in keys], axis=0)
    return {key: values[known] for key, values in columns.items()}


def numbers_of(value) -> np.ndarray:
    """R's answer as floats: null becomes NaN."""
    return np.array(
        [np.nan if item is None else item for item in np.atleast_1d(np.array(value, object)).ravel()], float
    )
