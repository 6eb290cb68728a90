"""Which delivery is meant by a name, and what is in the home because of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flows.errors import UsageError
from flows.home import Home
from flows.integrity import ledger
from flows.landing.forms.delivery import literal
from flows.landing.load_history import load_history
from flows.landing.raw_seal import is_born
from flows.process.memory_database import memory_database
from flows.publishing.releases import current_release

TOLD = ("load_id", "kind", "sha256", "delivered_sha256", "rows_read", "rows_landed", "rows_rejected")


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be forgotten.

    loads  load_id, kind, sha256, delivered_sha256 and counts of each file
    vault  names in the vault that no other load needs
    study  the published study, if what analysts read now was made from it
    names  how the files were called, for the person who is asked; never kept
    """

    loads: tuple[dict[str, Any], ...]
    vault: tuple[str, ...]
    study: str | None
    names: tuple[str, ...] = ()

    @property
    def load_ids(self) -> list[str]:
        return [load["load_id"] for load in self.loads]

    @property
    def contents(self) -> set[str]:
        return {load["sha256"] for load in self.loads}


def find_target(home: Home, delivery: str) -> Target:
    """The delivery that a file name means, or an id or SHA-256, or how these begin.

    A forgetting that was begun is completed first, whatever name is given.
    Raises UsageError when no delivery is meant, or more than one.
    """
    history = load_history(ledger.read(home))
    if history.forgetting is not None:
        return Target(
            tuple(history.forgetting["loads"]),
            tuple(history.forgetting["vault"]),
            history.forgetting["study"],
        )
    loads = loads_of(home)
    chosen = loads_named(loads, delivery)
    mine = {load["load_id"] for load in chosen}
    needed = {load["load_id"]: vault_files_of(load, history.kept) for load in loads}
    vault = set().union(*(needed[each] for each in mine)) - set().union(
        *(needed[each] for each in needed.keys() - mine)
    )
    release = current_release(home)
    published = {given["sha256"] for given in release.inputs} if release else set()
    study = release.study if release and published & {load["sha256"] for load in chosen} else None
    facts = tuple({name: load[name] for name in TOLD} for load in chosen)
    return Target(facts, tuple(sorted(vault)), study, tuple(load["file_name"] for load in chosen))


def loads_named(loads: Sequence[dict[str, Any]], delivery: str) -> tuple[dict[str, Any], ...]:
    """The loads of the one delivery that a file name means, or an id or SHA-256, or how these begin."""
    keys = ("load_id", "delivery_id", "sha256", "delivered_sha256")
    matching = {
        load["delivery_id"]
        for load in loads
        if delivery == load["file_name"]
        or (len(delivery) >= 4 and any(load[key].startswith(delivery) for key in keys))
    }
    if len(matching) != 1:
        chosen = [load for load in loads if not matching or load["delivery_id"] in matching]
        known = ", ".join(f"{load['load_id']} ({load['file_name']})" for load in chosen) or "none"
        raise UsageError(
            "FGT-01",
            "More than one delivery has this name" if matching else "No delivery has this name",
            value=delivery,
            unchanged="Nothing was changed.",
            remedy=f"Give the id of one of these: {known}.",
        )
    return tuple(load for load in loads if load["delivery_id"] in matching)


def ask(target: Target) -> None:
    """Let a person type the word; raises UsageError when it is not typed, or nobody is there to type it."""
    n_rows = sum(load["rows_read"] for load in target.loads)
    names = f"{', '.join(target.names) or 'the delivery whose removal was interrupted'} ({n_rows:,} rows)"
    if sys.stdin.isatty():
        sys.stderr.write(f"This permanently removes {names} and everything made from it.\n")
        sys.stderr.write("Type forget to continue: ")
        if sys.stdin.readline().strip() == "forget":
            return
    raise UsageError(
        "FGT-02",
        f"Removing {names} was not confirmed",
        unchanged="Nothing was removed.",
    )


def loads_of(home: Home) -> list[dict[str, Any]]:
    """raw.loads as dictionaries; none where nothing was ever loaded."""
    if not is_born(home):
        return []
    with memory_database(home) as connection:
        connection.execute(f"attach {literal(str(home.raw))} as landed (read_only)")
        rows = connection.execute("select * from landed.raw.loads order by load_sequence")
        names = [column[0] for column in rows.description]
        return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


def vault_files_of(load: dict[str, Any], kept: dict[str, set[str]]) -> set[str]:
    """What the vault keeps for a load: as the ledger says, and as older ledgers did not say yet."""
    own = {load["delivered_sha256"], load["dictionary_sha256"]} - {None}
    return own | kept.get(load["load_id"], set())
