"""From an audited build to what analysts read: one immutable folder, then one swing of one link.

The order is what makes it safe against a kill or a power cut at any point: the bytes are flushed, then the
folder that names them, then the link, then the folder that names the link. A reader finds the old release or
the new one, complete. Whoever calls is the single writer (flows.integrity.lock).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows.building.digest import digest
from flows.building.provenance import Provenance
from flows.errors import AuditRefused, UsageError, WarehouseBusy
from flows.home import Home
from flows.integrity import ledger
from flows.integrity.durable import copy_new, fsync_folder, remove, sha256_of, write_new
from flows.process.boundary import is_locked
from flows.publishing.audit_file import AuditFile, read_audit
from flows.publishing.code_version import code_version
from flows.publishing.proof import identity, prove, refuse_no_file
from flows.publishing.publish_history import PRUNED, PUBLISH, PUBLISH_STARTED, publish_history
from flows.publishing.releases import (
    AUDIT,
    MANIFEST,
    WAREHOUSE,
    Release,
    current_release,
    damaged,
    hold_to_ledger,
    read_release,
    releases,
)
from flows.publishing.replacement import refuse_unaccepted
from flows.terminal.progress import Progress, silent

__all__ = ["Release", "current_release", "digest", "publish", "releases"]

# Readers who opened an older release may still look at it; more than this many they do not need.
KEPT = 3

# When a delivery was loaded, and which others were loaded before it, is history and not content.
HISTORY = "staging.stg_ledger__loads"

READ_ONLY = 0o440
DRAFT, DISCARDED = ".draft-", ".discarded-"


def publish(home: Home, *, progress: Progress | None = None) -> Release:
    """Publish the audited build; the release that analysts read afterwards.

    The release's id comes from its deliveries, its study and the SQL that made its tables, so publishing the
    same twice changes nothing. The last three releases are kept, and the published one always.
    Raises UsageError without a build, AuditRefused (exit 4) when the audit does not allow it or when the same
    inputs gave other tables than before, WarehouseBusy when someone writes into the build, IntegrityDamaged
    when ledger, link or a manifest is not what it was.
    """
    tell = progress or silent
    if not os.path.lexists(home.build):
        raise UsageError("PUB-01", "There is no build to publish", file=home.build)
    refuse_no_file(home)
    before = current_release(home)
    history = publish_history(ledger.read(home))
    for kept in releases(home):
        hold_to_ledger(kept, history)
    sweep(home)
    tell(0.1, "checking the audit")
    refuse_open(home.build)
    audit = read_audit(home)
    provenance = proven(home)
    content = content_of(home.build, provenance)

    folder = home.releases / identity(provenance, (given["sha256"] for given in content["inputs"]))
    refuse_unaccepted(home, folder)
    if folder.exists():
        tell(0.4, "comparing with the release of the same inputs")
        release = same_as_before(read_release(folder), content["tables"])
    else:
        tell(0.4, "copying")
        release = settle(home, folder, audit, content)

    is_new = before is None or before.id != release.id
    if is_new:
        tell(0.9, "swinging the link")
        say_begun(home, release)
        swing(home, release)
    record(home, release)
    prune(home, published=release)
    return replace(release, is_new=is_new)


def refuse_open(build: Path) -> None:
    """A write-ahead log holds rows that are not in the file yet: someone writes, or was killed writing."""
    log = build.with_name(build.name + ".wal")
    if os.path.lexists(log):
        raise AuditRefused(
            "PUB-06",
            "The build is not closed: a write-ahead log lies beside it",
            file=log,
            unchanged="The last good release stays published.",
        )


def proven(home: Home) -> Provenance:
    """The build's provenance, once all of it agrees.

    `metachron audit` compared every row, and the ledger knows which bytes it read: those that lie there.
    """
    import duckdb

    try:
        return prove(home, with_content=False)
    except duckdb.IOException as failure:
        if not is_locked(failure):
            raise
        raise WarehouseBusy(
            "PUB-07",
            "Another process holds the build file",
            file=home.build,
            unchanged="The last good release stays published.",
        ) from None


def content_of(build: Path, provenance: Provenance) -> dict[str, Any]:
    """What a release's manifest says of the build: deliveries, study, table digests."""
    import duckdb

    with duckdb.connect(str(build), read_only=True) as connection:
        rows = connection.execute(
            "select file_name, file_name as path, kind, sha256, bytes,"
            " rows_read, rows_landed, rows_rejected, is_synthetic"
            " from staging.stg_ledger__loads where is_current order by load_sequence"
        )
        names = [column[0] for column in rows.description]
        inputs = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
        name, title = connection.execute("select name, title from study.study").fetchall()[0]
    return {"inputs": inputs, "study": {"name": name, "title": title}, "tables": provenance.contents}


