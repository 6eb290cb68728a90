"""A smaller or narrower delivery does not replace what analysts read until a person has said so.

A registry submits all its years again, and each submission has what the one before had. A file that has much
less is more often half a download, or another query, than news.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.errors import AuditRefused
from flows.home import Home
from flows.landing.delivery_order import decided_by_a_person
from flows.publishing.releases import current_release
from flows.terminal.escaping import escape

# Corrections take a few rows in a thousand; a tenth is more than any that were published.
SMALLEST_SHARE_OF_ROWS = 0.9
# Of people with a second primary there are few, so that chance takes more of them; a fifth it does not.
SMALLEST_SHARE_OF_SECONDS = 0.8
# A year or a registry that was there is never rightly gone: rows of it would have to be withdrawn.
DELIVERIES = """
    select source, role, list(sha256 order by sha256), list(load_id), sum(rows_landed),
        string_agg(file_name, ', ' order by load_sequence)
    from staging.stg_ledger__loads where is_current and role <> 'vocabulary' group by source, role
"""
HAS_TUMORS = """
    select 1 from duckdb_columns() where schema_name = 'staging' and table_name = 'stg_seer__tumors'
        and column_name = 'diagnosis_year'
"""
EXTENT = """
    select min(diagnosis_year), max(diagnosis_year), list(distinct registry_code),
        (select count(*) from (
            select patient_id from staging.stg_seer__tumors group by patient_id having count(*) > 1))
    from staging.stg_seer__tumors
"""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much the current delivery of one source and role holds."""

    contents: tuple[str, ...]
    load_ids: tuple[str, ...]
    rows: int
    files: str
    tumors: dict[str, Any] = field(default_factory=dict)


def refuse_unaccepted(home: Home, release: Path) -> None:
    """Raise AuditRefused PUB-20 where a delivery of the build has less than the published one it replaces.

    release  the folder that the build will be; the one that is published already replaces nothing
    """
    if home.warehouse.resolve().parent == release.resolve() or (published := current_release(home)) is None:
        return
    # Somebody may have the release open for writing, which must not stop the next one: a copy is read.
    copy = home.work / "published.duckdb"
    try:
        shutil.copyfile(published.warehouse, copy)
        before, now = extents(copy), extents(home.build)
    finally:
        copy.unlink(missing_ok=True)
    decided = decided_by_a_person(home)
    for key in before.keys() & now.keys():
        old, new = before[key], now[key]
        if old.contents == new.contents or decided & set(new.load_ids):
            continue
        if less := list(shortcomings(old, new)):
            raise AuditRefused(
                "PUB-20",
                f"{escape(new.files)} would replace {escape(old.files)} and has less: {'; '.join(less)}",
                unchanged="The last good release stays published.",
                remedy=f"If it is right, run `metachron accept {new.load_ids[0]}`; to go back, "
                f"`metachron use {old.load_ids[0]}`. Then run `metachron run` again.",
            )


def shortcomings(old: Extent, new: Extent) -> Iterator[str]:
    """What the new delivery has not, beyond the limits."""
    if new.rows < SMALLEST_SHARE_OF_ROWS * old.rows:
        yield f"{new.rows:,} rows instead of {old.rows:,}"
    if not old.tumors or not new.tumors:
        return
    then, today = old.tumors, new.tumors
    if gone := sorted(then["registries"] - today["registries"]):
        yield f"no tumour of registry {', '.join(gone)}"
    if then["first_year"] is not None and (
        today["first_year"] is None
        or today["first_year"] > then["first_year"]
        or today["last_year"] < then["last_year"]
    ):
        yield f"years {years(today)} instead of {years(then)}"
    if today["seconds"] < SMALLEST_SHARE_OF_SECONDS * then["seconds"]:
        yield f"{today['seconds']:,} people with a second primary instead of {then['seconds']:,}"


def years(tumors: dict[str, Any]) -> str:
    return f"{tumors['first_year']}-{tumors['last_year']}"


def extents(database: Path) -> dict[tuple[str, str], Extent]:
    """The current deliveries of a build or a release, by source and role."""
    import duckdb

    with duckdb.connect(str(database), read_only=True) as connection:
        found = {
            (source, role): Extent(tuple(contents), tuple(ids), int(rows), files)
            for source, role, contents, ids, rows, files in connection.execute(DELIVERIES).fetchall()
        }
        key = ("seer", "tumors")
        if key in found and connection.execute(HAS_TUMORS).fetchall():
            first, last, registries, seconds = connection.execute(EXTENT).fetchall()[0]
            tumors = {
                "first_year": first,
                "last_year": last,
                "registries": {code for code in registries or [] if code is not None},
                "seconds": seconds,
            }
            found[key] = Extent(
                found[key].contents, found[key].load_ids, found[key].rows, found[key].files, tumors
            )
    return found
