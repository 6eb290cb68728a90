"""What arrived, what was rejected, who was screened: the counts that the page shows beside expectations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from expectations.session import Session

DELIVERIES = """
select
    loads.file_name, loads.source, loads.role, loads.rows_read, loads.rows_landed, loads.rows_rejected,
    loads.database_name, loads.is_synthetic, left(loads.sha256, 12) as sha256,
    coalesce(staged.is_current, false) as is_current
from landed.raw.loads as loads
left join build.staging.stg_ledger__loads as staged using (load_id)
order by loads.load_sequence
"""
REFUSALS = """
select
    loads.file_name, rejects.reason_code, coalesce(rejects.column_name, '') as column_name,
    count(distinct rejects.source_line) as n_rows
from landed.raw.rejects as rejects
inner join landed.raw.loads as loads using (load_id)
group by all order by n_rows desc, file_name, reason_code, column_name
"""
TUMORS_BY_YEAR = """
select diagnosis_year as year, count(*) as n_tumors
from build.staging.stg_seer__tumors where diagnosis_year is not null group by diagnosis_year order by 1
"""
FLOW = "select step, rule, reason, n_in, n_removed, n_left from build.marts.cohort_flow order by step"
# Each delivery in use beside the one of the same source and role that it replaced.
CHANGES = """
with deliveries as (
    select
        loads.source, loads.role, loads.delivery_id, max(loads.load_sequence) as sequence,
        sum(loads.rows_landed)::bigint as landed, sum(loads.rows_rejected)::bigint as refused,
        string_agg(loads.file_name, ', ' order by loads.load_sequence) as files,
        bool_or(coalesce(staged.is_current, false)) as is_current
    from landed.raw.loads as loads
    left join build.staging.stg_ledger__loads as staged using (load_id)
    group by loads.source, loads.role, loads.delivery_id
)
select
    now.source, now.role, now.files, before.files as files_before,
    before.landed as landed_before, now.landed as landed_now,
    before.refused as refused_before, now.refused as refused_now
from deliveries as now
asof left join deliveries as before
    on now.source = before.source and now.role = before.role and now.sequence > before.sequence
where now.is_current
order by now.sequence
"""
COHORT = """
select count(*) as n_index, count(*) filter (where has_second_primary) as n_second
from build.marts.index_patients
"""
STUDY = "select name, title from build.study.study"


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Rows of counts, one list per table of the page; empty where the build could not tell."""

    study: dict[str, Any]
    deliveries: list[dict[str, Any]]
    refusals: list[dict[str, Any]]
    tumors_by_year: list[dict[str, Any]]
    flow: list[dict[str, Any]]
    changes: list[dict[str, Any]] = field(default_factory=list)
    cohort: dict[str, Any] = field(default_factory=dict)

    @property
    def is_synthetic(self) -> bool:
        return any(delivery["is_synthetic"] for delivery in self.deliveries)


def arrivals_of(session: Session) -> Arrivals:
    """Ask the two files; a table that is missing gives an empty list; its expectations say so."""
    study, cohort = told(session, STUDY), told(session, COHORT)
    return Arrivals(
        study=study[0] if study else {},
        deliveries=told(session, DELIVERIES),
        refusals=told(session, REFUSALS),
        tumors_by_year=told(session, TUMORS_BY_YEAR),
        flow=told(session, FLOW),
        changes=told(session, CHANGES),
        cohort=cohort[0] if cohort else {},
    )


def told(session: Session, sql: str) -> list[dict[str, Any]]:
    try:
        return session.rows(sql)
    except Exception:
        return []
