"""What we are made of: every package with version, licence and the hashes that the lock pins.

`python -m flows.maintenance.supply_chain` writes the inventory (CycloneDX 1.5, JSON) to standard output.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from flows.locks import LOCKS

LOCK_NAMES = ("requirements.lock", "requirements-test.lock", "requirements-installer.lock")
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Package:
    """One pinned package; `licence` is what its own metadata says, None where it is not installed here."""

    name: str
    version: str
    lock: str
    hashes: tuple[str, ...]
    licence: str | None

    def component(self) -> dict[str, Any]:
        """As CycloneDX has it."""
        return {
            "type": "library",
            "name": self.name,
            "version": self.version,
            "purl": f"pkg:pypi/{self.name.lower()}@{self.version}",
            "hashes": [{"alg": "SHA-256", "content": each} for each in self.hashes],
            "licenses": [{"license": {"name": self.licence}}] if self.licence else [],
            "properties": [{"name": "lock", "value": self.lock}],
        }


def packages(folder: Path = LOCKS) -> list[Package]:
    """Everything that the locks pin, in the order of their names."""
    pinned = [package for lock in LOCK_NAMES for package in pinned_in(folder / lock)]
    return sorted(pinned, key=lambda package: (package.name.lower(), package.lock))


def pinned_in(lock: Path) -> Iterator[Package]:
    """The packages of one lock file, each with all the hashes below its name."""
    text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if named := PINNED.match(line.strip()):
            yield Package(named[1], named[2], lock.name, tuple(HASH.findall(line)), licence_of(named[1]))


def licence_of(name: str) -> str | None:
    """The licence that an installed package declares: its expression, its classifier, or its first line."""
    try:
        description: Any = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    if expression := description.get("License-Expression"):
        return expression
    classified = [each for each in description.get_all("Classifier") or () if each.startswith("License ::")]
    if classified:
        return classified[-1].rpartition(" :: ")[2]
    return next(iter((description.get("License") or "").strip().splitlines()), None) or None


def inventory(folder: Path = LOCKS) -> dict[str, Any]:
    """The bill of materials; the same locks and the same installation give the same document."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "components": [package.component() for package in packages(folder)],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(inventory(), indent=1) + "\n")