def same_as_before(release: Release, tables: dict[str, str]) -> Release:
    """The release of the same inputs, study and models, once rows and bytes are found to be the same."""
    if sha256_of(release.warehouse) != release.warehouse_sha256:
        raise damaged(f"Release {release.id} is not what its manifest says", release.warehouse)
    # Read anew: the digests in its manifest may be those of an earlier DuckDB.
    kept = digest(release.warehouse)
    changed = sorted(
        table
        for table in tables.keys() | kept.keys()
        if table != HISTORY and tables.get(table) != kept.get(table)
    )
    if changed:
        raise AuditRefused(
            "PUB-09",
            f"Release {release.id}, of the same inputs, study and models, differs in {', '.join(changed)}",
            unchanged="The last good release stays published.",
        )
    return release


def settle(home: Home, folder: Path, audit: AuditFile, content: dict[str, Any]) -> Release:
    """Write a release beside its final name, flush every byte, then give it the name."""
    draft = home.releases / (DRAFT + folder.name)
    draft.mkdir(mode=0o700)
    copied = copy_new(home.build, draft / WAREHOUSE, mode=READ_ONLY)
    if copied != audit.build_sha256:
        raise AuditRefused(
            "PUB-10",
            "The build changed while it was being published",
            file=home.build,
            unchanged="The last good release stays published.",
        )
    manifest = {
        "release_id": folder.name,
        "sequence": 1 + max((release.sequence for release in releases(home)), default=0),
        "warehouse_sha256": copied,
        "build_sha256": audit.build_sha256,
        "audit_sha256": audit.sha256,
        "audit_verdict": audit.verdict,
        **content,
        "code_version": code_version(),
        "ledger_head": ledger.head(home).seal,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    write_new(draft / AUDIT, audit.content, mode=READ_ONLY)
    written = json.dumps(manifest, indent=1, sort_keys=True).encode()
    write_new(draft / MANIFEST, written, mode=READ_ONLY)
    draft.chmod(home.modes().release)
    fsync_folder(draft)
    # Before it has its name: a release that the ledger does not know is none of ours.
    ledger.append(
        home,
        PUBLISH_STARTED,
        release_id=folder.name,
        study=content["study"]["name"],
        warehouse_sha256=copied,
        audit_sha256=audit.sha256,
        manifest_sha256=hashlib.sha256(written).hexdigest(),
        inputs=sorted(given["sha256"] for given in content["inputs"]),
    )
    draft.rename(folder)
    fsync_folder(home.releases)
    return read_release(folder)


def swing(home: Home, release: Release) -> None:
    """Point `warehouse.duckdb` at a release; readers see the old one or the new one."""
    fresh = home.root / (DRAFT + home.warehouse.name)
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(release.warehouse.relative_to(home.root))
    fresh.replace(home.warehouse)
    fsync_folder(home.root)


def record(home: Home, release: Release) -> None:
    """Say it in the ledger, unless its last word on publishing says so already.

    Asked every time, because a kill between the swing and this line would leave the ledger a release behind.
    A release that was removed and is made again has its id, and a manifest of another hour.
    """
    published = publish_history(ledger.read(home)).current
    if published is None or published["manifest_sha256"] != release.manifest_sha256:
        ledger.append(home, PUBLISH, **facts_of(release))


def say_begun(home: Home, release: Release) -> None:
    """Say in the ledger that the link is about to be swung, unless its last word says so already."""
    begun = publish_history(ledger.read(home)).begun
    if begun is None or begun["manifest_sha256"] != release.manifest_sha256:
        ledger.append(home, PUBLISH_STARTED, **facts_of(release))


def facts_of(release: Release) -> dict[str, Any]:
    """What the ledger says of a release."""
    return {
        "release_id": release.id,
        "study": release.study,
        "warehouse_sha256": release.warehouse_sha256,
        "audit_sha256": release.audit_sha256,
        "manifest_sha256": release.manifest_sha256,
        "inputs": sorted(given["sha256"] for given in release.inputs),
    }


def prune(home: Home, *, published: Release) -> None:
    """Remove all but the newest releases and the published one; renamed first, for a half release is none."""
    old = [release for release in releases(home)[:-KEPT] if release.id != published.id]
    if publish_history(ledger.read(home)).wanted & {release.id for release in old}:
        ledger.append(home, PRUNED, releases=[release.id for release in old])
    for release in old:
        discarded = home.releases / (DISCARDED + release.id)
        release.warehouse.parent.rename(discarded)
        shutil.rmtree(discarded)


def sweep(home: Home) -> None:
    """Clear what a killed publish left behind."""
    for left in home.releases.glob(".*"):
        if left.name.startswith((DRAFT, DISCARDED)):
            remove(left)
    (home.root / (DRAFT + home.warehouse.name)).unlink(missing_ok=True)
