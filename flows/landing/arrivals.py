"""What arrives in one load, each content once: whatever its name, its packing and the folder it lies in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from flows.home import Home
from flows.landing.deliveries import KIND
from flows.landing.forms.delivery import Received, RecognisedDelivery
from flows.landing.text.encodings import is_encoding
from flows.terminal.progress import Progress

LoadIds = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The deliveries of one load.

    received  those that have a file whose content no file before it has, with these files alone
    ids       file -> its loads, of an equal file the first one's; several for the tables of an export
    """

    received: Sequence[Received]
    ids: Mapping[Path, LoadIds]


def receive_each_once(
    deliveries: Sequence[RecognisedDelivery],
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    tell: Progress,
) -> Arrivals:
    """Take in every file; where one is another one again, with the same explanation, the first counts.

    A set that loses a file to this is received again without it: a set is known by all that it holds.
    """
    arrived: list[Received] = []
    ids: dict[Path, LoadIds] = {}
    first_with: dict[object, Path] = {}
    for delivery in deliveries:
        tell(None, f"receiving {delivery.files[0].name}")
        received = receive(delivery, connection, home)
        same_as: dict[Path, Path] = {}
        for path, marks in marks_of(received).items():
            same_as[path] = next((first_with[mark] for mark in marks if mark in first_with), path)
            first_with |= {mark: path for mark in marks if mark not in first_with}
        own = tuple(path for path in delivery.files if same_as[path] == path)
        if own and own != delivery.files:
            received = receive(replace(delivery, files=own), connection, home)
        if own:
            arrived.append(received)
            ids |= loads_by_file(received)
        ids |= {path: ids[first] for path, first in same_as.items() if first != path}
    return Arrivals(arrived, ids)


def receive(delivery: RecognisedDelivery, connection: duckdb.DuckDBPyConnection, home: Home) -> Received:
    """Take a delivery in; where its encoding was named when it was loaded, it is the same delivery now."""
    reader = KIND[delivery.reader].reader
    received = reader.receive(delivery, home)
    if delivery.encoding is not None:
        return received
    rows = connection.execute(
        "select encoding, load_id from raw.loads where sha256 = ?", [received.contents[0].sha256]
    ).fetchall()
    if received.load_ids[0] in {load_id for _, load_id in rows}:
        return received
    for encoding in sorted({encoding for encoding, _ in rows if is_encoding(encoding or "")}):
        as_before = reader.receive(replace(delivery, encoding=encoding), home)
        if (encoding, as_before.load_ids[0]) in rows:
            return as_before
    return received


def marks_of(received: Received) -> dict[Path, tuple[object, ...]]:
    """File -> what no other file has: its content with what explains it, and its loads."""
    reader = received.recognised.reader
    beside = frozenset((name, each.sha256) for name, each in received.companions.items())
    contents = received.contents
    return {
        path: ((reader, content.sha256, beside), (reader, load_ids))
        for (path, load_ids), content in zip(loads_by_file(received).items(), contents, strict=False)
    }


def loads_by_file(received: Received) -> dict[Path, LoadIds]:
    """File -> its loads, in the order of the files."""
    files = received.recognised.files
    if KIND[received.recognised.reader].tables_of_a_file:
        return {files[0]: received.load_ids}
    return {path: (load_id,) for path, load_id in zip(files, received.load_ids, strict=True)}
