"""Is everything still what it was? Ledger, vault, releases, and rows against what was counted."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from flows import ledger
from flows.boundary import is_locked
from flows.durable import sha256_of
from flows.errors import IntegrityDamaged, PolicyRefused, WarehouseBusy
from flows.home import Home
from flows.landing.load_history import load_history
from flows.landing.raw_seal import in_doubt, is_born, refuse_altered
from flows.landing.readers.delivery import literal
from flows.publishing.releases import AUDIT, MANIFEST, WAREHOUSE, releases

UNCHANGED = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """How much was recomputed and found unaltered; `notes` tells of loads or steps that were interrupted."""

    n_ledger_entries: int
    n_loads: int
    n_rows: int
    n_vault_files: int
    n_releases: int
    n_released: int = 0
    notes: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        return asdict(self)

    def line(self) -> str:
        """One line for the terminal, and one for each note."""
        counts = (
            f"verify: {self.n_ledger_entries:,} ledger entries, {self.n_loads:,} loads with {self.n_rows:,} "
            f"rows, {self.n_vault_files:,} vault files, {self.n_releases:,} releases and {self.n_released:,} "
            "outward reports are unaltered"
        )
        return "\n".join([counts, *(f"note: {note}" for note in self.notes)])


def verify(home: Home, *, kept_outside: ledger.Head | None = None) -> VerifyReport:
    """Recompute every hash and count under a home; with a seal kept outside, hold the ledger to it too.

    Raises IntegrityDamaged naming the file: INT-01 ledger altered, INT-02 ledger cut short, INT-03 vault file
    missing, INT-04 vault file altered, INT-05 raw rows or raw.loads not what was counted, INT-06 a release
    altered, INT-07 raw.duckdb unreadable, INT-08 raw.duckdb altered, INT-11 a report that left was altered
    here, INT-12 the ledger does not hold a seal that was kept outside. Raises PolicyRefused
    PERM-03 for a file that others may read.
    """
    refuse_readable_by_others(home)
    entries = ledger.read(home)
    if kept_outside is not None:
        ledger.hold_to(home, entries, kept_outside)
    loads, n_rows = verified_loads(home)
    notes = verified_against_ledger(home, entries, loads)
    n_vault_files = verified_vault(home, loads)
    refuse_altered(home)
    n_releases = verified_releases(home, entries, notes)
    n_released = verified_released(home, entries)
    return VerifyReport(len(entries), len(loads), n_rows, n_vault_files, n_releases, n_released, tuple(notes))


def verified_loads(home: Home) -> tuple[list[dict[str, Any]], int]:
    """raw.loads as dictionaries, after counting the rows and rejects of each; and the number of rows."""
    if not is_born(home):
        return [], 0
    try:
        with duckdb.connect() as connection:
            connection.execute(f"attach {literal(str(home.raw))} as landed (read_only)")
            connection.execute("use landed")
            rows = connection.execute("select * from raw.loads order by load_sequence")
            names = [column[0] for column in rows.description]
            loads = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
            actual = counted(connection, loads)
    except duckdb.IOException as error:
        if is_locked(error):
            raise WarehouseBusy(
                "LOCK-02", "Another process has raw.duckdb open", file=home.raw,
                unchanged=UNCHANGED, remedy="Wait until it has finished.",
            ) from None  # fmt: skip
        raise unreadable(home) from None
    except duckdb.Error:
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
                remedy="Move raw.duckdb away and load the files in vault/ again.",
            )
    if actual:
        raise IntegrityDamaged(
            "INT-05",
            f"raw.duckdb has rows of {len(actual)} loads that raw.loads does not know",
            file=home.raw,
            unchanged=UNCHANGED,
            remedy="Move raw.duckdb away and load the files in vault/ again.",
        )
    return loads, sum(load["rows_landed"] for load in loads)


def counted(connection: duckdb.DuckDBPyConnection, loads: list[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    """Load id -> rows landed and rejected, over every table that has a load_id."""
    tables = connection.execute(
        "select distinct table_name from duckdb_columns() where database_name = 'landed' "
        "and schema_name = 'raw' and column_name = 'load_id' and table_name not in ('loads', 'rejects')"
    ).fetchall()
    counts: dict[str, tuple[int, int]] = {}
    for (table,) in tables:
        for load_id, landed in connection.execute(
            f"select load_id, count(*) from raw.{table} group by 1"
        ).fetchall():
            counts[load_id] = (counts.get(load_id, (0, 0))[0] + landed, 0)
    for load_id, rejected in connection.execute(
        "select load_id, count(*) from raw.rejects group by 1"
    ).fetchall():
        counts[load_id] = (counts.get(load_id, (0, 0))[0], rejected)
    return counts


def unreadable(home: Home) -> IntegrityDamaged:
    return IntegrityDamaged(
        "INT-07",
        "raw.duckdb cannot be read",
        file=home.raw,
        unchanged=UNCHANGED,
        remedy="Move it away and load the files in vault/ again.",
    )


def verified_against_ledger(
    home: Home, entries: list[ledger.Entry], loads: list[dict[str, Any]]
) -> list[str]:
    """Every load is in the ledger with its counts, and every load that the ledger finished is still there."""
    told = load_history(entries)
    finished = dict(told.finished)
    present = {load["load_id"]: load for load in loads}
    notes = []
    if told.forgetting is not None:
        notes.append("a delivery is half forgotten: run `metachron forget` for it again")
        finished = {each: finished[each] for each in finished.keys() - set(told.forgetting["load_ids"])}
    if unknown := present.keys() - told.started.keys():
        raise damaged_loads(home, f"{len(unknown)} loads in raw.loads are not in the ledger")
    if lost := finished.keys() - present.keys():
        raise damaged_loads(home, f"{len(lost)} loads of the ledger are gone from raw.loads")
    for load_id, fact in finished.items():
        load = present[load_id]
        for name in ("sha256", "delivered_sha256", "rows_read", "rows_landed", "rows_rejected"):
            if load[name] != fact[name]:
                raise damaged_loads(home, f"{name} of {load['file_name']} is not what the ledger says")
    unfinished = sorted(present[load_id]["file_name"] for load_id in present.keys() - told.finished.keys())
    notes += [f"{name}: the load was interrupted after its rows were safe" for name in unfinished]
    if in_doubt(home):
        notes.append("raw.duckdb was not closed: its rows were counted; the next load seals its bytes again")
    return notes


def damaged_loads(home: Home, what: str) -> IntegrityDamaged:
    return IntegrityDamaged(
        "INT-05", what, file=home.raw, unchanged=UNCHANGED,
        remedy="Move raw.duckdb away and load the files in vault/ again.",
    )  # fmt: skip


def verified_vault(home: Home, loads: list[dict[str, Any]]) -> int:
    """Every file in the vault has the hash that is its name, and every load's bytes are there."""
    kept = sorted(path for path in home.vault.glob("*") if path.is_file())
    for path in kept:
        if sha256_of(path) != path.name:
            raise vault_damaged("INT-04", "This file in the vault was altered", path)
    names = {path.name for path in kept}
    for load in loads:
        for wanted in (load["delivered_sha256"], load["dictionary_sha256"]):
            if wanted is not None and wanted not in names:
                raise vault_damaged(
                    "INT-03", f"The bytes of {load['file_name']} are gone from the vault", home.vault / wanted
                )
    return len(kept)


