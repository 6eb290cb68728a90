"""A note beside each delivery in the vault: how its files were called and which explains which.

With it the raw tables can be made again from the vault alone. A note is a file of the vault like any other:
its name is its hash, the ledger says that it is kept for its loads, and it is forgotten with them.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from flows.home import Home
from flows.integrity.durable import fsync_folder, has_sha256, is_regular, write_new
from flows.integrity.lost import put_aside
from flows.landing.forms.delivery import Received, RecognisedDelivery
from flows.landing.vault import vault_damaged

MARK = "metachron_delivery"
LARGEST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a delivery: its place among the others, as delivered, and its name in the vault."""

    place: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Note:
    """One delivery as it was found.

    order      the first load_sequence of its load, alike in all deliveries of the load
    at         its place among them
    load_ids   what its files were called by the raw tables
    name       of the note itself in the vault; empty for one that was not kept
    encoding   what its text was said to be in
    """

    order: int
    at: int
    reader: str
    load_ids: tuple[str, ...]
    files: tuple[StoredFile, ...]
    companions: tuple[tuple[str, StoredFile], ...]
    name: str = ""
    encoding: str | None = None

    def contents(self) -> set[str]:
        """The names in the vault of everything that is kept for this delivery."""
        own = {each.sha256 for each in (*self.files, *(kept for _, kept in self.companions))}
        return own | ({self.name} if self.name else set())


def note_of(received: Received, order: int, at: int) -> Note:
    delivery = received.recognised
    paths = [*delivery.files, *delivery.companions.values()]
    root = Path(os.path.commonpath([path.parent for path in paths])).parent
    # Several tables made from one export have its content each.
    contents = received.contents[: len(delivery.files)]
    return Note(
        order,
        at,
        delivery.reader,
        received.load_ids,
        tuple(
            StoredFile(path.relative_to(root).as_posix(), content.delivered_sha256)
            for path, content in zip(delivery.files, contents, strict=True)
        ),
        tuple(
            (name, StoredFile(path.relative_to(root).as_posix(), received.companions[name].delivered_sha256))
            for name, path in sorted(delivery.companions.items())
        ),
        encoding=delivery.encoding,
    )


def keep(note: Note, home: Home) -> str:
    """Put a note into the vault, read-only and on disk; its name there. A no-op if it is there.

    What lies there under its name and is something else is put aside.
    """
    name = name_of(note)
    if not has_sha256(home.vault / name, name):
        put_aside(home, [home.vault / name])
        draft = home.work / f"{name}.note"
        draft.unlink(missing_ok=True)
        write_new(draft, content_of(note), mode=0o400)
        draft.rename(home.vault / name)
        fsync_folder(home.vault)
    return name


def name_of(note: Note) -> str:
    """What a note is called in the vault: its hash."""
    return hashlib.sha256(content_of(note)).hexdigest()


def content_of(note: Note) -> bytes:
    document: dict[str, Any] = {
        MARK: 1,
        "order": note.order,
        "at": note.at,
        "reader": note.reader,
        "load_ids": note.load_ids,
        "files": [[each.place, each.sha256] for each in note.files],
        "companions": [[name, each.place, each.sha256] for name, each in note.companions],
    }
    if note.encoding is not None:
        document["encoding"] = note.encoding
    return json.dumps(document, sort_keys=True).encode()


def damaged_files(home: Home, names: Iterable[str]) -> list[Path]:
    """What lies in the vault under these names and has other bytes, or is no file."""
    files = (home.vault / name for name in sorted(names))
    return [path for path in files if os.path.lexists(path) and not has_sha256(path, path.name)]


def notes(home: Home) -> list[Note]:
    """Every whole note in the vault, in the order of the loads."""
    readable = (read(file) for file in sorted(home.vault.iterdir()))
    return sorted((note for note in readable if note is not None), key=lambda note: (note.order, note.at))


def read(file: Path) -> Note | None:
    """A note; None for any other file, and for one that was altered."""
    if not is_regular(file) or file.stat().st_size > LARGEST_BYTES:
        return None
    content = file.read_bytes()
    if hashlib.sha256(content).hexdigest() != file.name:
        return None
    try:
        document = json.loads(content)
        if document[MARK] != 1:
            return None
        return Note(
            int(document["order"]),
            int(document["at"]),
            str(document["reader"]),
            tuple(document["load_ids"]),
            tuple(StoredFile(safe(place), sha256) for place, sha256 in document["files"]),
            tuple((name, StoredFile(safe(place), sha256)) for name, place, sha256 in document["companions"]),
            file.name,
            document.get("encoding"),
        )
    except (ValueError, KeyError, TypeError):
        return None


def safe(place: str) -> str:
    """A place below a folder; raises ValueError for one that leads out of it."""
    path = PurePosixPath(place)
    if path.is_absolute() or ".." in path.parts or not path.name:
        raise ValueError(place)
    return str(path)


def laid_out(chosen: Sequence[Note], home: Home, folder: Path) -> list[RecognisedDelivery]:
    """The files of deliveries under the names they had, linked from the vault into a folder each.

    Raises IntegrityDamaged INT-03 where the vault lacks one, INT-04 where one was altered.
    """
    deliveries = []
    for number, note in enumerate(chosen):
        paths = {}
        for kept in (*note.files, *(each for _, each in note.companions)):
            paths[kept] = folder / str(number) / kept.place
            paths[kept].parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not paths[kept].exists():
                os.link(whole(home.vault / kept.sha256, kept), paths[kept])
        deliveries.append(
            RecognisedDelivery(
                note.reader,
                tuple(paths[kept] for kept in note.files),
                {name: paths[kept] for name, kept in note.companions},
                note.encoding,
            )
        )
    return deliveries


def whole(file: Path, kept: StoredFile) -> Path:
    if not file.exists() and not file.is_symlink():
        raise vault_damaged("INT-03", f"The bytes of {Path(kept.place).name} are gone from the vault", file)
    if not has_sha256(file, kept.sha256):
        raise vault_damaged("INT-04", "This file in the vault was altered", file)
    return file
