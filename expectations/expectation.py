"""What a claim about data is: a sentence, its reason, what a breach would mean, and how it is asked twice.

Great Expectations answers the claim; our own SQL counts what contradicts it. It holds only if both say so.
Neither ever fetches a patient's values: queries select the number 1 for each contradiction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["critical", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim about one table.

    table          'raw.loads' in the landed file, or 'marts.cohort_flow' and the like in the build
    says           the claim, as a sentence that is true when it holds
    because        why it should hold, with the authority
    means          what a breach would mean for the study
    severity       'critical' keeps the last release published; 'warning' is told to the reader
    expectation    the Great Expectations class that asks it, and its arguments
    contradicting  our SQL for the same, giving one number: how many rows, groups or figures contradict
    observed       our SQL giving one row of named counts or figures to show beside the claim
    asked_when     our SQL giving one boolean; a claim about a delivery that never came is not asked

    In SQL, {batch} stands for the table; tables of the build are build.schema.name, of raw landed.raw.name.
    """

    table: str
    says: str
    because: str
    means: str
    severity: Severity
    expectation: str
    arguments: dict[str, Any]
    contradicting: str
    observed: str = "select count(*) as looked_at from {batch}"
    asked_when: str = "select true"


def no_row(where: str, **words: Any) -> Claim:
    """No row of the table meets the condition."""
    return no_result(f"select 1 from {{batch}} where {where}", **words)


def no_result(query: str, **words: Any) -> Claim:
    """The query finds nothing; write it so that each contradiction is one row holding the number 1."""
    return Claim(
        expectation="UnexpectedRowsExpectation",
        arguments={"unexpected_rows_query": query},
        contradicting=f"select count(*) from ({query}) as contradictions",
        **words,
    )


def figure_between(figure: str, low: float, high: float, *, name: str, **words: Any) -> Claim:
    """One figure over the whole table lies within limits; a figure that is null lies outside."""
    outside = f"coalesce({name} not between {low} and {high}, true)"
    counted = f"(select {figure} as {name} from {{batch}}) as figure"
    query = f"select 1 from {counted} where {outside}"
    return no_result(query, observed=f"select round({name}, 5) as {name} from {counted}", **words)


def unique(column: str, **words: Any) -> Claim:
    """No two rows agree in this column."""
    query = f"select 1 from {{batch}} group by {column} having count(*) > 1"
    return Claim(
        expectation="ExpectColumnValuesToBeUnique",
        arguments={"column": column},
        contradicting=f"select count(*) from ({query}) as doubled",
        **words,
    )


def value_between(column: str, low: float, high: float, **words: Any) -> Claim:
    """Every value of a column that is known lies within limits."""
    return Claim(
        expectation="ExpectColumnValuesToBeBetween",
        arguments={"column": column, "min_value": low, "max_value": high},
        contradicting=f"select count(*) from {{batch}} where {column} not between {low} and {high}",
        observed=f"select count({column}) as known, median({column}) as median from {{batch}}",
        **words,
    )


def value_in(column: str, values: list[str], **words: Any) -> Claim:
    """Every value of a column that is known is one of these."""
    listed = ", ".join(f"'{value}'" for value in values)
    return Claim(
        expectation="ExpectColumnValuesToBeInSet",
        arguments={"column": column, "value_set": values},
        contradicting=f"select count(*) from {{batch}} where {column} not in ({listed})",
        observed=f"select count({column}) as known, count(distinct {column}) as different from {{batch}}",
        **words,
    )


def never_null(column: str, **words: Any) -> Claim:
    """Every row has a value here."""
    return Claim(
        expectation="ExpectColumnValuesToNotBeNull",
        arguments={"column": column},
        contradicting=f"select count(*) from {{batch}} where {column} is null",
        **words,
    )


def median_between(column: str, low: float, high: float, **words: Any) -> Claim:
    """The median of a column lies within limits."""
    figure = f"(select median({column}) as middle from {{batch}}) as figure"
    return Claim(
        expectation="ExpectColumnMedianToBeBetween",
        arguments={"column": column, "min_value": low, "max_value": high},
        contradicting=f"select count(*) from {figure}"
        f" where coalesce(middle not between {low} and {high}, true)",
        observed=f"select count({column}) as known, median({column}) as median from {{batch}}",
        **words,
    )


def row_count(number: int, **words: Any) -> Claim:
    """The table has exactly so many rows."""
    return Claim(
        expectation="ExpectTableRowCountToEqual",
        arguments={"value": number},
        contradicting=f"select cast(count(*) <> {number} as integer) from {{batch}}",
        observed=f"select count(*) as found, {number} as wanted from {{batch}}",
        **words,
    )


def some_rows(**words: Any) -> Claim:
    """The table is not empty."""
    return Claim(
        expectation="ExpectTableRowCountToBeBetween",
        arguments={"min_value": 1},
        contradicting="select cast(count(*) = 0 as integer) from {batch}",
        **words,
    )
