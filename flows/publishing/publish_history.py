"""What the ledger says of releases: which are known, which analysts read, which were taken away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flows.integrity.ledger import BEGIN, Entry

# The words of the ledger on releases. One that begins a step stands before the step's first trace.
PUBLISH, PUBLISH_STARTED, PRUNED, SET_ASIDE = "publish", "publish_started", "pruned", "set_aside"


@dataclass(slots=True)
class PublishHistory:
    """The releases that may be there, those that must, and the one that analysts read.

    known      release id to what was said last of it: sequence of hashes of its files
    wanted     ids that were published, and not taken away since; an older ledger did not say what was
    current    what was said of the release published last; None if there is none
    putting_aside  what a putting aside that was begun and not ended said; None mostly
    begun      what a publishing that was begun and not ended said of its release; None mostly
    may_be_unlinked  a step that takes releases away was begun and not ended
    """

    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    wanted: set[str] = field(default_factory=set)
    current: dict[str, Any] | None = None
    begun: dict[str, Any] | None = None
    putting_aside: dict[str, Any] | None = None
    may_be_unlinked: bool = False

    def without(self, ids: Iterable[str]) -> None:
        self.wanted -= set(ids)
        if self.current is not None and self.current["release_id"] in ids:
            self.current = None
        if self.begun is not None and self.begun["release_id"] in ids:
            self.begun = None


def publish_history(entries: Iterable[Entry]) -> PublishHistory:
    """Follow the ledger from its first line to its last."""
    history = PublishHistory()
    for entry in entries:
        facts = entry.facts
        if entry.event == BEGIN:
            history.wanted &= {history.current["release_id"]} if history.current else set()
        elif entry.event == PUBLISH_STARTED:
            history.known[facts["release_id"]] = history.begun = facts
        elif entry.event == PUBLISH:
            history.known[facts["release_id"]] = history.current = facts
            history.wanted.add(facts["release_id"])
            history.begun = None
        elif entry.event == PRUNED:
            history.wanted -= set(facts["releases"])
        elif entry.event in ("forget_started", f"{SET_ASIDE}_started"):
            history.wanted -= set(facts["releases"])
            history.may_be_unlinked = True
            if entry.event != "forget_started":
                history.putting_aside = facts
        elif entry.event in ("forget_finished", SET_ASIDE):
            history.without(facts["releases"])
            if facts.get("link"):
                history.current = history.begun = None
            if entry.event == SET_ASIDE:
                history.putting_aside = None
            history.may_be_unlinked = False
    return history
