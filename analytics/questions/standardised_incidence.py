"""Is the second primary more common than in the population at large?

Observed second primaries against those that the population's rates would give the same person-time, counted
in SQL by attained age, calendar period, sex and race (marts.sir). Both start with the shortest latency that
counts; beside it stands the ratio from diagnosis on, whose first months can hold no second primary. Strata
without a reference rate are left out of both sides, and of the persons; how much they hold is reported. A
level of which no stratum has a rate is not estimable: its persons and cases stand without a ratio.
Where cases and populations are not of one population, there is no ratio, and the reason in its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl

from analytics.estimators import rates
from analytics.questions.analysis import SECOND_CANCER, Analysis, Origin
from analytics.questions.deliveries import SECOND, Deliveries
from analytics.questions.estimable import estimate, finite, limits
from analytics.questions.rows import both
from analytics.results.population import IncidenceRatioTest, StandardisedIncidence
from analytics.results.states import NOT_DELIVERED, NOT_ESTIMABLE, VALUE
from analytics.warehouse.study import Study

LEVELS_OF_RATIOS = {
    "months_since_index": "months_since_index_band = {level}",
    "attained_age": "attained_age_years between"
    " (select first_age_years from study.study_attained_ages where attained_age = {level})"
    " and (select last_age_years from study.study_attained_ages where attained_age = {level})",
    "era": "era = {level}",
    "sex": "coalesce(sex, 'Unknown') = {level}",
    "race": "coalesce(race, 'Unknown') = {level}",
    "chemotherapy": "coalesce(chemotherapy_index, 'Unknown') = {level}",
}
RATIO_STRATA = {
    "sir[0]": ("grouping = 'from_latency'", "counts_second_primaries"),
    "sir[stratum.from=diagnosis]": ("grouping = 'from_index'", ""),
    **{
        f"sir[stratum.{dimension}={{level}}]": (
            f"grouping = '{dimension}' and level = {{level}}",
            f"counts_second_primaries and {level}",
        )
        for dimension, level in LEVELS_OF_RATIOS.items()
    },
}
"""Each stratum in marts.sir, and in the cells that it was summed from."""

CELLS = "intermediate.int_person_time_expected"
PERSONS = (
    "persons - if(expected is not null and (select state from marts.reference_coverage) = 'value',"
    " persons_unmatched, 0)"
)
PERSONS_IN_WORDS = "persons, less those of whom no stratum has a reference rate where others have one"


def _cells_with_rates(where: str) -> str:
    """The cells that a row counts: those with a rate, or all where none of them has one."""
    none_has = f"(select count(expected) from {CELLS}{f' where {where}' if where else ''}) = 0"
    return both(where, f"(expected is not null or {none_has})")


ANALYSIS = Analysis(
    section="sir",
    title="Standardised incidence ratio",
    question="Is {second} more common than in the general population?",
    keys=("sir", "sir_tests", "person_time"),
    needs=SECOND_CANCER,
    why_empty=lambda results: "" if results.sir[0].state == VALUE else results.sir[0].reason or "",
    has_rows=lambda results: any(row.observed is not None for row in results.sir),
    origins=(("Observed and expected by level", "marts.sir", "select * from marts.sir"),),
    numbers=(
        *(
            origin
            for place, (row, where) in RATIO_STRATA.items()
            for origin in (
                Origin(
                    f"{place}.persons", "marts.sir", "marts.sir", row, {"": ""}, PERSONS, PERSONS_IN_WORDS
                ),
                Origin(
                    f"{place}.strata_without_reference",
                    "marts.sir",
                    "marts.sir",
                    row,
                    {"": ""},
                    "n_unmatched_cells",
                ),
                Origin(
                    f"{place}.observed_without_reference",
                    "marts.sir",
                    CELLS,
                    both(where, "expected is null"),
                    {"": ""},
                    "observed",
                ),
                Origin(
                    place,
                    "marts.sir",
                    CELLS,
                    _cells_with_rates(where),
                    {"observed": ""},
                    "observed",
                ),
            )
        ),
        Origin("sir_tests[dimension={level},test={group}]", "marts.sir", "marts.sir", "grouping = {level}"),
        Origin("person_time", "marts.person_time_by_group", "marts.person_time_by_group"),
    ),
)

DIMENSIONS = ("months_since_index", "attained_age", "era", "sex", "race", "chemotherapy")
ORDERED = ("months_since_index", "attained_age", "era")
"""Dimensions whose levels follow each other, so that a trend can be asked for."""

LEVELS = ("Male", "Female", "White", "Black", "Other", "Yes", "No/Unknown", "Unknown")
FROM_DIAGNOSIS = {"from": "diagnosis"}
NO_STRATUM = "No reference rate was delivered for any of this person-time."


def standardised_incidence(
    sir: pl.DataFrame, study: Study, delivered: Deliveries
) -> tuple[StandardisedIncidence, ...]:
    """Everybody from the shortest latency on, everybody from diagnosis on, then level by level.

    One row of nothing where the mart has no rows, or where nobody looked for the second cancer.
    """
    rows = {(row["grouping"], row["level"]): row for row in sir.to_dicts()}
    nobody_looked = delivered.reason(SECOND)
    if nobody_looked or not rows:
        state = NOT_DELIVERED if nobody_looked else delivered.rates.state
        return (_nothing(state, nobody_looked or delivered.rates.reason or NO_STRATUM),)
    answers = [_answer({}, rows["from_latency", "all"], delivered)]
    if study.min_latency_months:
        answers.append(_answer(FROM_DIAGNOSIS, rows["from_index", "all"], delivered))
    for dimension in DIMENSIONS:
        levels = sorted((level for grouping, level in rows if grouping == dimension), key=place_of_level)
        answers += [_answer({dimension: level}, rows[dimension, level], delivered) for level in levels]
    return tuple(answers)


def incidence_ratio_tests(answers: tuple[StandardisedIncidence, ...]) -> tuple[IncidenceRatioTest, ...]:
    """Homogeneity of each dimension's ratios, and trend along those whose levels are ordered.

    Exact given the number of second primaries; chi-squared, and marked so, where outcomes are too many.
    """
    tests = []
    for dimension in DIMENSIONS:
        levels = [row for row in answers if dimension in row.stratum and row.state == VALUE]
        if len(levels) < 2:
            continue
        observed, expected = [row.observed or 0 for row in levels], [row.expected or 0.0 for row in levels]
        common = sum(observed) / sum(expected)
        asked: dict[str, tuple[Callable[..., Any], ...]] = {
            "homogeneity": (rates.sir_homogeneity, rates.sir_homogeneity_exact)
        }
        if dimension in ORDERED and len(levels) > 2:
            asked["trend"] = (rates.sir_trend, rates.sir_trend_exact)
        for name, ways in asked.items():
            asymptotic, exact = (estimate(way, observed, expected) for way in ways)
            tests.append(
                IncidenceRatioTest(
                    dimension,
                    name,
                    finite(asymptotic.statistic),
                    finite(asymptotic.df),
                    finite(exact.p_value if exact.result else asymptotic.p_value),
                    min(expected) * common,
                    exact.reason,
                    "exact" if exact.result else "chi_squared",
                    finite(asymptotic.p_value),
                )
            )
    return tuple(tests)


def place_of_level(level: str) -> tuple[int, str]:
    """Named levels as Table 1 has them, bands by their lower limits and not by the alphabet."""
    digits = re.match(r"\d+", level)
    if digits:
        return (int(digits.group()), level)
    return (LEVELS.index(level) if level in LEVELS else len(LEVELS), level)


def _answer(stratum: dict[str, str], row: dict, delivered: Deliveries) -> StandardisedIncidence:
    """The ratio of a row, or its counts and why there is none."""
    dimension = next(iter(stratum), "")
    if delivered.rates.state != VALUE:
        return _counted(stratum, row, delivered.rates.state, delivered.rates.reason or NO_STRATUM)
    if reason := delivered.reason(dimension):
        return _counted(stratum, row, NOT_DELIVERED, reason)
    if row["expected"] is None:
        return replace(_counted(stratum, row, NOT_ESTIMABLE, NO_STRATUM), **_without_reference(row))
    return _ratio(stratum, row)


def _ratio(stratum: dict[str, str], row: dict) -> StandardisedIncidence:
    observed = row["observed"] - row["observed_unmatched"]
    years = row["person_years"] - row["person_years_unmatched"]
    expected = row["expected"]
    ratio = estimate(
        rates.standardised_incidence_ratio, observed, expected or 0, person_years=years if years > 0 else None
    )
    return StandardisedIncidence(
        stratum=stratum,
        observed=observed,
        expected=finite(expected),
        person_years=years,
        sir=finite(ratio.sir),
        sir_ci=limits((ratio.lower, ratio.upper)),
        excess_per_10k=None if ratio.result is None else finite(ratio.excess * 10_000),
        p_value=finite(ratio.p_value),
        **_persons(row, row["persons"] - row["persons_unmatched"]),
        **_without_reference(row),
        state=NOT_ESTIMABLE if ratio.reason else VALUE,
        reason=ratio.reason,
    )


def _without_reference(row: dict) -> dict[str, Any]:
    """How much of a row no reference rate covers."""
    return {
        "strata_without_reference": row["n_unmatched_cells"],
        "person_years_without_reference": row["person_years_unmatched"],
        "observed_without_reference": row["observed_unmatched"],
    }


def _counted(stratum: dict[str, str], row: dict, state: str, reason: str) -> StandardisedIncidence:
    """All that were seen, in all their person-time, against nothing."""
    return replace(
        _nothing(state, reason),
        stratum=stratum,
        observed=row["observed"],
        person_years=row["person_years"],
        **_persons(row, row["persons"]),
    )


def _nothing(state: str, reason: str) -> StandardisedIncidence:
    return StandardisedIncidence(
        {}, None, None, None, None, (None, None), None, None, state=state, reason=reason
    )


def _persons(row: dict, persons: int) -> dict[str, Any]:
    """The persons of a row with their mean ages; nobody has a mean age."""
    return {
        "persons": persons,
        "mean_age_at_index_years": finite(row["mean_age_at_index_years"]) if persons else None,
        "mean_age_at_second_years": finite(row["mean_age_at_second_years"]) if persons else None,
    }
