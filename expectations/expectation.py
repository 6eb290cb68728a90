"""An expectation about data: a sentence, its reason, what a breach would mean, and how it is tested twice.

Great Expectations tests it; our own SQL counts what contradicts it. It holds only if both say so.
Neither ever fetches a patient's values: queries select the number 1 for each contradiction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["critical", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One expectation about one table.

    table          'raw.loads' in the landed file, or 'marts.cohort_flow' and the like in the build
    says           the expectation, as a sentence that is true when it holds
    because        why it should hold, with the authority
    means          what a breach would mean for the study
    severity       'critical' keeps the last release published; 'warning' is told to the reader
    asked_as       the Great Expectations class that asks it, and its arguments
    contradicting  our SQL for the same, giving one number: how many rows, groups or figures contradict
    observed       our SQL giving one row of named counts or figures to show beside the expectation
    asked_when     our SQL giving one boolean; an expectation about a delivery that never came is not asked
    family         of expectations that are told as one table; "" for those that stand alone

    In SQL, {batch} stands for the table; tables of the build are build.schema.name, of raw landed.raw.name.
    """

    table: str
    says: str
    because: str
    means: str
    severity: Severity
    asked_as: str
    arguments: dict[str, Any]
    contradicting: str
    observed: str = "select count(*) as looked_at from {batch}"
    asked_when: str = "select true"
    family: str = ""


def no_row(where: str, **words: Any) -> Expectation:
    """No row of the table meets the condition."""
    return no_result(f"select 1 from {{batch}} where {where}", **words)


def no_result(query: str, **words: Any) -> Expectation:
    """The query finds nothing; write it so that each contradiction is one row holding the number 1."""
    return Expectation(
        asked_as="UnexpectedRowsExpectation",
        arguments={"unexpected_rows_query": query},
        contradicting=f"select count(*) from ({query}) as contradictions",
        **words,
    )


def figure_between(figure: str, low: float, high: float, *, name: str, **words: Any) -> Expectation:
    """One figure over the whole table lies within limits; a figure that is null lies outside."""
    outside = f"coalesce({name} not between {low} and {high}, true)"
    counted = f"(select {figure} as {name} from {{batch}}) as figure"
    query = f"select 1 from {counted} where {outside}"
    return no_result(query, observed=f"select round({name}, 5) as {name} from {counted}", **words)


def unique(column: str, **words: Any) -> Expectation:
    """No two rows agree in this column."""
    query = f"select 1 from {{batch}} group by {column} having count(*) > 1"
    return Expectation(
        asked_as="ExpectColumnValuesToBeUnique",
        arguments={"column": column},
        contradicting=f"select count(*) from ({query}) as doubled",
        **words,
    )


def value_between(column: str, low: float, high: float, **words: Any) -> Expectation:
    """Every value of a column that is known lies within limits."""
    return Expectation(
        asked_as="ExpectColumnValuesToBeBetween",
        arguments={"column": column, "min_value": low, "max_value": high},
        contradicting=f"select count(*) from {{batch}} where {column} not between {low} and {high}",
        observed=f"select count({column}) as known, median({column}) as median from {{batch}}",
        **words,
    )


def value_in(column: str, values: list[str], **words: Any) -> Expectation:
    """Every value of a column that is known is one of these."""
    listed = ", ".join(f"'{value}'" for value in values)
    return Expectation(
        asked_as="ExpectColumnValuesToBeInSet",
        arguments={"column": column, "value_set": values},
        contradicting=f"select count(*) from {{batch}} where {column} not in ({listed})",
        observed=f"select count({column}) as known, count(distinct {column}) as different from {{batch}}",
        **words,
    )


def never_null(column: str, **words: Any) -> Expectation:
    """Every row has a value here."""
    return Expectation(
        asked_as="ExpectColumnValuesToNotBeNull",
        arguments={"column": column},
        contradicting=f"select count(*) from {{batch}} where {column} is null",
        **words,
    )


def median_between(column: str, low: float, high: float, **words: Any) -> Expectation:
    """The median of a column lies within limits."""
    figure = f"(select median({column}) as middle from {{batch}}) as figure"
    return Expectation(
        asked_as="ExpectColumnMedianToBeBetween",
        arguments={"column": column, "min_value": low, "max_value": high},
        contradicting=f"select count(*) from {figure}"
        f" where coalesce(middle not between {low} and {high}, true)",
        observed=f"select count({column}) as known, median({column}) as median from {{batch}}",
        **words,
    )


def row_count(number: int, **words: Any) -> Expectation:
    """The table has exactly this number of rows."""
    return Expectation(
        asked_as="ExpectTableRowCountToEqual",
        arguments={"value": number},
        contradicting=f"select cast(count(*) <> {number} as integer) from {{batch}}",
        observed=f"select count(*) as found, {number} as wanted from {{batch}}",
        **words,
    )


def some_rows(**words: Any) -> Expectation:
    """The table is not empty."""
    return Expectation(
        asked_as="ExpectTableRowCountToBeBetween",
        arguments={"min_value": 1},
        contradicting="select cast(count(*) = 0 as integer) from {batch}",
        **words,
    )
