"""What arrives in one load, each content once: whatever its name, its packing and the folder it lies in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flows.home import Home
from flows.landing.deliveries import KIND
from flows.landing.forms.delivery import Received, RecognisedDelivery
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


def receive_each_once(deliveries: Sequence[RecognisedDelivery], home: Home, tell: Progress) -> Arrivals:
    """Take in every file; where one is another one again, with the same explanation, the first counts.

    A set that loses a file to this is received again without it: a set is known by all that it holds.
    """
    arrived: list[Received] = []
    ids: dict[Path, LoadIds] = {}
    first_with: dict[object, Path] = {}
    for delivery in deliveries:
        tell(None, f"receiving {delivery.files[0].name}")
        reader = KIND[delivery.reader].reader
        received = reader.receive(delivery, home)
        same_as: dict[Path, Path] = {}
        for path, marks in marks_of(received).items():
            same_as[path] = next((first_with[mark] for mark in marks if mark in first_with), path)
            first_with |= {mark: path for mark in marks if mark not in first_with}
        own = tuple(path for path in delivery.files if same_as[path] == path)
        if own and own != delivery.files:
            received = reader.receive(replace(delivery, files=own), home)
        if own:
            arrived.append(received)
            ids |= loads_by_file(received)
        ids |= {path: ids[first] for path, first in same_as.items() if first != path}
    return Arrivals(arrived, ids)


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
