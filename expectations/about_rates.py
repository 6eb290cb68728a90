"""Claims about person-time and the reference population, on which rates and standardised ratios rest."""

from __future__ import annotations

from expectations.about_registry import DELIVERED
from expectations.claim import Claim, figure_between, no_result, no_row

PERSON_TIME = "marts.person_time"
POPULATIONS = "staging.stg_reference__populations"
REFERENCE = DELIVERED.replace("seer", "reference")

CLAIMS: tuple[Claim, ...] = (
    no_row(
        "person_years <= 0 or observed < 0 or expected < 0",
        table=PERSON_TIME,
        says="Every cell of person-time has time in it, and no count below zero",
        because="a cell exists because someone was at risk in it",
        means="Rates per person-year are wrong.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_result(
        "select 1 from {batch} having coalesce(sum(observed), 0) is distinct from"
        " (select count(*) from build.marts.second_primaries)",
        table=PERSON_TIME,
        says="Person-time holds every second primary",
        because="each was diagnosed while its patient was at risk",
        means="The ratio of observed to expected leaves some out.",
        severity="warning",
        asked_when=DELIVERED,
        observed="select sum(observed) as observed from {batch}",
    ),
    no_result(
        "select 1 from (select sum(person_years) as years from {batch}) as cells,"
        " (select sum(person_months_at_risk) / 12 as years from build.marts.second_primaries_by_era) as eras"
        " where cells.years not between 0.99 * eras.years and 1.01 * eras.years",
        table=PERSON_TIME,
        says="Person-years by stratum and by era agree within 1%",
        because="two models count the same months in two ways",
        means="One of the two rates is wrong.",
        severity="warning",
        asked_when=DELIVERED,
        observed="select round(sum(person_years)) as person_years from {batch}",
    ),
    no_row(
        "calendar_year is null or sex is null or race is null or population is null"
        " or age_group_number not between 0 and 18",
        table=POPULATIONS,
        says="Every row of the population file was understood",
        because="the file is fixed width; a shifted column gives codes that do not exist",
        means="Expected counts would be too small.",
        severity="critical",
        asked_when=REFERENCE,
    ),
    no_result(
        "select 1 from build.study.study, range(1975, 2100) as years (year)"
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
        table=PERSON_TIME,
        says="At most a tenth of person-time has no expected count",
        because="the reference population should cover the cohort's ages, years, sexes and races",
        means="The standardised ratio speaks for a part of the cohort only.",
        severity="warning",
        asked_when=REFERENCE,
    ),
)
