"""Does this delivery give the numbers that Jia et al. (2024) printed? Never a reason not to publish.

Asked only of what the paper used, nine registries in the November 2020 submission, or of its synthetic twin
in full size, and only for the paper's study.
"""

from __future__ import annotations

from typing import Any

from expectations.expectation import Expectation, Question, both, native, row_count, rows, where
from expectations.suites.occasions import OF_THE_PAPER

FAMILY = "paper"
BECAUSE = "Jia et al. 2024, {where}, from the same registries and years"
MEANS = "The study's own numbers stand; where they differ from the paper's, the report says so."

# Table 1: what is counted, among whom, and the printed number without and with a second primary.
TABLE_1 = (
    ("men", "sex", "Male", 35067, 10),
    ("women", "sex", "Female", 29544, 8),
    ("white patients", "race", "White", 49117, 12),
    ("black patients", "race", "Black", 11296, 5),
    ("patients of another race", "race", "Other", 3974, 1),
    ("married patients", "marital_status", "Married", 36886, 12),
    ("patients not married", "marital_status", "Other", 23843, 4),
    ("patients diagnosed 1975-2002", "era", "1975-2002", 31981, 8),
    ("patients diagnosed 2003-2018", "era", "2003-2018", 32630, 10),
    ("patients with chemotherapy", "chemotherapy_index", "Yes", 40197, 16),
    ("patients without known chemotherapy", "chemotherapy_index", "No/Unknown", 24414, 2),
)


def printed_in_table_1(who: str, column: str, value: str, n_without: int, n_with: int) -> Expectation:
    whose = where(column, "==", value)
    without = f"{column} = '{value}' and not has_second_primary"
    with_second = f"{column} = '{value}' and has_second_primary"
    return native(
        number_of_rows(n_without, both(whose, where("has_second_primary", "==", False))),
        number_of_rows(n_with, both(whose, where("has_second_primary", "==", True))),
        counted=f"cast({rows(without)} <> {n_without} or {rows(with_second)} <> {n_with} as integer)",
        table="marts.index_patients",
        says=f"{n_without:,} {who} without a second primary and {n_with} with one",
        because=BECAUSE.format(where="table 1"),
        means=MEANS,
        severity="warning",
        asked_when=OF_THE_PAPER,
        family=FAMILY,
        observed=f"select {rows(without)} as without, {rows(with_second)} as with_second from {{batch}}",
    )


def number_of_rows(number: int, condition: dict[str, Any]) -> Question:
    return Question("ExpectTableRowCountToEqual", {"value": number, "row_condition": condition})


EXPECTATIONS: tuple[Expectation, ...] = (
    row_count(
        64629,
        table="marts.index_patients",
        says="64,629 patients with multiple myeloma",
        because=BECAUSE.format(where="abstract"),
        means=MEANS,
        severity="warning",
        asked_when=OF_THE_PAPER,
        family=FAMILY,
    ),
    row_count(
        18,
        table="marts.second_primaries",
        says="18 of them with a later acute lymphoblastic leukaemia",
        because=BECAUSE.format(where="abstract"),
        means=MEANS,
        severity="warning",
        asked_when=OF_THE_PAPER,
        family=FAMILY,
    ),
    *(printed_in_table_1(*row) for row in TABLE_1),
)
