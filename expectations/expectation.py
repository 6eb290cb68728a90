"""An expectation about data: a sentence, its reason, what a breach would mean, and how it is asked twice.

Great Expectations answers it, with an expectation of its own wherever it has one. A second opinion counts
what contradicts it, in SQL written another way, so that a wrong query cannot be right twice. It holds only if
both say so. Neither ever fetches a patient's values: queries select the number 1 for each contradiction.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

Severity = Literal["critical", "warning"]
SQL = "UnexpectedRowsExpectation"


@dataclass(frozen=True, slots=True)
class Question:
    """A class of Great Expectations and its arguments; {"$PARAMETER": name} is what the study says."""

    kind: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """When an expectation concerns what was delivered. Each query gives one boolean, and they have to agree.

    staged     our SQL, on the build
    landed     our SQL, on the landed file
    otherwise  why the expectation is not asked where both say no
    """

    staged: str
    landed: str
    otherwise: str


ALWAYS = Occasion(staged="select true", landed="select true", otherwise="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One expectation about one table.

    table         'raw.loads' in the landed file, or 'marts.cohort_flow' and the like in the build
    says          the expectation, as a sentence that is true when it holds
    because       why it should hold, with the authority
    means         what a breach would mean for the study
    severity      'critical' keeps the last release published; 'warning' is told to the reader
    asked_as      what Great Expectations is asked; all of it has to hold
    counted       the second opinion, an SQL aggregate: how many rows, groups or figures contradict
    counted_from  what it is counted from; those of one table that count from the same share a scan
    observed      our SQL giving one row of named counts or figures to show beside the expectation
    asked_when    an expectation about a delivery that never came is not asked
    family        of expectations that are told as one table; "" for those that stand alone

    In SQL, {batch} stands for the table; tables of the build are build.schema.name, of raw landed.raw.name.
    """

    table: str
    says: str
    because: str
    means: str
    severity: Severity
    asked_as: tuple[Question, ...]
    counted: str
    counted_from: str = "{batch}"
    observed: str = "select count(*) as looked_at from {batch}"
    asked_when: Occasion = ALWAYS
    family: str = ""

    @property
    def is_native(self) -> bool:
        """Whether Great Expectations has it, and is handed no query of ours."""
        return all(question.kind != SQL for question in self.asked_as)


def native(*asked_as: Question, counted: str, **words: Any) -> Expectation:
    """What Great Expectations has expectations for; rows that contradict are counted beside it."""
    return Expectation(asked_as=asked_as, counted=counted, **words)


def no_result(query: str, **words: Any) -> Expectation:
    """The query finds nothing; write it so that each contradiction is one row holding the number 1."""
    return Expectation(asked_as=(Question(SQL, {"unexpected_rows_query": query}),), **words)


def no_row(where: str, **words: Any) -> Expectation:
    """No row of the table meets the condition."""
    return no_result(f"select 1 from {{batch}} where {where}", **words)


def rows(condition: str) -> str:
    """SQL: how many rows meet a condition."""
    return f"count(*) filter (where {condition})"


def between(
    column: str, low: float | dict[str, str] | None = None, high: float | None = None, **more: Any
) -> Question:
    """Every known value of a column lies within limits."""
    return Question(
        "ExpectColumnValuesToBeBetween", {"column": column, "min_value": low, "max_value": high, **more}
    )


def adding_up_to(column: str, parameter: str) -> Question:
    """The values of a column add up to what a parameter says."""
    told = {"$PARAMETER": parameter}
    return Question("ExpectColumnSumToBeBetween", {"column": column, "min_value": told, "max_value": told})


def known(column: str, **more: Any) -> Question:
    """Every row has a value here."""
    return Question("ExpectColumnValuesToNotBeNull", {"column": column, **more})


def in_order(earlier: str, later: str, *, or_equal: bool) -> Question:
    """Where both are known, the one column is never beyond the other."""
    return Question(
        "ExpectColumnPairValuesAToBeGreaterThanB",
        {
            "column_A": later,
            "column_B": earlier,
            "or_equal": or_equal,
            "ignore_row_if": "either_value_is_missing",
        },
    )


def among(column: str, values: list[Any], **more: Any) -> Question:
    """Every known value of a column is one of these; `mostly`, at least that share of them."""
    return Question("ExpectColumnValuesToBeInSet", {"column": column, "value_set": values, **more})


SOME_ROWS = Question("ExpectTableRowCountToBeBetween", {"min_value": 1})


