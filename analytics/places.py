"""Places in results.json: one name for each number, whatever the order of its rows.

eras[era=1975-2002].n_second        a row is chosen by the fields that identify it
sir[stratum.sex=Male].observed      which may lie within a field
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from analytics.published_numbers.expressions import find_value
from analytics.results.document import Results
from analytics.results.json_file import SPREAD, Document, plain

IDENTITY: dict[str, tuple[str, ...]] = {
    "attrition": ("step",),
    "flow": ("step",),
    "definitions": ("definition",),
    "table1": ("variable", "level"),
    "table1_unknown": ("variable",),
    "table1_numeric": ("variable", "group"),
    "table1_tests": ("variable", "test"),
    "eras": ("era",),
    "era_ratios": ("label",),
    "latency_tests": ("test",),
    "sir_tests": ("dimension", "test"),
    "survival": ("id",),
    "cox": ("id",),
    "competing": ("id",),
    "strata": ("level",),
    "tests": ("test",),
    "terms": ("variable", "level"),
    "groups": ("variable", "level"),
    "wald": ("variable",),
    "proportional_hazards": ("variable",),
    "horizons": ("months",),
    "windows": ("window_months",),
    "parametric_survival": ("id", "level"),
    "fits": ("model",),
    "case_series": ("group",),
    "cases": ("patient_id",),
    "published": ("id",),
    "deliveries": ("load_id",),
    "latencies": ("method",),
    "cross_checks": ("id", "group", "what", "software"),
}
"""The fields that tell the rows of a list apart, by the list's key."""

STEP = re.compile(r"(\w+)|\[([^\]]*)\]|\.")
UNSAYABLE = re.compile(r"[\[\]{},=]")


def canonical(place: str, document: Document) -> str:
    """The place with every row chosen by its identity; a row without one keeps its position.

    Raises expressions.NotThere, a LookupError, where the results have nothing, ValueError for a text that
    is not a place.
    """
    find_value(place, document)
    path, name = "", ""
    for match in STEP.finditer(place):
        key, chosen = match.groups()
        if key is not None:
            path, name = f"{path}.{key}" if path else key, key
        elif chosen is not None:
            rows = find_value(path, document)
            row = find_value(f"{path}[{chosen}]", document)
            # Equal numbers can be one object, so that a position is taken as it is said.
            here = (at for at, candidate in enumerate(rows) if candidate is row)
            at = int(chosen) if chosen.isdecimal() else next(here)
            path += f"[{selector(name, row, at)}]"
    return path


def selector(name: str, row: Any, at: int) -> str:
    """What chooses a row of the list `name`: its identity if that can be said, else its position."""
    if not isinstance(row, dict):
        return str(at)
    if name == "sir" and row.get("stratum"):
        pairs = [(f"stratum.{field}", value) for field, value in row["stratum"].items()]
    else:
        pairs = [(field, row.get(field)) for field in IDENTITY.get(name, ())]
    if not pairs or any(value is None or UNSAYABLE.search(str(value)) for _, value in pairs):
        return str(at)
    return ",".join(f"{field}={value}" for field, value in pairs)


def leaves(value: Any, place: str = "", name: str = "") -> Iterator[tuple[str, Any]]:
    """Every number, text and null below a value, with its canonical place."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{place}.{key}" if place else key, key)
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from leaves(item, f"{place}[{selector(name, item, at)}]", name)
    else:
        yield place, value


NAMED_BY_POSITION = ("institution.cases",)
"""Lists whose rows are people: a place on a page names none of them."""


def rows(results: Results) -> dict[int, str]:
    """The place of every row of the results, by the identity of the row; of a row held twice, the first.

    A place is canonical, but that people are named by their position.
    """
    held: dict[int, str] = {}
    _add_rows(results, plain(results), "", held)
    return held


def _add_rows(row: Any, document: Any, place: str, held: dict[int, str]) -> None:
    if isinstance(row, tuple | list):
        name = place.rpartition(".")[2]
        for at, (item, as_plain) in enumerate(zip(row, document, strict=True)):
            chosen = str(at) if place in NAMED_BY_POSITION else selector(name, as_plain, at)
            _add_rows(item, as_plain, f"{place}[{chosen}]", held)
    elif isinstance(row, Mapping):
        held.setdefault(id(row), place)
        for key, item in row.items():
            _add_rows(item, document[str(key)], f"{place}.{key}" if place else str(key), held)
    elif is_dataclass(row) and isinstance(document, dict):
        held.setdefault(id(row), place)
        for field in fields(row):
            if SPREAD in field.metadata:
                _add_rows(getattr(row, field.name), document, place, held)
            elif field.name in document:
                below = f"{place}.{field.name}" if place else field.name
                _add_rows(getattr(row, field.name), document[field.name], below, held)
