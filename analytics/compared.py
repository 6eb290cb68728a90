"""Two plain results number by number, and the verdicts that a reader would draw from them.

A verdict moves when a P crosses 0.05, when the interval of a ratio comes to hold 1 or no longer does, or
when a printed number of the paper is judged otherwise. Equal means within 1e-12 of each other: another
version of a library may round the last digit otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from analytics.places import leaves, selector
from analytics.results.json_file import Document

SIGNIFICANT = 0.05
CLOSE = 1e-12
NOT_COMPARED = ("schema_version", "run", "data", "study", "contrasts", "provenance", "sensitivity",
                "rows_behind", "person_time", "cross_checks")  # fmt: skip
"""What is no number of a finding, or repeats one."""

RATIO_INTERVALS = ("hr_ci", "sir_ci")
RATIOS = ("era_ratios", "registry_ratio")
"""Keys whose rows are ratios with limits called `ci`."""


@dataclass(frozen=True, slots=True)
class Change:
    """A number, or a verdict in words, at one place of both documents; None where one has nothing."""

    place: str
    before: Any
    after: Any

    @property
    def group(self) -> str:
        return self.place.partition("[")[0].partition(".")[0]

    @property
    def is_of_a_curve(self) -> bool:
        return ".curve." in self.place or ".risk_table." in self.place or self.group == "latency_points"


@dataclass(frozen=True, slots=True)
class Comparison:
    """n_compared counts by group; changes and moved verdicts in the order of the report."""

    n_compared: dict[str, int]
    changes: tuple[Change, ...]
    moved: tuple[Change, ...]
    settings: tuple[Change, ...]


def compare(before: Document, after: Document) -> Comparison:
    """Everything that two documents say otherwise."""
    one, other = _numbers(before), _numbers(after)
    n_compared: dict[str, int] = {}
    changes = []
    for place in dict.fromkeys([*one, *other]):
        change = Change(place, one.get(place), other.get(place))
        n_compared[change.group] = n_compared.get(change.group, 0) + 1
        if not _same(change.before, change.after):
            changes.append(change)
    return Comparison(
        n_compared,
        tuple(changes),
        _differing(dict(_verdicts(before)), dict(_verdicts(after))),
        _differing(dict(leaves(before["study"])), dict(leaves(after["study"]))),
    )


def _differing(one: dict[str, Any], other: dict[str, Any]) -> tuple[Change, ...]:
    return tuple(
        Change(place, one.get(place), other.get(place))
        for place in dict.fromkeys([*one, *other])
        if one.get(place) != other.get(place)
    )


def _findings(document: Document) -> Document:
    return {key: value for key, value in document.items() if key not in NOT_COMPARED}


def _numbers(document: Document) -> dict[str, float]:
    return {
        place: value
        for place, value in leaves(_findings(document))
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE / 1000)


def _verdicts(value: Any, place: str = "", name: str = "") -> Iterator[tuple[str, str]]:
    """Each place that has a verdict, with the verdict in words."""
    if isinstance(value, list):
        for at, item in enumerate(value):
            yield from _verdicts(item, f"{place}[{selector(name, item, at)}]", name)
    if not isinstance(value, dict):
        return
    if "p_value" in value:
        yield f"{place}.p_value", _of_p(value["p_value"])
    for key in RATIO_INTERVALS:
        if key in value:
            yield f"{place}.{key}", _of_interval(value[key])
    if place.partition("[")[0].rpartition(".")[2] in RATIOS and "ci" in value:
        yield f"{place}.ci", _of_interval(value["ci"])
    if place.startswith("published["):
        yield f"{place}.verdict", value["verdict"].replace("_", " ")
    for key, item in value.items():
        if place or key not in NOT_COMPARED:
            yield from _verdicts(item, f"{place}.{key}" if place else key, key)


def _of_p(p_value: float | None) -> str:
    if p_value is None:
        return "not estimable"
    return f"P below {SIGNIFICANT}" if p_value < SIGNIFICANT else f"P not below {SIGNIFICANT}"


def _of_interval(limits: list[float | None]) -> str:
    low, high = limits
    if low is None and high is None:
        return "not estimable"
    if low is not None and low > 1:
        return "above 1"
    if high is not None and high < 1:
        return "below 1"
    return "holds 1"
