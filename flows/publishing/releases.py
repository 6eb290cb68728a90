"""The releases under a home: what each holds, and which one analysts read. Answers from manifests alone."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.errors import IntegrityDamaged
from flows.home import Home

RELEASE_ID = re.compile(r"r[0-9a-f]{12}")
WAREHOUSE, MANIFEST, AUDIT = "warehouse.duckdb", "manifest.json", "audit.json"


@dataclass(frozen=True, slots=True)
class Release:
    """One audited warehouse that never changes again.

    sequence   1, 2, 3.. in the order of publication; the clock orders nothing
    study      the study's name
    inputs     the deliveries it was made from: file_name (and path, the same), kind, sha256, bytes,
               rows_read, rows_landed, rows_rejected, is_synthetic
    tables     'schema.table' to the order-free hash of its rows
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
    tables: dict[str, str]
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
    """The release that `warehouse.duckdb` points to; None if nothing is published.

    Raises IntegrityDamaged when the link points to something that is not a release.
    """
    if not home.warehouse.is_symlink():
        return None
    folder = home.warehouse.readlink().parent
    if not RELEASE_ID.fullmatch(folder.name):
        raise damaged("The published link does not point to a release", home.warehouse)
    return read_release(home.releases / folder.name)


def read_release(folder: Path) -> Release:
    """A release from its manifest; raises IntegrityDamaged when that cannot be read."""
    file = folder / MANIFEST
    try:
        content = file.read_bytes()
        manifest = json.loads(content)
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
            tables=manifest["tables"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        raise damaged(f"The manifest of release {folder.name} is missing or cannot be read", file) from None


def damaged(what: str, file: Path) -> IntegrityDamaged:
    return IntegrityDamaged(
        "PUB-08",
        what,
        file=file,
        unchanged="Nothing was changed.",
        remedy="Run `metachron verify` to see what else is damaged, then `metachron run` to publish again.",
    )
