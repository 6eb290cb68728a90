"""The door: sequences of any kind become checked numpy arrays, or a ``ValueError`` that says where.

Lists, numpy arrays, polars and pandas Series are accepted; positions are counted from 0. Nothing is turned
into a number that was none: text, dates and spans of time, masked entries and missing values are refused, and
so are whole numbers that a float cannot hold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

# Beyond it neighbouring whole numbers become one float.
LARGEST_WHOLE = 2**53
# What numpy turns into the float that it is; None becomes NaN.
PLAIN = {int, float, bool, type(None), np.float64, np.float32, np.bool_}


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


def follow_up(
    durations: ArrayLike,
    events: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> FollowUp:
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


def times(values: ArrayLike, name: str) -> np.ndarray:
    """Times as floats: finite and not negative."""
    array = numbers(values, name)
    refuse_where(array < 0, name, "is negative", array)
    return array


def number(value: float | None, name: str) -> float:
    """One finite number."""
    array = as_floats(value, name)
    if array.ndim:
        raise ValueError(f"{name} must be one number, not an array of shape {array.shape}")
    if not np.isfinite(array):
        raise ValueError(f"{name} is missing or not finite ({value})")
    return float(array)


def numbers(values: ArrayLike, name: str) -> np.ndarray:
    """Finite floats, shape (n,), n >= 1."""
    array = numbers_or_missing(values, name)
    refuse_where(~np.isfinite(array), name, "is missing or not finite", array)
    return array


def numbers_or_missing(values: ArrayLike | Sequence[float | None], name: str) -> np.ndarray:
    """Floats, shape (n,), n >= 1, NaN where a value is missing: for what may be missing with a meaning."""
    array = as_floats(values, name)
    if array.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not {array.ndim}")
    if not array.size:
        raise ValueError(f"{name} is empty")
    return array


def whole_numbers(values: ArrayLike, name: str) -> np.ndarray:
    """Whole numbers from 0, as floats, shape (n,)."""
    array = numbers(values, name)
    refuse_where((array < 0) | (array != np.round(array)), name, "is not a whole number from 0", array)
    return array


def cause_codes(causes: ArrayLike) -> np.ndarray:
    """Causes of competing risks as whole numbers from 0, which is censored, shape (n,)."""
    return whole_numbers(causes, "causes").astype(np.int64)


def matrix(values: ArrayLike, names: str | Sequence[str], n: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Covariates as finite floats, shape (n, p), with p distinct names; one column may come as shape (n,)."""
    names = (names,) if isinstance(names, str) else tuple(names)
    array = as_floats(values, "covariates")
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


def indicator(values: ArrayLike, name: str) -> np.ndarray:
    """0/1 or bool, as bool."""
    array = _unmasked(values, name)
    if array.dtype == bool and array.ndim == 1 and array.size:
        return array
    array = numbers(array, name)
    refuse_where((array != 0) & (array != 1), name, "is neither 0 nor 1", array)
    return array.astype(bool)


def case_weights(values: ArrayLike, n: int) -> np.ndarray:
    """Weights: finite, not negative, not all zero."""
    array = numbers(values, "weights")
    if len(array) != n:
        raise ValueError(f"durations has {n} rows and weights has {len(array)}")
    refuse_where(array < 0, "weights", "is negative", array)
    if not array.any():
        raise ValueError("weights are all zero")
    return array


def labels(values: ArrayLike | Sequence[object], name: str, n: int) -> tuple[tuple[object, ...], np.ndarray]:
    """Distinct labels in sorted order, and each row's index among them, shape (n,).

    Labels are of one kind: texts, whole numbers, dates and so on.
    """
    array = _unmasked(values, name)
    if array.ndim != 1 or len(array) != n:
        raise ValueError(f"{name} must have {n} rows, not shape {array.shape}")
    if array.dtype.kind in "OmM":
        return _coded(list(array), name)
    if array.dtype.kind == "f":
        refuse_where(np.isnan(array), name, "is missing", array)
        refuse_where(np.abs(array) > LARGEST_WHOLE, name, "cannot be told from its neighbours", array)
    ordered, index = np.unique(array, return_inverse=True)
    return tuple(ordered.tolist()), index


