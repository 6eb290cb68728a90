"""The releases under a home: what each holds, and which one analysts read.

Answered from link and manifests, both held to the ledger; no warehouse is opened or hashed.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from flows.errors import IntegrityDamaged
from flows.home import Home
from flows.integrity import ledger
from flows.integrity.document_shape import ReleaseId, Sha256, fits, parsed
from flows.publishing.publish_history import PublishHistory, publish_history

RELEASE_ID = re.compile(r"r[0-9a-f]{12}")
WAREHOUSE, MANIFEST, AUDIT = "warehouse.duckdb", "manifest.json", "audit.json"


class Input(TypedDict):
    """A delivery, as a manifest lists it."""

    file_name: str
    sha256: Sha256
    rows_read: int
    rows_landed: int
    rows_rejected: int
    is_synthetic: bool


class NamedRelease(TypedDict):
    name: str


class Manifest(TypedDict):
    """What is read of a manifest, which holds more."""

    release_id: ReleaseId
    sequence: int
    study: NamedRelease
    warehouse_sha256: Sha256
    build_sha256: Sha256
    audit_sha256: Sha256
    audit_verdict: str
    code_version: str
    created_at: str
    inputs: list[Input]


@dataclass(frozen=True, slots=True)
class Release:
    """One audited warehouse that never changes again.

    sequence   1, 2, 3.. in the order of publication; the clock orders nothing
    study      the study's name
    inputs     the deliveries it was made from: file_name (and path, the same), kind, sha256, bytes,
               rows_read, rows_landed, rows_rejected, is_synthetic
    is_new     False when publishing found it published already
    """

    id: str
    sequence: int
    study: str
    warehouse: Path
    warehouse_sha256: str
    build_sha256: str
    audit_sha256: str
    manifest_sha256: str
    audit_verdict: str
    code_version: str
    created_at: str
    inputs: tuple[dict[str, Any], ...]
    is_new: bool = True

    @property
    def is_synthetic(self) -> bool:
        return any(given["is_synthetic"] for given in self.inputs)

    def facts(self) -> dict[str, Any]:
        return {
            "release_id": self.id,
            "sequence": self.sequence,
            "study": self.study,
            "warehouse": str(self.warehouse),
            "warehouse_sha256": self.warehouse_sha256,
            "audit_verdict": self.audit_verdict,
            "code_version": self.code_version,
            "created_at": self.created_at,
            "is_new": self.is_new,
        }

    def line(self) -> str:
        if not self.is_new:
            return f"publish: release {self.id} is already published; nothing changed"
        warned = ", with warnings" if self.audit_verdict == "warn" else ""
        return f"publish: release {self.id} ({self.study}) is what analysts read now{warned}"


def releases(home: Home) -> list[Release]:
    """Every complete release that is kept, oldest first."""
    if not home.releases.exists():
        return []
    folders = [folder for folder in home.releases.iterdir() if RELEASE_ID.fullmatch(folder.name)]
    return sorted((read_release(folder) for folder in folders), key=lambda release: release.sequence)


def current_release(home: Home) -> Release | None:
    """The release that analysts read: where `warehouse.duckdb` leads, as the ledger says; None if none is.

    Raises IntegrityDamaged: INT-14 a link that is gone or leads elsewhere, INT-06 another manifest than the
    one published, PUB-08 an unreadable one, and what reading the ledger raises.
    """
    return linked_release(home, None if is_guest(home) else publish_history(ledger.read(home)))


def is_guest(home: Home) -> bool:
    """Whether this user may read releases and not the ledger, to which nothing can be held then."""
    return home.ledger.exists() and not os.access(home.ledger, os.R_OK)


def linked_release(home: Home, history: PublishHistory | None) -> Release | None:
    """current_release(), for who has followed the ledger already; told is None for a guest."""
    link = home.warehouse
    if not link.is_symlink():
        if link.exists():
            raise link_damaged("A file lies where the link to the published release should be", link)
        if history is not None and history.current is not None and not history.may_be_unlinked:
            raise link_damaged("The link to the published release is gone", link)
        return None
    target = link.readlink()
    id = target.parent.name
    if target != Path("releases") / id / WAREHOUSE or not RELEASE_ID.fullmatch(id):
        raise link_damaged("The published link does not lead to a release", link)
    # A kill between the swing and the ledger's last word leaves the link at the one that was begun.
    if history is not None and id not in {
        facts["release_id"] for facts in (history.current, history.begun) if facts is not None
    }:
        raise link_damaged(f"The link leads to {id}, which is not the release that was published last", link)
    if not (home.root / target).exists():
        raise link_damaged(f"The link leads to {id}, and its warehouse is gone", link)
    release = read_release(home.releases / id)
    refuse_added(release)
    if history is not None:
        hold_to_ledger(release, history)
    return release


def refuse_added(release: Release) -> None:
    """Raise IntegrityDamaged INT-06 where more lies in a release: DuckDB would read a log beside it first."""
    folder = release.warehouse.parent
    if added := {path.name for path in folder.iterdir()} - {WAREHOUSE, AUDIT, MANIFEST}:
        raise release_damaged(
            "INT-06", f"{min(added)} lies in release {release.id} and is no part of it", folder / min(added)
        )


def hold_to_ledger(release: Release, history: PublishHistory) -> None:
    """Raise IntegrityDamaged unless the ledger knows this release by this manifest."""
    folder = release.warehouse.parent
    if link := next((path for path in (folder, *folder.iterdir()) if path.is_symlink()), None):
        raise release_damaged("INT-15", f"{link.name} is a link, and no release is kept behind one", link)
    if release.id not in history.known:
        raise release_damaged("INT-15", f"The ledger does not know the release {release.id}", folder)
    if history.known[release.id]["manifest_sha256"] != release.manifest_sha256:
        raise release_damaged(
            "INT-06", f"The manifest of release {release.id} was altered", folder / MANIFEST
        )


def read_release(folder: Path) -> Release:
    """A release from its manifest; raises IntegrityDamaged when that cannot be read."""
    file = folder / MANIFEST
    try:
        content = file.read_bytes()
        manifest = parsed(content)
        if not fits(manifest, Manifest):
            raise ValueError
        if manifest["release_id"] != folder.name:
            raise damaged(f"The manifest of release {folder.name} is of another release", file)
        return Release(
            id=manifest["release_id"],
            sequence=manifest["sequence"],
            study=manifest["study"]["name"],
            warehouse=folder / WAREHOUSE,
            warehouse_sha256=manifest["warehouse_sha256"],
            build_sha256=manifest["build_sha256"],
            audit_sha256=manifest["audit_sha256"],
            manifest_sha256=hashlib.sha256(content).hexdigest(),
            audit_verdict=manifest["audit_verdict"],
            code_version=manifest["code_version"],
            created_at=manifest["created_at"],
            inputs=tuple(manifest["inputs"]),
        )
    except (OSError, ValueError):
        raise damaged(f"The manifest of release {folder.name} is missing or cannot be read", file) from None


def damaged(what: str, file: Path) -> IntegrityDamaged:
    return IntegrityDamaged(
        "PUB-08",
        what,
        file=file,
        unchanged="Nothing was changed.",
    )


def release_damaged(code: str, what: str, file: Path) -> IntegrityDamaged:
    return IntegrityDamaged(code, what, file=file, unchanged="Nothing was changed.")


def link_damaged(what: str, link: Path) -> IntegrityDamaged:
    return IntegrityDamaged("INT-14", what, file=link, unchanged="Nothing was changed.")
