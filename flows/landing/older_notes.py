"""Notes for deliveries that the first release landed, which kept none: from raw.loads and the vault."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from flows.errors import MetachronError
from flows.home import Home
from flows.landing import inbox
from flows.landing.deliveries import KIND
from flows.landing.delivery_note import Note, keep, note_of
from flows.landing.forms.delivery import literal
from flows.landing.land import clear_work
from flows.process.memory_database import memory_database

COLUMNS = ("load_id", "delivery_id", "load_sequence", "file_name", "delivered_sha256", "dictionary_sha256")


def noted_now(home: Home, load_ids: Collection[str], kept: Mapping[str, set[str]]) -> list[Note]:
    """Notes of these loads, put into the vault; fewer where raw.loads or a file is lost.

    kept  load id to the names in the vault of all that is kept for it, as the ledger says
    A note counts only if the files, laid out by it, get the load ids that they had.
    """
    notes: list[Note] = []
    wanted = [load for load in loads_in(home) if load["load_id"] in load_ids]
    for delivery_id, together in groupby(wanted, key=lambda load: load["delivery_id"]):
        loads = list(together)
        folder = home.work / f"arrived-{delivery_id}"
        try:
            lay_out(home, loads, kept, folder)
            notes += recognised(home, loads, folder)
        except (MetachronError, OSError):
            continue  # whoever asked sees that a note is missing
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            clear_work(home)
    return notes


def loads_in(home: Home) -> list[dict[str, Any]]:
    """The rows of raw.loads, by delivery; none where the file cannot be read."""
    if not home.raw.exists():
        return []
    try:
        with memory_database(home) as connection:
            connection.execute(f"attach {literal(str(home.raw))} as landed (read_only)")
            rows = connection.execute(
                f"select {', '.join(COLUMNS)} from landed.raw.loads order by delivery_id, load_sequence"
            ).fetchall()
    except duckdb.Error:
        return []
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def lay_out(home: Home, loads: Sequence[dict[str, Any]], kept: Mapping[str, set[str]], folder: Path) -> None:
    """The files of one delivery under their names, and what explains them under names that will do."""
    folder.mkdir(mode=0o700)
    data = {load["delivered_sha256"]: Path(load["file_name"]).name for load in loads}
    names = dict(data)
    for load in loads:
        explaining = kept.get(load["load_id"], set()) | ({load["dictionary_sha256"]} - {None})
        stem = Path(load["file_name"]).name.removesuffix(".gz").rsplit(".", 1)[0]
        for number, sha256 in enumerate(sorted(explaining - data.keys())):
            is_dictionary = sha256 == load["dictionary_sha256"]
            names.setdefault(sha256, f"{stem}.dic" if is_dictionary else f"{stem}_{number}_session.txt")
    for sha256, name in names.items():
        (folder / name).hardlink_to(home.vault / sha256)


def recognised(home: Home, loads: Sequence[dict[str, Any]], folder: Path) -> list[Note]:
    wanted = {load["load_id"]: load["load_sequence"] for load in loads}
    notes = []
    # No folder is our own in the eyes of a home that is elsewhere.
    for at, delivery in enumerate(inbox.find([folder], Home(folder / "home"))):
        received = KIND[delivery.reader].reader.receive(delivery, home)
        if set(received.load_ids) & wanted.keys():
            note = note_of(received, min(wanted.values()), at)
            notes.append(replace(note, name=keep(note, home)))
    return notes
