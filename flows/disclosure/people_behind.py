"""The people behind the counts of a public report, read from the release that it is of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np

from analytics.disclosure.history import DisclosureRecord
from analytics.disclosure.people import People, also, new_key, people
from analytics.disclosure.public_results import leaving
from analytics.disclosure.tables import counted_strata, counts_of, sir_key
from analytics.results.document import Results
from flows.disclosure.counted_people import (
    AGAIN,
    MEASURED,
    Columns,
    Level,
    Levels,
    counted_people,
)
from flows.errors import IntegrityDamaged

EVERYBODY = """
with

everybody as (

    select source, patient_id, first_rule_failed, is_eligible, has_second_primary
    from intermediate.int_patients_screened
    where is_selected_definition

),

intervals as (

    select
        patient_id,
        min(start_months) filter (where exposed) as exposed_from,
        bool_or(not exposed) as is_unexposed,
        max(stop_months) as stop_months,
        bool_or(died) as died,
        any_value(sex) as sex,
        any_value(race) as race,
        any_value(era) as era,
        any_value(age_at_index_years) as age_at_index_years,
        any_value(index_year) as index_year
    from marts.survival_intervals
    group by patient_id

),

defined as (

    select source, patient_id, list(definition) as definitions
    from intermediate.int_patients_screened
    where has_second_primary
    group by source, patient_id

)

select
    concat(everybody.source, ' ', everybody.patient_id) as person,
    everybody.source = 'seer' as is_registry,
    coalesce(everybody.first_rule_failed, 99) as rule,
    everybody.is_eligible,
    everybody.has_second_primary as is_case,
    coalesce(defined.definitions, []) as definitions,

    published.patient_id is not null as is_published,
    coalesce(published.has_second_primary, false) as second,
    coalesce(published.sex, '') as sex,
    coalesce(published.race, '') as race,
    coalesce(published.marital_status, '') as marital_status,
    coalesce(published.era, '') as era,
    coalesce(published.chemotherapy_index, '') as chemotherapy_index,
    coalesce(published.chemotherapy_second, '') as chemotherapy_second,
    coalesce(published.age_group_at_second, '') as age_group_at_second,
    cast(published.age_at_index_years as double) as age_at_index_years,
    cast(published.age_at_second_years as double) as age_at_second_years,
    cast(published.latency_months as double) as latency_months,
    cast(published.survival_months as double) as months,
    cast(published.months_after_second as double) as months_after_second,
    coalesce(published.died, false) as died,
    coalesce(published.is_followed, false) as is_followed,
    coalesce(published.is_followed_after_second, false) as is_followed_after_second,

    coalesce(corrected.is_at_risk_after_latency, false) as c_at_risk_after_latency,
    coalesce(corrected.first_event_is_known, false) as c_first_event_is_known,
    coalesce(corrected.has_second_primary, false) as c_second,
    cast(corrected.months_to_first_event as double) as c_months,
    coalesce(corrected.first_event, '') as c_first_event,
    coalesce(corrected.era, '') as c_era,
    coalesce(corrected.chemotherapy_index, '') as c_chemotherapy_index,

    clocked.patient_id is not null as is_clocked,
    coalesce(clocked.has_second_cancer, false) as f_second,
    cast(clocked.ticks_per_year as double) as f_ticks_per_year,
    cast(clocked.origin_tick as double) as f_origin_tick,
    cast(clocked.age_tick as double) as f_age_tick,
    cast(clocked.exit_tick as double) as f_exit_tick,
    coalesce(clocked.sex, '') as f_sex,
    coalesce(clocked.race, '') as f_race,
    coalesce(clocked.era, '') as f_era,
    coalesce(clocked.chemotherapy_index, '') as f_chemotherapy_index,

    intervals.patient_id is not null as has_interval,
    coalesce(intervals.is_unexposed, false) as is_unexposed,
    intervals.exposed_from as i_exposed_from,
    intervals.stop_months as i_end,
    coalesce(intervals.died, false) as i_died,
    coalesce(intervals.sex, '') as i_sex,
    coalesce(intervals.race, '') as i_race,
    coalesce(intervals.era, '') as i_era,
    cast(intervals.age_at_index_years as double) as i_age,
    cast(intervals.index_year as double) as i_year

from everybody

left join defined
    on everybody.source = defined.source and everybody.patient_id = defined.patient_id

left join marts.index_patients as published
    on everybody.source = published.source and everybody.patient_id = published.patient_id

left join marts.index_patients_corrected as corrected
    on everybody.source = corrected.source and everybody.patient_id = corrected.patient_id

left join intermediate.int_follow_up_clocked as clocked
    on everybody.source = 'seer' and everybody.patient_id = clocked.patient_id

left join intervals
    on everybody.source = 'seer' and everybody.patient_id = intervals.patient_id
"""

LEVELS = """
select grouping, level, first_months, last_months, first_age_years, last_age_years
from study.study_levels
"""


def people_behind(warehouse: Path, results: Results, key: str) -> People:
    """Who is counted by each number of the report, and what each of them adds to what is told of a group.

    Raises IntegrityDamaged where the warehouse does not hold the people that the report counts: nobody could
    say then how a later report differs from this one.
    """
    results = leaving(results)
    columns, levels = read_everybody(warehouse)
    counted = list(counted_people(columns, levels, results))
    groups = {group.name: group.people for group in counted}
    without_reference = {
        sir_key(row.stratum): row.observed_without_reference for row in counted_strata(results)
    }
    for cell in counts_of(results).cells.values():
        if not cell.public:
            continue
        parts = [groups[name] for name in (cell.key, also(cell.key, AGAIN)) if name in groups]
        n_people = sum(int(mask.sum()) for mask in parts)
        if not parts or n_people != cell.value + without_reference.get(cell.key, 0):
            raise _contradicted(warehouse)
    told_of = {group.name: group.measure for group in counted if group.measure is not None}
    values: dict[str, list[np.ndarray]] = {
        measure: [columns[column] for column in MEASURED[measure]] for measure in set(told_of.values())
    }
    return people(columns["person"].tolist(), groups, key, values=values, measures=told_of)


def key_of(earlier: Sequence[DisclosureRecord]) -> str:
    """The home's key for pseudonyms: drawn once, and kept with what each report told."""
    return next((before.people["key"] for before in earlier if before.people), None) or new_key()


def read_everybody(warehouse: Path) -> tuple[Columns, Levels]:
    """A row for everybody of the release, where what is unknown is empty, or no number; and the levels of the
    standardised incidence."""
    try:
        with duckdb.connect(warehouse, read_only=True) as connection:
            everybody = connection.execute(EVERYBODY).fetchnumpy()
            levels = connection.execute(LEVELS).fetchall()
    except (duckdb.BinderException, duckdb.CatalogException):
        raise _contradicted(
            warehouse, remedy="An older version of metachron made this release: run `metachron run`."
        ) from None
    columns = {
        name: np.ma.filled(column.astype(float), np.nan)
        if column.dtype.kind in "fi"
        else np.ma.getdata(column)
        for name, column in everybody.items()
    }
    return columns, {(grouping, level): Level(*bounds) for grouping, level, *bounds in levels}


def _contradicted(warehouse: Path, *, remedy: str | None = None) -> IntegrityDamaged:
    return IntegrityDamaged(
        "POL-05",
        "The published release does not hold the people whom its report counts",
        file=warehouse,
        unchanged="Nothing left the home, and nothing was recorded as disclosed.",
        remedy=remedy,
    )
