"""The same people delivered the worst way that is acceptable, in every layout: the same cohort again."""

from __future__ import annotations

import pytest

from tests.layouts.conftest import Delivered
from tests.layouts.test_one_population import (
    IN_CODES,
    PLACED_BY_THE_MONTH,
    SAID_IN_OTHER_WORDS,
    WHERE_IT_STANDS,
    published,
    without_months,
)

pytestmark = pytest.mark.slow

# Without survivals the latency needs the months of diagnosis, which codes carry and a listing lacks: there a
# person leaves because it is unknown, who leaves here because it is too short.
NEED_THE_MONTH = {"latency known", "latency long enough"}


@pytest.mark.parametrize("layout", IN_CODES)
def test_the_same_rules_remove_the_same_people(messy_layouts: dict[str, Delivered], layout: str) -> None:
    removed = {
        name: {rule: removed for _, rule, _, _, removed, _ in delivered.flow}
        for name, delivered in messy_layouts.items()
    }
    assert all(removed["listing"].values()), "every rule has somebody to remove"
    for rule, count in removed["listing"].items():
        if rule not in NEED_THE_MONTH:
            assert removed[layout][rule] == count, rule
    assert sum(removed[layout][rule] for rule in NEED_THE_MONTH) == sum(
        removed["listing"][rule] for rule in NEED_THE_MONTH
    )
    assert messy_layouts[layout].flow[-1][-1] == messy_layouts["listing"].flow[-1][-1]


@pytest.mark.parametrize("layout", IN_CODES)
def test_patients_and_results_are_the_same(messy_layouts: dict[str, Delivered], layout: str) -> None:
    listed, coded = messy_layouts["listing"], messy_layouts[layout]
    assert coded.patients.keys() == listed.patients.keys()
    columns = next(iter(listed.patients.values())).keys() - WHERE_IT_STANDS - SAID_IN_OTHER_WORDS
    for number, patient in listed.patients.items():
        assert {column: patient[column] for column in columns} == {
            column: coded.patients[number][column] for column in columns
        }
    results, others = without_months(listed.results), without_months(coded.results)
    differing = [key for key in results if results[key] != others[key]]
    assert set(differing) <= {"attrition", *PLACED_BY_THE_MONTH}
    assert published(results) == published(others)


def test_both_codings_differ_in_nothing(messy_layouts: dict[str, Delivered]) -> None:
    assert messy_layouts["ascii"].flow == messy_layouts["naaccr"].flow
