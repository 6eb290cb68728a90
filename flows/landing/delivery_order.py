"""Which delivery counts: the one that was loaded last, or taken up again last, by a person.

The ledger says so. raw.loads repeats its order in `load_sequence`, which is what staging reads; nothing is
removed or loaded again when an earlier delivery is taken up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from flows.home import Home
from flows.integrity import ledger
from flows.integrity.ledger import Entry
from flows.integrity.ledger_events import ORDERED
from flows.landing.load_history import load_history
from flows.landing.raw_database import open_raw, transaction
from flows.terminal.escaping import escape

USE, ACCEPT = "use", "accept"
COUNTS = ("rows_read", "rows_landed", "rows_rejected")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person decided about one delivery."""

    event: str
    load_ids: tuple[str, ...]
    file_names: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        return asdict(self)

    def line(self) -> str:
        names = ", ".join(escape(name) for name in self.file_names)
        if self.event == USE:
            return f"use: {names} counts again; `metachron run` publishes it, and the others are kept"
        return f"accept: {names} may replace what is published; `metachron run` publishes it"


def use(home: Home, loads: Sequence[dict[str, Any]]) -> Choice:
    """Make the loads of one delivery those that count; call as the single writer."""
    with open_raw(home) as connection:
        finish_interrupted(connection, home)
        choice = decided(home, USE, loads)
        # The ledger first: killed before the order is changed, the next load or use changes it.
        restore_order(connection, home)
    return choice


def accept(home: Home, loads: Sequence[dict[str, Any]]) -> Choice:
    """Let a delivery replace the published one although it is smaller; call as the single writer."""
    return decided(home, ACCEPT, loads)


def decided(home: Home, event: str, loads: Sequence[dict[str, Any]]) -> Choice:
    ids = tuple(load["load_id"] for load in loads)
    ledger.append(home, event, load_ids=list(ids))
    return Choice(event, ids, tuple(load["file_name"] for load in loads))


def decided_by_a_person(home: Home) -> set[str]:
    """The loads that a person accepted or took up."""
    return {
        load_id
        for entry in ledger.read(home)
        if entry.event in (USE, ACCEPT)
        for load_id in entry.facts["load_ids"]
    }


def restore_order(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Give raw.loads the order that the ledger tells, if it has another."""
    rows = connection.execute("select load_id from raw.loads order by load_sequence").fetchall()
    loads = [row[0] for row in rows]
    last = last_mention(ledger.read(home))
    wanted = sorted(loads, key=lambda load_id: last.get(load_id, (0, 0)))
    if wanted == loads:
        return
    with transaction(connection):
        connection.executemany(
            "update raw.loads set load_sequence = ? where load_id = ?",
            [[place, load_id] for place, load_id in enumerate(wanted, start=1)],
        )


def finish_interrupted(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Say in the ledger what a load killed right after its commit could not say any more."""
    finished = load_history(ledger.read(home)).finished
    names = ("load_id", "kind", "sha256", "delivered_sha256", *COUNTS)
    rows = connection.execute(f"select {', '.join(names)} from raw.loads order by load_sequence").fetchall()
    facts = [dict(zip(names, row, strict=True)) for row in rows if row[0] not in finished]
    if facts:
        ledger.append(home, "load_finished", loads=facts)


def last_mention(entries: Iterable[Entry]) -> dict[str, tuple[int, int]]:
    """For each load the event that made it count last, and its place in that event.

    A load that is made again while it is there, as when raw.duckdb is made anew, keeps its place.
    """
    last: dict[str, tuple[int, int]] = {}
    for entry in entries:
        if entry.event == "load_finished":
            for at, load in enumerate(entry.facts["loads"]):
                last.setdefault(load["load_id"], (entry.sequence, at))
        elif entry.event in (USE, ORDERED):
            last.update({load_id: (entry.sequence, at) for at, load_id in enumerate(entry.facts["load_ids"])})
        elif entry.event == "forget_finished":
            for load_id in entry.facts["load_ids"]:
                last.pop(load_id, None)
    return last
