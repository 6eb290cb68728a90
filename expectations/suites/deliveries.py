"""Expectations about what arrived: nothing lost on the way in, nothing twice, nothing mixed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from expectations.expectation import (
    Expectation,
    Question,
    both,
    native,
    no_result,
    no_row,
    rows,
    some_rows,
    unique,
    value_at_most,
    where,
)

CURRENT = "build.staging.stg_ledger__loads"
# Reasons of rows that are nobody's record: they say nothing against a delivery.
NO_RECORDS = ("repeated_header", "total_row")


def expectations(raw_tables: Sequence[str]) -> tuple[Expectation, ...]:
    """Every expectation about what arrived; raw_tables are those of raw.duckdb with rows of deliveries."""
    return (*COUNTED, recount(raw_tables), *EXPECTATIONS)


def recount(raw_tables: Sequence[str]) -> Expectation:
    """The rows of every delivery, of whatever kind, counted again in all tables that hold any."""
    landed = (
        " union all ".join(f'select load_id from landed.raw."{table}"' for table in raw_tables)
        or "select '' as load_id where false"
    )
    return no_result(
        "select 1 from {batch} left join (select load_id, count(*) as n"
        f" from ({landed}) as rows_there group by load_id) as counted"
        " using (load_id) where coalesce(n, 0) is distinct from rows_landed",
        counted=rows("there <> coalesce(rows_landed, -1)"),
        counted_from="(select rows_landed, (select count(*)"
        f" from ({landed}) as rows_there where rows_there.load_id = loads.load_id) as there"
        " from {batch} as loads) as recounted",
        table="raw.loads",
        says="Each delivery still holds as many rows as were landed of it",
        because="rows are counted again in the tables themselves; the ledger could not notice a later loss",
        means="Rows were removed or doubled after landing; load the deliveries anew.",
        severity="critical",
    )


def all_alike(which: dict[str, Any]) -> Question:
    """The deliveries in use that meet a condition are all real or all synthetic."""
    return Question(
        "ExpectColumnUniqueValueCountToBeBetween",
        {
            "column": "is_synthetic",
            "max_value": 1,
            "row_condition": both(where("is_current", "==", True), which),
        },
    )


COUNTED: tuple[Expectation, ...] = (
    some_rows(
        table="raw.loads",
        says="At least one delivery has been loaded",
        because="an audit of nothing would pass without having looked at anything",
        means="There is nothing to study.",
        severity="critical",
    ),
    no_row(
        "rows_read is distinct from rows_landed + rows_rejected",
        counted=f"count(*) - {rows('rows_landed = rows_read - rows_rejected')}",
        table="raw.loads",
        says="Every row read was landed or rejected",
        because="a row that is neither was lost without anyone being told",
        means="Patients may be missing from every count.",
        severity="critical",
        observed="select sum(rows_read) as rows_read, sum(rows_landed) as landed,"
        " sum(rows_rejected) as rejected from {batch}",
    ),
)

EXPECTATIONS: tuple[Expectation, ...] = (
    no_result(
        "select 1 from {batch} left join (select load_id, count(distinct source_line) as n,"
        " bool_or(coalesce(trim(reason_code), '') = '') as is_unexplained"
        " from landed.raw.rejects group by load_id) as counted using (load_id)"
        " where coalesce(n, 0) is distinct from rows_rejected or is_unexplained",
        counted=rows("kept <> coalesce(rows_rejected, -1) or with_reason < entries"),
        counted_from="(select rows_rejected, (select count(distinct source_line)"
        " from landed.raw.rejects as kept where kept.load_id = loads.load_id) as kept,"
        " (select count(*) from landed.raw.rejects as kept where kept.load_id = loads.load_id) as entries,"
        " (select count(nullif(trim(reason_code), ''))"
        " from landed.raw.rejects as kept where kept.load_id = loads.load_id) as with_reason"
        " from {batch} as loads) as recounted",
        table="raw.loads",
        says="Each rejected row is kept with its line and its reason",
        because="whoever sent the data can only correct what we can name",
        means="Some rejections cannot be explained.",
        severity="critical",
    ),
    unique(
        "load_id",
        table="raw.loads",
        says="No delivery was landed twice",
        because="a delivery is known by its content, whatever its name; twice would double its patients",
        means="Every count may be doubled.",
        severity="critical",
    ),
    no_row(
        "load_id in (select load_id from landed.raw.rejects inner join landed.raw.loads using (load_id)"
        f" where coalesce(reason_code, '') not in {NO_RECORDS} group by load_id, rows_read"
        " having count(distinct source_line) > 0.01 * rows_read)",
        counted=rows("100 * refused > rows_read"),
        counted_from="(select rows_read, (select count(distinct source_line) from landed.raw.rejects as kept"
        " where kept.load_id = loads.load_id and (kept.reason_code is null"
        f" or kept.reason_code <> all ({list(NO_RECORDS)}))) as refused"
        " from {batch} as loads) as recounted",
        table="raw.loads",
        says="No delivery had more than one row in a hundred rejected",
        because="single bad rows happen; one in a hundred, totals apart, is a broken export",
        means="The rows that remain may not be a fair sample of the registry.",
        severity="critical",
        observed="select sum(rows_rejected) as rejected, sum(rows_read) as rows_read from {batch}",
    ),
    value_at_most(
        "rows_rejected",
        0,
        table="raw.loads",
        says="No row was rejected",
        because="a registry export is machine-written; any rejected row deserves a look",
        means="The rejected rows are not in the study; reasons are listed below, lines are in raw.rejects.",
        severity="warning",
        observed="select sum(rows_rejected) as rejected, sum(rows_read) as rows_read from {batch}",
    ),
    no_row(
        "events like '%\"unread_values:%'",
        counted=rows("position('\"unread_values:' in events) > 0"),
        table="raw.loads",
        says="No delivery has values that its dictionary or the vocabulary does not know",
        because="in a column that analyses read it refuses the delivery; in others it landed as it is",
        means="Do not use these columns before the values are understood; the load named them.",
        severity="warning",
    ),
    no_result(
        f"select 1 from {{batch}} as loads full join {CURRENT} as seen using (load_id)"
        " where loads.sha256 is distinct from seen.sha256",
        counted="count(distinct load_id)",
        counted_from="((select load_id, sha256 from {batch} except select load_id, sha256"
        f" from {CURRENT}) union all (select load_id, sha256 from {CURRENT} except select load_id, sha256"
        " from {batch})) as one_sided",
        table="raw.loads",
        says="The build was made from exactly the deliveries that are loaded now",
        because="a build made before the last delivery, or from another file, is not what would be published",
        means="The build is out of date; run `metachron build` again.",
        severity="critical",
    ),
    no_result(
        "select 1 from {batch} where is_current and source = 'seer' and role = 'tumors'"
        " having count(distinct coalesce(database_name, '')) > 1",
        counted="cast(coalesce(min(named) < max(named), false) as integer)",
        counted_from="(select coalesce(database_name, '') as named from {batch}"
        " where is_current and source = 'seer' and role = 'tumors') as databases",
        table="staging.stg_ledger__loads",
        says="All registry files in use come from one database of one submission",
        because="SEER 13, 17 and 18 contain SEER 9, and patient numbers change between submissions",
        means="The same patients would be counted under different numbers.",
        severity="critical",
    ),
    native(
        *(all_alike(where("source", "==", source)) for source in ("seer", "institution")),
        counted="count(distinct real.source)",
        counted_from="{batch} as real inner join {batch} as invented on real.source = invented.source"
        " and not real.is_synthetic and invented.is_synthetic and real.is_current and invented.is_current"
        " and real.source in ('seer', 'institution')",
        table="staging.stg_ledger__loads",
        says="No source mixes real and synthetic deliveries",
        because="an invented patient among real ones cannot be told apart later",
        means="No number of this source means anything.",
        severity="critical",
    ),
    native(
        all_alike(where("source", "IN", ["seer", "institution"])),
        counted="cast(coalesce(bool_or(is_synthetic) and not bool_and(is_synthetic), false) as integer)",
        counted_from="(select is_synthetic from {batch} where is_current"
        " and source in ('seer', 'institution')) as deliveries",
        table="staging.stg_ledger__loads",
        says="Registry and hospital are both real or both synthetic",
        because="the report shows them side by side",
        means="The report carries the banner for synthetic data although one source is real.",
        severity="warning",
    ),
    no_result(
        "select 1 from (select * from {batch}) as tumors inner join landed.raw.loads as loads"
        " on tumors.load_id = loads.load_id"
        " where loads.is_synthetic is distinct from coalesce(contains(lower(data_note), 'synthetic'), false)",
        counted="coalesce(sum(if(is_synthetic, n - n_saying_so, n_saying_so)), 0)",
        counted_from="(select load_id, count(*) as n,"
        " count(case when position('synthetic' in lower(data_note)) > 0 then 1 end) as n_saying_so"
        " from {batch} group by load_id) as notes inner join landed.raw.loads using (load_id)",
        table="raw.seer_listing",
        says="Every row of a synthetic delivery says so, and no row of a real one does",
        because="what is synthetic is a property of the content, not of a name or a setting",
        means="A synthetic row could pass for a patient.",
        severity="critical",
    ),
    no_result(
        "select 1 from (select rows_landed, lag(rows_landed) over (partition by source, role, kind"
        " order by load_sequence) as before, is_current from {batch}) as deliveries"
        " where is_current and rows_landed < 0.8 * before",
        counted=rows("5 * rows_landed < 4 * before"),
        counted_from="(select now.rows_landed, (select arg_max(earlier.rows_landed, earlier.load_sequence)"
        " from {batch} as earlier where earlier.source = now.source and earlier.role = now.role"
        " and earlier.kind = now.kind and earlier.load_sequence < now.load_sequence) as before"
        " from {batch} as now where now.is_current) as deliveries",
        table="staging.stg_ledger__loads",
        says="No delivery is a fifth smaller than the one before it",
        because="registries grow from submission to submission; a shrinking one is usually a narrower export",
        means="Compare the selection of the two exports before reading any trend.",
        severity="warning",
    ),
)