def vault_damaged(code: str, what: str, path: Path) -> IntegrityDamaged:
    return IntegrityDamaged(
        code, what, file=path, unchanged=UNCHANGED,
        remedy="Put the file that was delivered back there, under this name.",
    )  # fmt: skip


def verified_releases(home: Home, entries: list[ledger.Entry], notes: list[str]) -> int:
    """Every release's files are what its manifest and the ledger say, and the ledger has the head it saw."""
    published = {entry.facts["release_id"]: entry.facts for entry in entries if entry.event == "publish"}
    seals = {entry.seal for entry in entries} | {ledger.BEFORE_THE_FIRST}
    kept = releases(home)
    for release in kept:
        folder = release.warehouse.parent
        said = published.get(release.id)
        if said is None:
            notes.append(
                f"release {release.id}: its publishing was interrupted; run `metachron publish` again"
            )
        elif said.get("manifest_sha256") not in (None, release.manifest_sha256):
            raise release_damaged(f"The manifest of release {release.id} was altered", folder / MANIFEST)
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        for name, wanted in ((WAREHOUSE, release.warehouse_sha256), (AUDIT, release.audit_sha256)):
            path = folder / name
            if not path.exists() or sha256_of(path) != wanted:
                raise release_damaged(f"{name} of release {release.id} is not what its manifest says", path)
        if list(folder.glob("*.wal")):
            raise release_damaged(f"Release {release.id} has a write-ahead log, which none may have", folder)
        if manifest.get("ledger_head", ledger.BEFORE_THE_FIRST) not in seals:
            raise IntegrityDamaged(
                "INT-02",
                f"The ledger has lost lines that release {release.id} saw",
                file=home.ledger,
                unchanged=UNCHANGED,
                remedy="Restore ledger.jsonl from a backup.",
            )
    return len(kept)


def release_damaged(what: str, path: Path) -> IntegrityDamaged:
    return IntegrityDamaged(
        "INT-06", what, file=path, unchanged=UNCHANGED,
        remedy="Remove this release's folder and run `metachron run` to publish again.",
    )  # fmt: skip


def verified_released(home: Home, entries: list[ledger.Entry]) -> int:
    """Every outward report is, file by file, what the ledger says left; of forgotten ones, what they told."""
    events = [entry.facts for entry in entries if entry.event == "release"]
    forgotten = {
        name for entry in entries if entry.event == "forget_finished" for name in entry.facts["outward"]
    }
    forgetting = load_history(entries).forgetting
    for event in events:
        folder = home.released / event["name"]
        wanted = {"told.json": event["told_sha256"]}
        if event["name"] not in forgotten and forgetting is None:
            wanted |= {"decision.json": event["decision_sha256"]}
            wanted |= {f"public/{name}": sha256 for name, sha256 in event.get("files", {}).items()}
        for name, sha256 in wanted.items():
            if not (folder / name).exists() or sha256_of(folder / name) != sha256:
                raise IntegrityDamaged(
                    "INT-11", f"{name} of the outward report {event['name']} is gone or was altered",
                    file=folder / name, unchanged=UNCHANGED, remedy="Restore it from a backup.",
                )  # fmt: skip
    return len(events)


def refuse_readable_by_others(home: Home) -> None:
    """Modes that somebody loosened by hand; a group of analysts may be let into a release."""
    for folder, forbidden in (
        (home.raw, 0o077), (home.build, 0o077), (home.ledger, 0o077),
        (home.vault, 0o077), (home.released, 0o077), (home.releases, 0o027),
    ):  # fmt: skip
        for path in (folder, *folder.rglob("*")):
            if path.exists() and path.stat().st_mode & forbidden:
                raise PolicyRefused(
                    "PERM-03", "Others on this machine may read or write this", file=path,
                    unchanged=UNCHANGED, remedy=f"Take their rights away: chmod -R go-w,o= '{home.root}'",
                )  # fmt: skip
