"""What the ledger says of loads: which began, which ended, which were forgotten since."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flows.integrity.ledger import Entry

# Said before files are put into the vault: for a load that has not begun yet, or a new note for one that has.
KEPT = "kept"


@dataclass(slots=True)
class LoadHistory:
    """The loads that should be there now.

    started, finished  load id to what was said of the load then
    kept               load id to the hashes of every file that the vault keeps for it
    forgetting         what a forgetting that was begun and not ended said; None mostly
    """

    started: dict[str, dict[str, Any]] = field(default_factory=dict)
    finished: dict[str, dict[str, Any]] = field(default_factory=dict)
    kept: dict[str, set[str]] = field(default_factory=dict)
    forgetting: dict[str, Any] | None = None

    def known_files(self) -> set[str]:
        """The names in the vault of all that was kept for these loads."""
        return set().union(*self.kept.values())


def load_history(entries: Iterable[Entry]) -> LoadHistory:
    """Follow the ledger from its first line to its last."""
    history = LoadHistory()
    for entry in entries:
        facts = entry.facts
        if entry.event in ("load_started", "load_finished"):
            loads = {fact["load_id"]: fact for fact in facts["loads"]}
            (history.started if entry.event == "load_started" else history.finished).update(loads)
            history.kept.update({load_id: set(hashes) for load_id, hashes in facts.get("kept", {}).items()})
        elif entry.event == KEPT:
            history.kept.update({load_id: set(hashes) for load_id, hashes in facts["kept"].items()})
        elif entry.event == "forget_started":
            history.forgetting = facts
        elif entry.event == "forget_finished":
            for load_id in facts["load_ids"]:
                for each in (history.started, history.finished, history.kept):
                    each.pop(load_id, None)
            history.forgetting = None
    return history
