"""Who are they, and do those with a second primary differ from those without? (Table 1)

Conventional: Pearson's chi-squared without continuity correction and Student's t with pooled variance,
people of unknown race or marital status left out of that row's denominators. Beside it: the smallest
expected count, Fisher's exact test, and Mann-Whitney.
"""

from __future__ import annotations

import polars as pl

from analytics.estimators import comparisons
from analytics.questions.analysis import SECOND_CANCER, Analysis, Origin
from analytics.questions.estimable import Estimable, estimate, finite
from analytics.questions.latency import RANKS
from analytics.questions.rows import CASES, PEOPLE
from analytics.results.characteristics import Characteristics, LevelCount, NumericSummary, UnknownCount
from analytics.results.statistical_tests import Table1Test

CATEGORIES = {
    "sex": ("sex", ("Male", "Female")),
    "race": ("race", ("White", "Black", "Other")),
    "marital_status": ("marital_status", ("Married", "Other")),
    "era": ("era", ()),
    "chemotherapy": ("chemotherapy_index", ("Yes", "No/Unknown")),
}
"""Each characteristic with its mart column and the order of its levels."""

AGE = "age_at_index_years"
OF_CASES_ONLY = ("age_at_second_years", "latency_months")

ANALYSIS = Analysis(
    section="characteristics",
    title="Patient characteristics",
    question="How do patients with and without {second} differ?",
    keys=("table1", "table1_unknown", "table1_numeric", "table1_tests"),
    needs=SECOND_CANCER,
    origins=(
        ("Without second primary", "marts.index_patients",
         "select * from marts.index_patients where not has_second_primary"),
        ("With second primary", "marts.index_patients",
         "select * from marts.index_patients where has_second_primary"),
    ),
    numbers=(
        *(
            Origin(f"table1[variable={variable},level={{level}}]", PEOPLE, PEOPLE, counts={
                "n_without": f"not has_second_primary and {column} = {{level}}",
                "denominator_without": f"not has_second_primary and {column} is not null",
                "n_with": f"has_second_primary and {column} = {{level}}",
                "denominator_with": f"has_second_primary and {column} is not null"})
            for variable, (column, _) in CATEGORIES.items()
        ),
        *(
            Origin(f"table1_unknown[variable={variable}]", PEOPLE, PEOPLE, f"{column} is null", {
                "n_without": "not has_second_primary", "n_with": "has_second_primary"})
            for variable, (column, _) in CATEGORIES.items()
        ),
        *(
            Origin(f"table1_tests[variable={variable},test={{level}}]", PEOPLE, PEOPLE,
                   f"{column} is not null")
            for variable, column in {AGE: AGE, **{name: of[0] for name, of in CATEGORIES.items()}}.items()
        ),
        Origin(f"table1_numeric[variable={AGE},group=without]", PEOPLE, PEOPLE,
               f"not has_second_primary and {AGE} is not null", {"n": ""}),
        *(
            Origin(f"table1_numeric[variable={variable},group=with]", CASES, CASES,
                   f"{variable} is not null", {"n": ""})
            for variable in (AGE, *OF_CASES_ONLY)
        ),
    ),
)  # fmt: skip

EMPTY_GROUP = "One of the two groups is empty: there is nothing to compare."
ONE_LEVEL = "Everybody known has the same level: there is nothing to compare."


def characteristics(index_patients: pl.DataFrame, *, eras: tuple[str, ...]) -> Characteristics:
    """Counts, summaries and tests of everyone in `index_patients`, by `has_second_primary`."""
    without = index_patients.filter(~pl.col("has_second_primary"))
    with_second = index_patients.filter(pl.col("has_second_primary"))
    counts, unknown, tests = [], [], []
    one_group = EMPTY_GROUP if without.is_empty() or with_second.is_empty() else None
    for variable, (column, levels) in CATEGORIES.items():
        levels = levels or eras
        rows = _levels(variable, column, levels, without, with_second)
        counts += rows
        tests += _table_tests(variable, rows, one_group)
        unknown.append(UnknownCount(variable, without[column].null_count(), with_second[column].null_count()))
    ages = [group[AGE].drop_nulls().to_numpy() for group in (without, with_second)]
    tests += [
        _row(AGE, "student_t", comparisons.student_t, *ages, why_not=one_group),
        _row(AGE, "welch_t", comparisons.welch_t, *ages, why_not=one_group),
        _row(AGE, "mann_whitney", RANKS, *ages, why_not=one_group),
    ]
    numeric = [summarise(AGE, "without", without), summarise(AGE, "with", with_second)]
    numeric += [summarise(variable, "with", with_second) for variable in OF_CASES_ONLY]
    return Characteristics(tuple(counts), tuple(unknown), tuple(numeric), tuple(tests))


def summarise(variable: str, group: str, people: pl.DataFrame) -> NumericSummary:
    """Mean, sd, median and range of a column; nulls are not counted."""
    values = people[variable].drop_nulls()
    return NumericSummary(
        variable=variable,
        group=group,
        n=values.len(),
        mean=finite(values.mean()),
        sd=finite(values.std()),
        median=finite(values.median()),
        min=finite(values.min()),
        max=finite(values.max()),
    )


def _levels(
    variable: str, column: str, levels: tuple[str, ...], without: pl.DataFrame, with_second: pl.DataFrame
) -> list[LevelCount]:
    denominators = [group[column].drop_nulls().len() for group in (without, with_second)]
    return [
        LevelCount(
            variable=variable,
            level=level,
            n_without=int((without[column] == level).sum()),
            denominator_without=denominators[0],
            n_with=int((with_second[column] == level).sum()),
            denominator_with=denominators[1],
        )
        for level in levels
    ]


def _table_tests(variable: str, rows: list[LevelCount], one_group: str | None) -> list[Table1Test]:
    """Pearson's and Fisher's; a table of one column or one row compares nothing."""
    counted = ((row.n_with or 0, row.n_without or 0) for row in rows)
    table = [[n_with, n_without] for n_with, n_without in counted if n_with + n_without]
    why_not = one_group or (ONE_LEVEL if len(table) < 2 else None)
    least = None if why_not else _min_expected(table)
    return [
        _row(variable, test, estimator, table, min_expected=least, why_not=why_not)
        for test, estimator in (
            ("pearson_chi2", comparisons.chi_squared), ("fisher_exact", comparisons.fisher_exact)
        )
    ]  # fmt: skip


def _min_expected(table: list[list[int]]) -> float | None:
    total = sum(map(sum, table))
    if not total:
        return None
    columns = [sum(row[j] for row in table) for j in range(2)]
    return min(sum(row) * column / total for row in table for column in columns)


def _row(
    variable: str, test: str, estimator, *arguments, min_expected=None, why_not: str | None = None
) -> Table1Test:
    """A test, or why it is not made: `why_not`, else the estimator's own words."""
    result = Estimable(None, why_not) if why_not else estimate(estimator, *arguments)
    return Table1Test(
        variable=variable,
        test=test,
        statistic=finite(result.statistic),
        df=finite(result.df),
        p_value=finite(result.p_value),
        min_expected=min_expected,
        note=result.reason,
    )
