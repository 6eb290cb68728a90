"""Bytes flipped one by one: `verify` must refuse, and name the file."""

from __future__ import annotations

import os
import random
import tempfile
from pathlib import Path

from flows.disclosure.public_report import disclose
from flows.errors import IntegrityDamaged
from flows.maintenance.verify import verify
from flows.publishing import publish
from tests.faults import actions
from tests.faults.scene import make_published
from tests.faults.storage import flip

FLIPS = int(os.environ.get("METACHRON_SOAK_FLIPS", "60"))
SEED = 20_261_123


def soak() -> str:
    publish.code_version = lambda: actions.TESTED
    os.umask(0o077)
    chance = random.Random(SEED)
    found: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        home = make_published(Path(folder) / "home")
        disclose(home)
        guarded = {
            "vault": [*home.vault.iterdir()],
            "release": [publish.current_release(home).warehouse],  # type: ignore[union-attr]
            "manifest": [*home.releases.glob("*/manifest.json")],
            "audit": [*home.releases.glob("*/audit.json")],
            "last audit": [*home.audit.iterdir()],
            "report": [*home.reports.glob("*/r*/results.json")],
            "raw": [home.raw],
            "ledger": [home.ledger],
            "outward": [file for file in home.released.rglob("*") if file.is_file()],
        }
        for what, files in guarded.items():
            found[what] = 0
            for _ in range(FLIPS):
                file = chance.choice(files)
                place = chance.randrange(file.stat().st_size)
                flip(file, place)
                try:
                    verify(home)
                except IntegrityDamaged as damage:
                    assert damage.file in (file.name, file.parent.name, "ledger.jsonl"), (
                        file,
                        place,
                        damage.file,
                    )
                else:
                    raise AssertionError(f"byte {place} of {file.name} was flipped and nobody noticed")
                flip(file, place)
                found[what] += 1
        verify(home)
    told = ", ".join(f"{what} {count}" for what, count in found.items())
    return f"{sum(found.values())} bytes flipped, {sum(found.values())} found and named ({told})"
