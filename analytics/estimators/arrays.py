"""The door: sequences of any kind become checked numpy arrays, or a ``ValueError`` that says where.

Lists, numpy arrays and polars Series are accepted. Positions are counted from 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class FollowUp:
    """n rows of follow-up: at risk on (entry, exit], then an event or a censoring at exit.

    exit    shape (n,), >= 0
    event   shape (n,), bool
    entry   shape (n,), < exit; None when everybody is under observation from the start, time 0 included
    weight  shape (n,), >= 0; None when every row counts once
    """

    exit: np.ndarray
    event: np.ndarray
    entry: np.ndarray | None
    weight: np.ndarray | None

    def __len__(self) -> int:
        return len(self.exit)


def follow_up(durations, events, *, entry=None, weights=None) -> FollowUp:
    """Check follow-up once, so that estimators may trust it."""
    exits = times(durations, "durations")
    event = indicator(events, "events")
    same_length(durations=exits, events=event)
    entered = None
    if entry is not None:
        entered = times(entry, "entry")
        same_length(durations=exits, entry=entered)
        refuse_where(entered >= exits, "entry", "is not before the exit", entered)
    weighted = None if weights is None else case_weights(weights, len(exits))
    return FollowUp(exits, event, entered, weighted)


def times(values, name: str) -> np.ndarray:
    """Times as floats: finite and not negative."""
    array = numbers(values, name)
    refuse_where(array < 0, name, "is negative", array)
    return array


def numbers(values, name: str) -> np.ndarray:
    """Finite floats, shape (n,), n >= 1."""
    array = _as_floats(values, name)
    if array.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not {array.ndim}")
    if not array.size:
        raise ValueError(f"{name} is empty")
    refuse_where(~np.isfinite(array), name, "is missing or not finite", array)
    return array


def matrix(values, names, n: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Covariates as finite floats, shape (n, p), with p distinct names; one column may come as shape (n,)."""
    names = (names,) if isinstance(names, str) else tuple(names)
    array = _as_floats(values, "covariates")
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[0] != n:
        raise ValueError(f"covariates must have {n} rows, not shape {array.shape}")
    if not array.shape[1]:
        raise ValueError("covariates has no columns: there is nothing to estimate")
    if array.shape[1] != len(names):
        raise ValueError(f"covariates has {array.shape[1]} columns and names has {len(names)}")
    if len(set(names)) < len(names):
        raise ValueError(f"names repeats {next(name for name in names if names.count(name) > 1)!r}")
    bad = ~np.isfinite(array)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise ValueError(f"covariates[{row}, {column}] ({names[column]}) is missing or not finite")
    return array, names


def indicator(values, name: str) -> np.ndarray:
    """0/1 or bool, as bool."""
    array = np.asarray(values)
    if array.dtype == bool and array.ndim == 1 and array.size:
        return array
    array = numbers(values, name)
    refuse_where((array != 0) & (array != 1), name, "is neither 0 nor 1", array)
    return array.astype(bool)


def case_weights(values, n: int) -> np.ndarray:
    """Weights: finite, not negative, not all zero."""
    array = numbers(values, "weights")
    if len(array) != n:
        raise ValueError(f"durations has {n} rows and weights has {len(array)}")
    refuse_where(array < 0, "weights", "is negative", array)
    if not array.any():
        raise ValueError("weights are all zero")
    return array


def labels(values, name: str, n: int) -> tuple[tuple, np.ndarray]:
    """Distinct labels in sorted order, and each row's index among them, shape (n,)."""
    array = np.asarray(values)
    if array.ndim != 1 or len(array) != n:
        raise ValueError(f"{name} must have {n} rows, not shape {array.shape}")
    if array.dtype == object:
        # Sorting a million Python strings takes seconds; sorting the distinct ones takes none.
        listed = array.tolist()
        missing = [i for i, value in enumerate(listed) if value is None or value != value]
        if missing:
            raise ValueError(f"{name}[{missing[0]}] is missing")
        distinct = sorted(set(listed))
        code = {value: i for i, value in enumerate(distinct)}
        return tuple(distinct), np.fromiter((code[value] for value in listed), np.intp, n)
    if array.dtype.kind == "f":
        refuse_where(np.isnan(array), name, "is missing", array)
    ordered, index = np.unique(array, return_inverse=True)
    return tuple(ordered.tolist()), index


def same_length(**arrays: np.ndarray) -> None:
    """Every array as long as the first."""
    (first, reference), *others = arrays.items()
    for name, array in others:
        if len(array) != len(reference):
            raise ValueError(f"{first} has {len(reference)} rows and {name} has {len(array)}")


def refuse_where(bad: np.ndarray, name: str, why: str, values: np.ndarray) -> None:
    """Raise for the first offending position, with that one value."""
    if bad.any():
        position = int(np.argmax(bad))
        raise ValueError(f"{name}[{position}] {why} ({values[position]:g})")


def _as_floats(values, name: str) -> np.ndarray:
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError) as problem:
        raise ValueError(f"{name} must hold numbers: {problem}") from None
