"""A home as the first release of metachron left it: no `begin`, no notes, no hashes of audits and reports."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flows.home import Home
from flows.integrity import ledger
from flows.landing import delivery_note

# What its ledger told of.
EVENTS = ("load_started", "load_finished", "raw_closed", "audit", "publish", "release")
# What its events did not tell.
LATER = ("files", "study")


def as_the_first_release_left_it(home: Home) -> None:
    """Rewrite a published home into the older form, every hash and seal right."""
    notes = {note.name for note in delivery_note.notes(home)}
    for name in notes:
        (home.vault / name).unlink()
    entries = [entry for entry in ledger.read(home) if entry.event in EVENTS]
    home.ledger.unlink()
    written: list[ledger.Entry] = []
    for entry in entries:
        facts: dict[str, Any] = {key: value for key, value in entry.facts.items() if key not in LATER}
        if "kept" in facts:
            facts["kept"] = {each: sorted(set(kept) - notes) for each, kept in facts["kept"].items()}
        if entry.event == "publish":
            facts["manifest_sha256"] = with_head(home, facts["release_id"], written[-1].seal)
        written.append(ledger._append(home, written, entry.event, facts))


def with_head(home: Home, release_id: str, seal: str) -> str:
    """Let a manifest name this head of the ledger; the hash that it has then."""
    file = home.releases / release_id / "manifest.json"
    said = json.loads(file.read_text()) | {"ledger_head": seal}
    content = json.dumps(said, indent=1, sort_keys=True).encode()
    file.chmod(0o600)
    file.write_bytes(content)
    file.chmod(0o440)
    return hashlib.sha256(content).hexdigest()
