"""What is expected of person-time and the reference population, on which rates and ratios rest."""

from __future__ import annotations

from expectations.expectation import (
    Expectation,
    Question,
    between,
    figure_between,
    in_order,
    known,
    native,
    no_result,
    no_row,
    row_count,
    rows,
    value_at_most,
    value_in,
    where,
)
from expectations.suites.occasions import DELIVERED, REFERENCE

PERSON_TIME = "marts.person_time"
POPULATIONS = "staging.stg_reference__populations"

EXPECTATIONS: tuple[Expectation, ...] = (
    native(
        *(between(column, 0) for column in ("person_years", "observed", "expected")),
        between("observed", 0, strict_min=True, row_condition=where("person_years", "==", 0)),
        counted=rows("least(person_years, observed, expected) < 0 or greatest(person_years, observed) = 0"),
        table=PERSON_TIME,
        says="Every cell of person-time has time or a second primary in it, and nothing below zero",
        because="someone was at risk in it; a second primary on a boundary may be alone in its cell",
        means="Rates per person-year are wrong.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_result(
        "select 1 from {batch} having coalesce(sum(observed), 0) is distinct from"
        " (select count(*) from build.marts.index_patients_corrected where has_second_primary)",
        counted=rows("n <> 0"),
        counted_from="(select sum(n) as n from (select observed as n from {batch} union all"
        " select -1 from build.marts.index_patients_corrected where has_second_primary) as signed)"
        " as left_over",
        table=PERSON_TIME,
        says="Person-time holds every second primary of the corrected cohort",
        because="each was diagnosed while its patient was at risk, whoever has a third primary",
        means="The ratio of observed to expected leaves some out.",
        severity="critical",
        asked_when=DELIVERED,
        observed="select sum(observed) as observed from {batch}",
    ),
    no_result(
        "select 1 from (select sum(person_years) as years, sum(observed) as observed from {batch}) as cells,"
        " (select sum(person_years) as years, sum(observed) as observed"
        " from build.marts.person_time_by_era) as eras"
        " where abs(cells.years - eras.years) > 1e-6 * eras.years or cells.observed <> eras.observed",
        counted=rows("observed <> 0 or abs(years) > 1e-6 * years_of_eras"),
        counted_from="(select sum(observed) as observed, sum(years) as years,"
        " sum(-years) filter (where years < 0) as years_of_eras"
        " from (select observed, person_years as years from {batch} union all"
        " select -observed, -person_years from build.marts.person_time_by_era) as signed) as left_over",
        table=PERSON_TIME,
        says="Person-time by stratum and by era is the same",
        because="two tables count the same time in two ways",
        means="One of the two rates is wrong.",
        severity="critical",
        asked_when=DELIVERED,
        observed="select round(sum(person_years)) as person_years from {batch}",
    ),
    native(
        *(known(column) for column in ("calendar_year", "sex", "race", "population")),
        between("age_group_number", 0, 18),
        counted=rows(
            "calendar_year is null or sex is null or race is null or population is null"
            " or age_group_number < 0 or age_group_number > 18"
        ),
        table=POPULATIONS,
        says="Every row of the population file was understood",
        because="the file is fixed width; a shifted column gives codes that do not exist",
        means="Expected counts would be too small.",
        severity="critical",
        asked_when=REFERENCE,
    ),
    row_count(
        1,
        table="marts.reference_coverage",
        says="Whether the population's rates could be made is told once",
        because="the ratio of observed to expected hangs on it",
        means="Nobody can say what the expected counts are of.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    value_in(
        "state",
        ["value"],
        table="marts.reference_coverage",
        says="The delivery tells how often the population gets the second cancer",
        because="numerator and denominator of a rate are of one population, or there is no ratio",
        means="There is no expected count and no standardised ratio; the report says what to deliver.",
        severity="warning",
        asked_when=DELIVERED,
        observed="select state, n_cases, n_cases_without_index, n_registries_matched from {batch}",
    ),
    no_row(
        "grouping in ('from_index', 'from_latency') and expected >= 10 and observed < 0.1 * expected",
        counted="coalesce(sum(case when expected < 10 then 0"
        " when grouping not in ('from_index', 'from_latency') then 0"
        " when 10 * observed < expected then 1 end), 0)",
        table="marts.sir",
        says="Where ten or more second cancers are expected, at least a tenth of them are there",
        because="no index cancer protects from the second so well; a listing that leaves them out seems to",
        means="The number is of the export. Export all tumours of all patients.",
        severity="critical",
        asked_when=DELIVERED,
        observed="select observed, round(expected, 2) as expected from {batch} where grouping = 'from_index'",
    ),
    value_at_most(
        "n_population_rows_set_aside",
        0,
        table="marts.reference_coverage",
        says="Every row of the population file names a SEER registry",
        because="registry 99 is what no SEER registry covers; whoever lives there was not counted",
        means="Those rows were set aside.",
        severity="warning",
        asked_when=REFERENCE,
        observed="select n_population_rows_set_aside as set_aside from {batch}",
    ),
    native(
        in_order("n_registries_of_study", "n_registries_matched", or_equal=True),
        in_order("n_registries_in_tumors", "n_registries_matched", or_equal=True),
        counted=rows("n_registries_matched < greatest(n_registries_of_study, n_registries_in_tumors)"),
        table="marts.reference_coverage",
        says="Tumours and populations are of all the study's registries",
        because="rates are made where both were delivered, and stand for the others",
        means="The expected counts rest on a part of the registries; the report says on how many.",
        severity="warning",
        asked_when=REFERENCE,
        observed="select n_registries_of_study as of_study, n_registries_in_tumors as in_tumors,"
        " n_registries_in_populations as in_populations, n_registries_matched as matched from {batch}",
    ),
    native(
        Question(
            "ExpectColumnDistinctValuesToContainSet",
            {"column": "calendar_year", "value_set": {"$PARAMETER": "years_of_study"}},
        ),
        counted="count(*)",
        counted_from="build.study.study, range(1975, 2100) as years (year)"
        " where year between first_year and last_year"
        " and year not in (select calendar_year from {batch} where calendar_year is not null)",
        table=POPULATIONS,
        says="The population file covers every year of the study",
        because="years without a population have no reference rate",
        means="Person-time of those years has no expected count; the report says how much.",
        severity="warning",
        asked_when=REFERENCE,
        observed="select count(distinct calendar_year) as years from {batch}",
    ),
    figure_between(
        "coalesce(sum(person_years) filter (where expected is null), 0) / sum(person_years)",
        0,
        0.1,
        name="share_without",
        counted="cast(coalesce(10 * sum(if(expected is null, person_years, 0)) > sum(person_years)"
        " or sum(person_years) = 0, true) as integer)",
        table=PERSON_TIME,
        says="At most a tenth of person-time has no expected count",
        because="the reference population should cover the cohort's ages, years, sexes and races",
        means="The standardised ratio speaks for a part of the cohort only.",
        severity="warning",
        asked_when=REFERENCE,
    ),
)
