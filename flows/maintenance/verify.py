"""Is everything still what it was? Ledger, vault, releases, and rows against what was counted."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from flows.copies import unread_copies
from flows.errors import IntegrityDamaged, PolicyRefused, WarehouseBusy
from flows.home import CONTENTS, Home, Kind, OnVerify
from flows.integrity import ledger
from flows.integrity.durable import has_sha256
from flows.integrity.ledger_events import ORDERED, VERIFIED
from flows.landing.delivery_order import USE, last_mention
from flows.landing.forms.delivery import literal
from flows.landing.load_history import load_history
from flows.landing.raw_seal import EVENT as RAW_CLOSED
from flows.landing.raw_seal import in_doubt, is_born, refuse_altered
from flows.landing.vault import vault_damaged
from flows.process.boundary import is_exhausted, is_locked
from flows.process.memory_database import memory_database
from flows.publishing.evidence import (
    check_audit,
    check_certificates,
    check_copies,
    check_heads,
    check_released,
    check_releases,
    check_reports,
    half_released,
)
from flows.publishing.publish_history import publish_history
from flows.publishing.releases import linked_release
from flows.terminal.wording import counted

UNCHANGED = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """How much was recomputed and found unaltered; `notes` tells of loads or steps that were interrupted."""

    n_ledger_entries: int
    n_loads: int
    n_rows: int
    n_vault_files: int
    n_releases: int
    n_reports: int = 0
    n_released: int = 0
    notes: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        return asdict(self)

    def line(self) -> str:
        """One line for the terminal, and one for each note."""
        if not (self.n_ledger_entries or self.n_vault_files or self.n_releases):
            return "verify: nothing has been loaded into this home yet, so there is nothing to verify"
        counts = (
            f"verify: {counted(self.n_ledger_entries, 'ledger entry', 'ledger entries')}, "
            f"{counted(self.n_loads, 'load')} with {counted(self.n_rows, 'row')}, "
            f"{counted(self.n_vault_files, 'vault file')}, {counted(self.n_releases, 'release')}, "
            f"{counted(self.n_reports, 'report')} and {counted(self.n_released, 'public report')}, "
            "all unaltered"
        )
        return "\n".join([counts, *(f"note: {note}" for note in self.notes)])


def verify(home: Home, *, kept_outside: ledger.Head | None = None) -> VerifyReport:
    """Recompute every hash and count under a home; with a seal kept outside, hold the ledger to it too.

    Raises IntegrityDamaged naming the file: INT-01 ledger altered, INT-02 ledger cut short, INT-03 vault file
    missing, INT-04 vault file altered, INT-05 raw rows or raw.loads not what was counted, INT-06 a release
    altered, INT-07 raw.duckdb unreadable, INT-08 raw.duckdb altered, INT-11 a report that left was altered
    here or is not known, INT-12 the ledger does not hold a seal that was kept outside, INT-13 it is gone,
    INT-14 the link is gone or leads elsewhere, INT-15 a release that the ledger does not know, INT-16 one
    that is gone, INT-17 an audit or INT-18 a report altered, INT-22 lines about copies gone, INT-23
    a certificate altered, INT-24 a file in the vault that belongs to no delivery. Raises PolicyRefused
    PERM-03 for a file that others may read.
    """
    refuse_readable_by_others(home)
    entries = ledger.read(home)
    if kept_outside is not None:
        ledger.hold_to(home, entries, kept_outside)
    seen = Findings(home, entries)
    for way in OnVerify:
        for entry in CONTENTS:
            if way in entry.on_verify:
                CHECKS[way, entry.name](seen)
    seen.notes += [
        f"the public report {name} was interrupted: run `metachron disclose` again"
        for name in half_released(home, entries)
    ]
    if ledger.is_cut(home, entries):
        seen.notes.append(
            "the ledger's last line was being written when everything stopped: that event is not recorded"
        )
    return VerifyReport(
        len(entries), len(seen.loads), seen.n_rows, seen.n_vault_files, seen.n_releases, seen.n_reports,
        seen.n_released, tuple(seen.notes),
    )  # fmt: skip


@dataclass(slots=True)
class Findings:
    """What the checks so far found: raw.loads as dictionaries, counts, and notes for the person who asks."""

    home: Home
    entries: list[ledger.Entry]
    loads: list[dict[str, Any]] = field(default_factory=list)
    n_rows: int = 0
    n_vault_files: int = 0
    n_releases: int = 0
    n_reports: int = 0
    n_released: int = 0
    notes: list[str] = field(default_factory=list)


def check_raw_rows(seen: Findings) -> None:
    seen.loads, seen.n_rows = verified_loads(seen.home)
    seen.notes += verified_against_ledger(seen.home, seen.entries, seen.loads)


def check_vault(seen: Findings) -> None:
    seen.n_vault_files = verified_vault(seen.home, seen.entries, seen.loads)


def check_raw_bytes(seen: Findings) -> None:
    refuse_altered(seen.home)


def check_link(seen: Findings) -> None:
    linked_release(seen.home, publish_history(seen.entries))


def check_all_releases(seen: Findings) -> None:
    seen.n_releases = len(check_releases(seen.home, seen.entries, seen.notes))


def check_all_copies(seen: Findings) -> None:
    if n_unread := unread_copies(seen.home.copies):
        seen.notes.append(f"{n_unread} lines of copies.jsonl cannot be read: what they recorded is lost")
    check_copies(seen.home, seen.entries)


def check_all_reports(seen: Findings) -> None:
    seen.n_reports = check_reports(seen.home, seen.entries, seen.notes)


def check_all_released(seen: Findings) -> None:
    seen.n_released = check_released(seen.home, seen.entries)


# flows.home says of each entry how it is verified; a test holds these to it.
CHECKS: dict[tuple[OnVerify, str], Callable[[Findings], Any]] = {
    # Whatever else is damaged, a ledger that lost its end has a remedy of its own.
    (OnVerify.CHAIN, "ledger.jsonl"): lambda seen: check_heads(seen.home, seen.entries),
    (OnVerify.COUNT, "raw.duckdb"): check_raw_rows,
    (OnVerify.HASH, "vault"): check_vault,
    (OnVerify.HASH, "raw.duckdb"): check_raw_bytes,
    (OnVerify.HASH, "releases"): check_all_releases,
    (OnVerify.HASH, "audit"): lambda seen: check_audit(seen.home, seen.entries, seen.notes),
    (OnVerify.HASH, "reports"): check_all_reports,
    (OnVerify.HASH, "released"): check_all_released,
    (OnVerify.HASH, "copies.jsonl"): check_all_copies,
    (OnVerify.HASH, "certificates"): lambda seen: check_certificates(seen.home, seen.entries),
    (OnVerify.EXISTS, "warehouse.duckdb"): check_link,
}


def remember_verified(home: Home) -> None:
    """Tell the ledger that everything was recomputed and found unaltered now; call as the single writer.

    Anybody can write a file that says so. A ledger of the first release, and one whose end was cut, stay
    as they are: whoever only looks changes nothing.
    """
    entries = ledger.read(home)
    if ledger.began_at(entries) is not None and not ledger.is_cut(home, entries):
        ledger.append(home, VERIFIED)


def verified_loads(home: Home) -> tuple[list[dict[str, Any]], int]:
    """raw.loads as dictionaries, after counting the rows and rejects of each; and the number of rows."""
    if not is_born(home):
        return [], 0
    try:
        with memory_database(home) as connection:
            connection.execute(f"attach {literal(str(home.raw))} as landed (read_only)")
            connection.execute("use landed")
            rows = connection.execute("select * from raw.loads order by load_sequence")
            names = [column[0] for column in rows.description]
            loads = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
            actual = rows_counted(connection, loads)
    except duckdb.Error as error:
        if is_locked(error):
            raise WarehouseBusy(
                "LOCK-02", "Another process has raw.duckdb open", file=home.raw,
                unchanged=UNCHANGED,
            ) from None  # fmt: skip
        if is_exhausted(error):
            raise
        raise unreadable(home) from None
    for load in loads:
        landed, rejected = actual.pop(load["load_id"], (0, 0))
        if (landed, rejected, landed + rejected) != (
            load["rows_landed"], load["rows_rejected"], load["rows_read"],
        ):  # fmt: skip
            raise IntegrityDamaged(
                "INT-05",
                f"{load['file_name']} was read with {load['rows_read']:,} rows; the database has "
                f"{landed:,} landed and {rejected:,} rejected",
                file=home.raw,
                unchanged=UNCHANGED,
            )
    if actual:
        raise IntegrityDamaged(
            "INT-05",
            f"raw.duckdb has rows of {len(actual)} loads that raw.loads does not know",
            file=home.raw,
            unchanged=UNCHANGED,
        )
    return loads, sum(load["rows_landed"] for load in loads)


def rows_counted(
    connection: duckdb.DuckDBPyConnection, loads: list[dict[str, Any]]
) -> dict[str, tuple[int, int]]:
    """Load id -> rows landed and rejected, over every table that has a load_id."""
    tables = connection.execute(
        "select distinct table_name from duckdb_columns() where database_name = 'landed' "
        "and schema_name = 'raw' and column_name = 'load_id' and table_name not in ('loads', 'rejects')"
    ).fetchall()
    # One question, not one a table.
    asked = [f"select load_id, count(*), 0 from raw.{table} group by all" for (table,) in tables]
    asked.append("select load_id, 0, count(*) from raw.rejects group by all")
    counts: dict[str, tuple[int, int]] = {}
    for load_id, landed, rejected in connection.execute(" union all ".join(asked)).fetchall():
        before = counts.get(load_id, (0, 0))
        counts[load_id] = (before[0] + landed, before[1] + rejected)
    return counts


def unreadable(home: Home) -> IntegrityDamaged:
    return IntegrityDamaged(
        "INT-07",
        "raw.duckdb cannot be read",
        file=home.raw,
        unchanged=UNCHANGED,
    )


def verified_against_ledger(
    home: Home, entries: list[ledger.Entry], loads: list[dict[str, Any]]
) -> list[str]:
    """Every load is in the ledger with its counts, and every load that the ledger finished is still there."""
    history = load_history(entries)
    finished = dict(history.finished)
    present = {load["load_id"]: load for load in loads}
    notes = []
    if history.forgetting is not None:
        notes.append("the removal of a delivery was interrupted: run `metachron forget` for it again")
        finished = {each: finished[each] for each in finished.keys() - set(history.forgetting["load_ids"])}
    if unknown := present.keys() - history.started.keys():
        raise damaged_loads(home, f"{len(unknown)} loads in raw.loads are not in the ledger")
    if lost := finished.keys() - present.keys():
        raise damaged_loads(home, f"{len(lost)} loads of the ledger are gone from raw.loads")
    for load_id, fact in finished.items():
        load = present[load_id]
        for name in ("sha256", "delivered_sha256", "rows_read", "rows_landed", "rows_rejected"):
            if load[name] != fact[name]:
                raise damaged_loads(home, f"{name} of {load['file_name']} is not what the ledger says")
    notes += check_order(home, entries, loads)
    unfinished = sorted(present[load_id]["file_name"] for load_id in present.keys() - history.finished.keys())
    notes += [f"{name}: the load was interrupted after its rows were safe" for name in unfinished]
    if in_doubt(home):
        notes.append("raw.duckdb was not closed: its rows were compared with those of the vault's files")
    return notes


def check_order(home: Home, entries: list[ledger.Entry], loads: list[dict[str, Any]]) -> list[str]:
    """Deliveries count in the order that the ledger tells; a note where a person's choice was interrupted.

    Raises IntegrityDamaged INT-05 for another order.
    """
    last = last_mention(entries)
    known = [load["load_id"] for load in loads if load["load_id"] in last]
    if known == sorted(known, key=lambda load_id: last[load_id]):
        return []
    chosen = max((entry.sequence for entry in entries if entry.event in (USE, ORDERED)), default=0)
    closed = max((entry.sequence for entry in entries if entry.event == RAW_CLOSED), default=0)
    if chosen <= closed:
        raise damaged_loads(home, "Deliveries count in another order than the ledger says")
    return ["`metachron use` was interrupted: `metachron run` completes it"]


def damaged_loads(home: Home, what: str) -> IntegrityDamaged:
    return IntegrityDamaged(
        "INT-05", what, file=home.raw, unchanged=UNCHANGED,
    )  # fmt: skip


def verified_vault(home: Home, entries: list[ledger.Entry], loads: list[dict[str, Any]]) -> int:
    """Every file in the vault has the hash that is its name, and all that was kept for a load is there."""
    kept = sorted(home.vault.iterdir())
    for path in kept:
        if not has_sha256(path, path.name):
            raise vault_damaged("INT-04", "This file in the vault was altered", path)
    names = {path.name for path in kept}
    recorded = load_history(entries).kept
    if unknown := unknown_in_vault(home, entries):
        raise IntegrityDamaged(
            "INT-24", "This file in the vault belongs to no delivery that the ledger knows", file=unknown[0],
            unchanged=UNCHANGED,
        )  # fmt: skip
    for load in loads:
        own = {load["delivered_sha256"], load["dictionary_sha256"]} - {None}
        for sha256 in sorted(own | recorded.get(load["load_id"], set())):
            if sha256 not in names:
                raise vault_damaged(
                    "INT-03", f"The bytes of {load['file_name']} are gone from the vault", home.vault / sha256
                )
    return len(kept)


def unknown_in_vault(home: Home, entries: list[ledger.Entry]) -> list[Path]:
    """Files of the vault that were kept for no load: a right hash for a name says nothing of who laid it."""
    known = load_history(entries).known_files()
    return sorted(path for path in home.vault.iterdir() if path.name not in known)


def refuse_readable_by_others(home: Home) -> None:
    """Modes that somebody loosened by hand; a group of analysts may be let into a release.

    The home is the wall around folders that people fill themselves, or that a repair fills. Where a group may
    pass it, each of these is its own.
    """
    modes = home.modes()
    lets_a_group_pass = bool(modes.root & 0o070)
    for entry in CONTENTS:
        forbidden, rights = (0o027, "-R g-w,o=") if entry.name == "releases" else (0o077, "-R go=")
        for path in entry.paths(home.root) if entry.is_shut else ():
            for each in (path, *path.rglob("*")):
                refuse_mode(each, forbidden, path, rights)
    refuse_mode(home.root, 0o077 & ~modes.root, home.root, "g=x,o=" if lets_a_group_pass else "go=")
    for entry in CONTENTS:
        if lets_a_group_pass and not entry.is_shut and entry.kind is not Kind.LINK:
            for path in entry.paths(home.root):
                refuse_mode(path, 0o077, path, "go=")


def refuse_mode(path: Path, forbidden: int, shut: Path, rights: str) -> None:
    if path.exists() and path.stat().st_mode & forbidden:
        raise PolicyRefused(
            "PERM-03", "Others on this machine may read or write this", file=path, unchanged=UNCHANGED,
            remedy=f"Take their rights away: chmod {rights} {shlex.quote(str(shut))}",
        )  # fmt: skip
