"""The edge where results become JSON, and results.json becomes results again. Nothing else knows both.

A row is an object whose keys are its fields, a tuple an array, a date its ISO text. What follows a place in
results.json (`analytics.places`) reads what `plain` gives; everything else reads rows.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from analytics.results.document import SCHEMA_VERSION, Results
from analytics.results.ids import AnswerId, CoxId

Row = TypeVar("Row")
Document = dict[str, Any]
"""Plain results: what results.json holds."""

NAMED = (CoxId, AnswerId)
"""Rows that are one text in JSON, which they make and read themselves."""

ABSENT = "absent_if_none"
"""Metadata of a field that has no key in the text where it is None."""

SPREAD = "is_spread"
"""Metadata of a field whose items are keys beside the other fields."""


STANCES = {"published": "conventional"}
"""What older files call the stance of a contrast. What a paper prints was never an estimate of these data."""


class NotResults(ValueError):
    """A text that has not the shape of results.json; says at which place."""


def settled(value: Any) -> Any:
    """The same rows with plain Python numbers, and None for NaN and infinity: JSON knows neither."""
    if isinstance(value, (StrEnum, *NAMED)):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{field.name: settled(getattr(value, field.name)) for field in fields(value)})
    if isinstance(value, dict):
        return {key: settled(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(settled(item) for item in value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def plain(value: Any) -> Any:
    """Rows as dictionaries, lists, texts and numbers."""
    if isinstance(value, (StrEnum, *NAMED)):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        document: dict[str, Any] = {}
        for field in fields(value):
            item = getattr(value, field.name)
            if SPREAD in field.metadata:
                document |= plain(item)
            elif item is not None or ABSENT not in field.metadata:
                document[field.name] = plain(item)
        return document
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def to_json(document: Document) -> str:
    """Plain results as text: keys in the order of the report, rows a line, the same bytes every time.

    Raises ValueError for NaN or infinity, which rows do not hold.
    """
    parts = []
    for key, value in document.items():
        if isinstance(value, list) and value:
            rows = ",\n  ".join(_line(row) for row in value)
            parts.append(f"{json.dumps(key)}: [\n  {rows}\n]")
        else:
            parts.append(f"{json.dumps(key)}: {_line(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(", ", ": "))


def read(path: Path, further: Mapping[str, type] | None = None) -> Results:
    """The results that a file holds.

    further  the types of the rows below keys that `Results` has no field for
             (`analytics.questions.registry.row_types`)

    Raises NotResults for a file that is no JSON, of another schema version, or of another shape.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as wrong:
        raise NotResults(f"{path.name} is not JSON: {wrong}") from None
    version = document.get("schema_version") if isinstance(document, dict) else None
    if version != SCHEMA_VERSION:
        raise NotResults(f"{path.name} has schema_version {version}; this code reads {SCHEMA_VERSION}")
    for contrast in document.get("contrasts", ()):
        contrast["stance"] = STANCES.get(contrast["stance"], contrast["stance"])
    kinds = further or {}
    others = {key: document.pop(key) for key in list(document) if key in kinds}
    fields_made = {
        key: tuple(_read(kinds[key], row, f"{key}[{at}]") for at, row in enumerate(value))
        for key, value in others.items()
    }
    return replace(rows(Results, document), further=fields_made)


def rows(kind: type[Row], value: Any) -> Row:
    """Plain values as the frozen rows they came from.

    Raises NotResults where a key is missing or unknown, or a value is not of its field's type.
    """
    read_as: Row = _read(kind, value, "")
    return read_as


def _read(kind: Any, value: Any, place: str) -> Any:
    origin, within = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _read_one_of(within, value, place)
    if origin is tuple and isinstance(value, list):
        if within[1:] == (...,):
            return tuple(_read(within[0], item, f"{place}[{at}]") for at, item in enumerate(value))
        if len(value) == len(within):
            pairs = enumerate(zip(within, value, strict=True))
            return tuple(_read(each, item, f"{place}[{at}]") for at, (each, item) in pairs)
    if origin is dict and isinstance(value, dict):
        return {key: _read(within[1], item, f"{place}.{key}") for key, item in value.items()}
    if is_dataclass(kind) and isinstance(value, dict):
        return _read_row(kind, value, place)
    if isinstance(value, str) and (of_text := _of_text(kind)):
        try:
            return of_text(value)
        except (ValueError, KeyError):
            raise NotResults(f"{place} is {value!r} and not {_called(kind)}") from None
    if kind is Any or _is_a(kind, value):
        return value
    raise NotResults(f"{place or 'the whole'} is {_named(value)} and not {_called(kind)}")


def _is_a(kind: Any, value: Any) -> bool:
    """Whether a value is a plain one of this type; a whole number is also a fraction, a bool is neither."""
    if kind is NoneType:
        return value is None
    if kind in (int, float) and not isinstance(value, bool):
        return isinstance(value, int if kind is int else int | float)
    return kind in (str, bool) and isinstance(value, kind)


def _read_one_of(kinds: tuple[Any, ...], value: Any, place: str) -> Any:
    """None where that may be; else the first of the types that fits, with the last one's complaint."""
    if value is None and NoneType in kinds:
        return None
    *others, last = (kind for kind in kinds if kind is not NoneType)
    for kind in others:
        try:
            return _read(kind, value, place)
        except NotResults:
            continue
    return _read(last, value, place)


def _read_row(kind: Any, value: Mapping[str, Any], place: str) -> Any:
    types, held = _types(kind), {}
    types = {field.name: types[field.name] for field in fields(kind) if SPREAD not in field.metadata}
    if unknown := [key for key in value if key not in types]:
        raise NotResults(f"{place or 'the whole'} has the unknown key {unknown[0]!r}")
    for field in fields(kind):
        below = f"{place}.{field.name}" if place else field.name
        if field.name in value:
            held[field.name] = _read(types[field.name], value[field.name], below)
        elif not {ABSENT, SPREAD} & set(field.metadata):
            raise NotResults(f"{below} is missing")
    return kind(**held)


@cache
def _types(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _of_text(kind: Any) -> Callable[[str], Any] | None:
    """What makes a value of this type of a text, if it is written as one."""
    if kind is date:
        return date.fromisoformat
    if kind in NAMED:
        of_text: Callable[[str], Any] = kind.of_text
        return of_text
    return kind if isinstance(kind, type) and issubclass(kind, StrEnum) else None


def _named(value: Any) -> str:
    return {dict: "an object", list: "an array", NoneType: "null"}.get(type(value), repr(value)[:40])


def _called(kind: Any) -> str:
    name = str(getattr(kind, "__name__", kind))
    return "an object" if is_dataclass(kind) and kind not in NAMED else name