def where(column: str, operator: str, value: Any) -> dict[str, Any]:
    """A condition on rows, as Great Expectations reads it."""
    return {
        "type": "comparison",
        "column": {"name": column},
        "operator": operator,
        "parameter": value,
    }


def null(column: str, *, is_null: bool = True) -> dict[str, Any]:
    """The condition that a column of the row has no value, or that it has one."""
    return {"type": "nullity", "column": {"name": column}, "is_null": is_null}


def both(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"type": "and", "conditions": list(conditions)}


def either(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"type": "or", "conditions": list(conditions)}


def figure_between(figure: str, low: float, high: float, *, name: str, **words: Any) -> Expectation:
    """One figure over the whole table lies within limits; a figure that is null lies outside."""
    counted = f"(select {figure} as {name} from {{batch}}) as figure"
    return no_result(
        f"select 1 from {counted} where coalesce({name} not between {low} and {high}, true)",
        observed=f"select round({name}, 5) as {name} from {counted}",
        **words,
    )


def share_unknown(column: str, most: Fraction, **words: Any) -> Expectation:
    """At most this share of a table's rows has no value here; of an empty table nobody can say so."""
    return native(
        Question(
            "ExpectColumnProportionOfNonNullValuesToBeBetween",
            {"column": column, "min_value": float(1 - most)},
        ),
        counted=exceeds(most, f"{column} is null"),
        observed=share_observed(f"{column} is null"),
        **words,
    )


def share_observed(condition: str) -> str:
    """SQL: the share of rows that meet a condition, to be shown."""
    return f"select round(avg(cast({condition} as integer)), 5) as share_unknown from {{batch}}"


def exceeds(most: Fraction, condition: str) -> str:
    """SQL: 1 where more than this share of all rows meet a condition, or there are none; in whole numbers."""
    too_many = f"{most.denominator} * {rows(condition)} > {most.numerator} * count(*)"
    return f"cast(count(*) = 0 or {too_many} as integer)"


def unique(column: str, **words: Any) -> Expectation:
    """No two rows agree in this column."""
    return native(
        Question("ExpectColumnValuesToBeUnique", {"column": column}),
        counted="count(*)",
        counted_from=f"(select 1 from {{batch}} group by {column} having count(*) > 1) as doubled",
        **words,
    )


def value_between(column: str, low: float, high: float, **words: Any) -> Expectation:
    """Every value of a column that is known lies within limits."""
    return native(
        between(column, low, high),
        counted=rows(f"{column} not between {low} and {high}"),
        observed=f"select count({column}) as known, median({column}) as median from {{batch}}",
        **words,
    )


def value_at_most(column: str, high: float, **words: Any) -> Expectation:
    """No value of a column that is known is greater."""
    return native(between(column, None, high), counted=rows(f"{column} > {high}"), **words)


def value_in(column: str, values: list[Any], *, may_be_unknown: bool = False, **words: Any) -> Expectation:
    """Every value of a column is one of these, and every row has one unless it may be unknown."""
    listed = ", ".join(f"'{value}'" for value in values)
    unknown = f" or {column} is null" if may_be_unknown else ""
    asked_as = (among(column, values),) if may_be_unknown else (known(column), among(column, values))
    shown = {
        "observed": f"select count({column}) as known, count(distinct {column}) as different from {{batch}}"
    }
    return native(
        *asked_as, counted=f"count(*) - {rows(f'{column} in ({listed}){unknown}')}", **{**shown, **words}
    )


def never_null(column: str, **words: Any) -> Expectation:
    """Every row has a value here."""
    return native(known(column), counted=f"count(*) - count({column})", **words)


def median_between(column: str, low: float, high: float, **words: Any) -> Expectation:
    """The median of a column lies within limits."""
    return native(
        Question("ExpectColumnMedianToBeBetween", {"column": column, "min_value": low, "max_value": high}),
        counted=f"cast(coalesce(median({column}) not between {low} and {high}, true) as integer)",
        observed=f"select count({column}) as known, median({column}) as median from {{batch}}",
        **words,
    )


def row_count(number: int, **words: Any) -> Expectation:
    """The table has exactly this number of rows."""
    return native(
        Question("ExpectTableRowCountToEqual", {"value": number}),
        counted=f"cast(count(*) <> {number} as integer)",
        observed=f"select count(*) as found, {number} as wanted from {{batch}}",
        **words,
    )


def some_rows(**words: Any) -> Expectation:
    """The table is not empty."""
    return native(SOME_ROWS, counted="cast(count(*) = 0 as integer)", **words)
