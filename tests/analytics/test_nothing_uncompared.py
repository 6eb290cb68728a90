"""No number of a survival analysis is neither computed a second time nor named as not computed.

Each kind of number in `results.survival`, `cox`, `competing` and the case series, found in the results and
not in a list, is moved in one place of each group. The cross-check has to find it there, unless
NOT_COMPARED_KINDS says under what name the records of that analysis list it as not compared.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from analytics.cross_checks import compare, second_program
from analytics.cross_checks.compare import cross_check
from analytics.results.cross_checks import CASE_SERIES, DIFFERS, EVERY_ANALYSIS, NOT_COMPARED, CrossCheck
from analytics.results.document import Results
from analytics.results.ids import CoxId
from analytics.warehouse.marts import Marts

BLOCKS = ("survival", "cox", "competing", "case_series")
LEFT_OUT, DRIFT, ARITHMETIC = (what for what, _ in compare.EVERYWHERE)
DESCRIBED = "people, men, ages and latencies"
INCIDENCE = "standard errors and confidence intervals of the Aalen-Johansen curve"
FIRTHS = "profile confidence intervals, P values, likelihoods"

NOT_COMPARED_KINDS = {
    "survival.strata.n_dropped": (LEFT_OUT,),
    "survival.tests": ("Mantel-Byar test",),
    "cox.n_dropped": (LEFT_OUT,),
    "cox.proportional_hazards": (DRIFT,),
    "cox.events_per_parameter": (ARITHMETIC,),
    "cox.card.events_per_coefficient": (ARITHMETIC,),
    "cox.card.detectable": (ARITHMETIC,),
    "cox.terms.card.events_per_coefficient": (ARITHMETIC,),
    "cox.terms.coef": (compare.ESTIMATES,),
    "cox.terms.se": (compare.ESTIMATES,),
    "cox.terms.hr_ci": (FIRTHS,),
    "cox.terms.p_value": (FIRTHS,),
    "cox.loglik": (compare.ESTIMATES,),
    "cox.loglik_null": (FIRTHS,),
    "cox.wald": ("joint Wald test",),
    "competing.n_dropped": (LEFT_OUT,),
    "competing.strata.curve.std_error": (INCIDENCE,),
    "competing.strata.curve.lower": (INCIDENCE,),
    "competing.strata.curve.upper": (INCIDENCE,),
    "competing.strata.at_ci": (INCIDENCE,),
    "competing.gray": ("Gray's test",),
    "competing.fine_gray.terms.coef": ("Fine and Gray's model",),
    "competing.fine_gray.terms.se": ("Fine and Gray's model",),
    "competing.fine_gray.terms.card.events_per_coefficient": (ARITHMETIC,),
    "competing.card.events_per_coefficient": (ARITHMETIC,),
    "case_series.n": (DESCRIBED,),
    "case_series.n_male": (DESCRIBED,),
    "case_series.numeric": (DESCRIBED,),
}
"""By the beginning of a kind, what the records call it that are not compared."""

SETTINGS = (
    "survival.strata.risk_table.time",
    "survival.strata.landmark_months",
    "competing.from_months",
)
"""Months that are chosen: what is estimated is compared at them."""

Path = tuple[Any, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where each number below a frozen row stands: names of fields, keys, and positions.

    The month of a landmark that a model is called by is its name.
    """
    if isinstance(value, bool | CoxId):
        return
    if isinstance(value, int | float):
        yield path
    elif is_dataclass(value):
        for field in fields(value):
            yield from leaves(getattr(value, field.name), (*path, field.name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, tuple):
        for at, item in enumerate(value):
            yield from leaves(item, (*path, at))


def kind_of(path: Path) -> str:
    """The path without positions: "survival.strata.median_ci.spss"."""
    return ".".join(step for step in path if isinstance(step, str))


def moved(value: Any, path: Path) -> Any:
    """The same rows with the number at this place a thousandth of it, or of 1, higher."""
    if not path:
        return value + 1e-3 * max(1.0, abs(value))
    step, *rest = path
    if isinstance(value, tuple):
        return (*value[:step], moved(value[step], tuple(rest)), *value[step + 1 :])
    if isinstance(value, dict):
        return {**value, step: moved(value[step], tuple(rest))}
    return replace(value, **{step: moved(getattr(value, step), tuple(rest))})


def blocks_of(results: Results) -> dict[str, tuple[Any, ...]]:
    return {
        block: results.institution.case_series if block == "case_series" else getattr(results, block)
        for block in BLOCKS
    }


def with_block(results: Results, block: str, rows: tuple[Any, ...]) -> Results:
    """These rows and nothing else that is compared."""
    nothing = replace(
        results, survival=(), cox=(), competing=(), institution=replace(results.institution, case_series=())
    )
    if block == "case_series":
        return replace(nothing, institution=replace(nothing.institution, case_series=rows))
    return replace(nothing, **{block: rows})


def owner_of(block: str, row: Any, path: Path) -> tuple[Any, str]:
    """The analysis, and the group of people or the variable, that a number is of, as records call them."""
    if block == "case_series":
        return CASE_SERIES, row.group
    if path[0] == "strata":
        return row.id, row.strata[path[1]].level
    if path[0] == "wald":
        return row.id, row.wald[path[1]].variable
    return row.id, ""


def kinds(results: Results) -> dict[str, dict[tuple[Any, str], tuple[int, Path]]]:
    """By kind, one number of each group that has it: the middle one, with the position of its row."""
    found: dict[str, dict[tuple[Any, str], list[tuple[int, Path]]]] = {}
    for block, rows in blocks_of(results).items():
        for at, row in enumerate(rows):
            for path in leaves(row):
                owner, kind = owner_of(block, row, path), kind_of((block, *path))
                # All joint tests of a model are one record: each variable has to be found alone.
                kind += f" of {owner[1]}" if path[0] == "wald" else ""
                found.setdefault(kind, {}).setdefault(owner, []).append((at, path))
    return {
        kind: {owner: places[len(places) // 2] for owner, places in owners.items()}
        for kind, owners in found.items()
    }


@pytest.fixture(scope="module")
def marts(small_marts: Marts) -> Marts:
    return small_marts


@pytest.fixture(scope="module")
def results(small_results: Results) -> Results:
    return small_results


@pytest.fixture(scope="module", autouse=True)
def each_computed_once(marts):
    """Rows, and what lifelines finds of the same rows, stay the same while our numbers are moved."""
    with pytest.MonkeyPatch.context() as patch:
        for of, name in ((second_program, "cox"), (second_program, "kaplan_meier"), (Marts, "query")):
            patch.setattr(of, name, remembered(getattr(of, name)))
        yield


def remembered(compute: Callable[..., Any]) -> Callable[..., Any]:
    known: dict[bytes, Any] = {}

    def again(*given: Any) -> Any:
        key = pickle.dumps([each for each in given if not isinstance(each, Marts)])
        if key not in known:
            known[key] = compute(*given)
        return known[key]

    return again


def missed(marts, results: Results, kind: str) -> set[tuple[str, str]]:
    """Groups in which a number of this kind was moved and is neither found nor said to be not compared."""
    block = kind.partition(".")[0]
    rows = list(blocks_of(results)[block])
    places = kinds(results)[kind]
    for at, path in places.values():
        rows[at] = moved(rows[at], path)
    checks = cross_check(marts, with_block(results, block, tuple(rows)))
    whats = [what for start, what in NOT_COMPARED_KINDS.items() if f"{kind}.".startswith(f"{start}.")]
    return {
        (str(id), group)
        for id, group in places
        if not any(finds(check, id, group) or lists(check, id, group, whats) for check in checks)
    }


def finds(check: CrossCheck, id: Any, group: str) -> bool:
    """A number of a whole analysis may be found in one of its groups, and the other way round."""
    return (
        check.verdict == DIFFERS and check.id == id and ("" in (group, check.group) or group == check.group)
    )


def lists(check: CrossCheck, id: Any, group: str, whats: list[tuple[str, ...]]) -> bool:
    is_of_it = check.id == EVERY_ANALYSIS or (check.id == id and group in ("", check.group))
    return check.verdict == NOT_COMPARED and is_of_it and any(check.what in what for what in whats)


def test_every_number_is_compared_or_said_not_to_be(marts, results):
    found = [kind for kind in kinds(results) if kind not in SETTINGS]
    assert len(found) > 80
    assert all(any(f"{kind}.".startswith(f"{start}.") for kind in found) for start in NOT_COMPARED_KINDS)
    lost = {kind: missed(marts, results, kind) for kind in found}
    assert not {kind: groups for kind, groups in lost.items() if groups}