def _coded(listed: list[Any], name: str) -> tuple[tuple[object, ...], np.ndarray]:
    """Sorting a million Python objects takes seconds; sorting the distinct ones takes none."""

    def refuse(bad: Callable[[Any], bool], why: str) -> None:
        where = next((i for i, value in enumerate(listed) if bad(value)), None)
        if where is not None:
            raise ValueError(f"{name}[{where}] {why}")

    try:
        levels = set(listed)
    except TypeError:
        refuse(lambda value: value is np.ma.masked, "is masked")
        refuse(lambda value: value.__hash__ is None, "cannot be a label")
        raise
    if any(_is_missing(value) for value in levels):
        refuse(_is_missing, "is missing")
    try:
        distinct = sorted(levels)
    except TypeError as problem:
        refuse(lambda value: type(value) is not type(listed[0]), f"is of another kind than {name}[0]")
        raise ValueError(f"{name} cannot be put in order: {problem}") from None
    code = {value: i for i, value in enumerate(distinct)}
    plain = tuple(value.item() if isinstance(value, np.generic) else value for value in distinct)
    return plain, np.fromiter((code[value] for value in listed), np.intp, len(listed))


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


def as_floats(values: ArrayLike | Sequence[float | None] | None, name: str) -> np.ndarray:
    """Floats of any shape, NaN where a value is missing (None, NaN, NA of pandas)."""
    array = _unmasked(values, name)
    if array.dtype.kind in "bf" or not array.size:
        return array.astype(float, copy=False)
    if array.dtype.kind in "iu":
        _refuse_first((array > LARGEST_WHOLE) | (array < -LARGEST_WHOLE), array, name)
        return array.astype(float)
    if array.dtype.kind != "O":
        _refuse_first(np.ones(array.shape, bool), array, name)
    listed = array.ravel().tolist()
    kinds = set(map(type, listed))
    if not kinds <= PLAIN or (int in kinds and max(abs(v) for v in listed if type(v) is int) > LARGEST_WHOLE):
        bad = [_why_not(value) is not None for value in listed]
        _refuse_first(np.reshape(bad, array.shape), array, name)
        listed = [np.nan if _is_missing(value) else float(value) for value in listed]
    return np.array(listed, dtype=float).reshape(array.shape)


def _unmasked(values: ArrayLike | Sequence[object] | None, name: str) -> np.ndarray:
    """An array as it was given. Lists are taken value by value: numpy would make one kind of them all."""
    if isinstance(values, np.ma.MaskedArray):
        masked = np.ma.getmaskarray(values)
        if masked.any():
            raise ValueError(f"{_place(name, np.argwhere(masked)[0])} is masked")
    return np.array(values, dtype=object) if isinstance(values, list | tuple) else np.asarray(values)


def _refuse_first(bad: np.ndarray, array: np.ndarray, name: str) -> None:
    if bad.any():
        where = np.argwhere(bad)[0]
        value = array[tuple(where)]
        raise ValueError(f"{_place(name, where)} {_why_not(value)} ({value}): {name} must hold numbers")


def _place(name: str, where: np.ndarray) -> str:
    return f"{name}[{', '.join(map(str, where))}]" if len(where) else name


def _why_not(value: object) -> str | None:
    """Why a value is no number; None if it is one, or missing."""
    if value is np.ma.masked:
        return "is masked"
    if isinstance(value, date | timedelta | np.datetime64 | np.timedelta64):
        return "is a date or a span of time"
    if isinstance(value, str | bytes):
        return "is text"
    if isinstance(value, Integral):
        return "is a whole number that a float cannot hold" if abs(int(value)) > LARGEST_WHOLE else None
    if isinstance(value, Real | Decimal | np.bool_) or _is_missing(value):
        return None
    return "is not a number"


def _is_missing(value: Any) -> bool:
    try:
        return value is None or bool(value != value)
    except (TypeError, ValueError):
        # NA of pandas will not say whether it equals itself; an array cannot.
        return not isinstance(value, np.ndarray)
