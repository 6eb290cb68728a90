"""When expectations concern a delivery: each told by the build, and again by the landed file."""

from __future__ import annotations

from expectations.expectation import Occasion


def delivered(source: str, otherwise: str) -> Occasion:
    """Something of this source arrived. The newest delivery of a source is in use, so both files know."""
    return Occasion(
        staged="select count(*) > 0 from build.staging.stg_ledger__loads"
        f" where is_current and source = '{source}'",
        landed=f"select count_if(source = '{source}') >= 1 from landed.raw.loads",
        otherwise=otherwise,
    )


DELIVERED = delivered("seer", "no registry listing was delivered")
HOSPITAL = delivered("institution", "no table of a hospital was delivered")
REFERENCE = delivered("reference", "no population file was delivered")

# The files of the registry's newest delivery, as they landed.
NEWEST = (
    "(select * from landed.raw.loads where source = 'seer' and role = 'tumors'"
    " qualify delivery_id = last_value(delivery_id) over (order by load_sequence"
    " rows between unbounded preceding and unbounded following)) as newest"
)

BOTH_ARE_LARGE = Occasion(
    staged="select (select coalesce(sum(n_tumors), 0) from years_released) >= 1000"
    " and (select count(diagnosis_year) from build.staging.stg_seer__tumors) >= 1000",
    landed="select coalesce((select sum(n_tumors) >= 1000 from years_released), false)"
    f" and (select coalesce(sum(rows_landed), 0) from {NEWEST})"
    " - (select count(*) from build.staging.stg_seer__tumors where diagnosis_year is null) >= 1000",
    otherwise="there is no release of this study, or it or this delivery has fewer than 1,000 tumours",
)

# Where so many tumours of a year are delivered on average, a year without any is no chance.
OF_A_YEAR = 50
MANY_A_YEAR = Occasion(
    staged=f"select (select count(*) from build.staging.stg_seer__tumors) >= {OF_A_YEAR}"
    " * (last_year - first_year + 1) from build.study.study",
    landed=f"select (select coalesce(sum(rows_landed), 0) from {NEWEST}) / {OF_A_YEAR}"
    " - last_year + first_year >= 1 from build.study.study",
    otherwise=f"fewer than {OF_A_YEAR} tumours were delivered for each year of the study",
)

OF_THE_PAPER = Occasion(
    staged="select (select count(*) from build.study.study where name = 'mm_sall') = 1"
    " and (select count(*) from build.staging.stg_ledger__loads where is_current and source = 'seer'"
    " and submission_year = 2020 and registries = 9"
    " and (not is_synthetic or rows_landed between 110000 and 140000)) = 1",
    landed="select 'mm_sall' in (select name from build.study.study) and"
    " (select count_if(submission_year = 2020 and registries = 9 and not (is_synthetic"
    f" and (rows_landed < 110000 or rows_landed > 140000))) from {NEWEST}) = 1",
    otherwise="this is not the paper's study of the registries and the submission that it used",
)
