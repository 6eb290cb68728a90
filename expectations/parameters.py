"""What the study and its cohort say, for expectations of Great Expectations that are limits of this study."""

from __future__ import annotations

PARAMETERS = {
    "years_released": "select {{'values': list(year order by year),"
    " 'weights': list(n_tumors / (select sum(n_tumors) from years_released) order by year)}}"
    " from years_released having count(*) > 0",
    "patients": "select count(*) from build.marts.index_patients",
    "second_primaries": "select count(*) from build.marts.second_primaries",
    "min_age_years": "select min_age_years from build.study.study",
    "min_latency_months": "select min_latency_months from build.study.study",
    "registries_of_study": "select count(*) from build.study.study_registries where source = 'seer'",
    # Those of the study that the database names, or that lie between the first tumour and the last.
    "years_delivered": "select list(year order by year) from range(1900, 2200) as years (year), (select"
    " greatest(min(study.first_year), coalesce(min(loads.first_year), min(found.first_year))) as first_year,"
    " least(max(study.last_year), coalesce(max(loads.last_year), max(found.last_year))) as last_year"
    " from build.study.study as study, build.staging.stg_ledger__loads as loads,"
    " (select min(diagnosis_year) as first_year, max(diagnosis_year) as last_year"
    " from build.staging.stg_seer__tumors) as found"
    " where loads.is_current and loads.source = 'seer' and loads.role = 'tumors') as told"
    " where year between first_year and last_year",
    "years_of_study": "select list(year order by year) from build.study.study,"
    " range(1975, 2100) as years (year) where year between first_year and last_year",
}
"""SQL giving one value for each name that an expectation's arguments call by {"$PARAMETER": name}."""
