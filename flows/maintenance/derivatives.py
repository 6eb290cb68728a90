"""What was made from a delivery, wherever it lies under a home; and removing it, counted and named."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from flows.copies import copies
from flows.errors import WarehouseBusy
from flows.files.output_folder import DRAFT, OLD
from flows.home import MARKER, Entry, Home, OnPrepare, entry_of
from flows.integrity import ledger
from flows.integrity.durable import CHUNK_BYTES, fsync_folder, sha256_of
from flows.publishing.releases import MANIFEST
from flows.publishing.report_folder import RESULTS
from flows.serving.export import older_export
from flows.serving.parquet import DICTIONARY


class Removal:
    """Deletes, counts and names what it deletes; paths are relative to the home."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.removed: list[str] = []

    def tree(self, path: Path) -> None:
        """One file or link, or a folder with all that is in it."""
        if path.is_dir() and not path.is_symlink():
            files = sorted(each for each in path.rglob("*") if not each.is_dir() or each.is_symlink())
            self.removed += [str(each.relative_to(self.home.root)) for each in files]
            shutil.rmtree(path)
        elif path.exists() or path.is_symlink():
            self.removed.append(str(path.relative_to(self.home.root)))
            path.unlink()

    def describe_whole(self, entry: Entry) -> None:
        """All that an entry of the home holds; a folder that is always there stays."""
        for path in entry.paths(self.home.root):
            for each in list(path.iterdir()) if entry.on_prepare is OnPrepare.MAKE else [path]:
                self.tree(each)

    def described(self) -> list[str]:
        """What was removed; the names of delivered files may be a patient's and are not told."""
        return ["inbox/(a delivered file)" if path.startswith("inbox/") else path for path in self.removed]

    def flush(self) -> None:
        for folder in (self.home.root, *(each for each in self.home.root.iterdir() if each.is_dir())):
            fsync_folder(folder)


def unpacked_sha256(file: Path) -> str | None:
    digest = hashlib.sha256()
    try:
        with gzip.open(file) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
    except (OSError, EOFError, zlib.error):
        return None
    return digest.hexdigest()


def refuse_in_use(home: Home) -> None:
    """A process that has a file open keeps its bytes alive, and Prefect's server would write it anew."""
    for folder in (home.root / "prefect", home.releases):
        for holder in holders(folder):
            raise WarehouseBusy(
                "FGT-03",
                f"Process {holder} has a file open that has to go",
                file=folder,
                unchanged="Nothing was removed.",
            )


def holders(folder: Path) -> Iterator[int]:
    """Other processes with an open file below a folder, as far as this system tells."""
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if descriptor.readlink().is_relative_to(folder) and int(descriptor.parts[2]) != os.getpid():
                yield int(descriptor.parts[2])


def releases_from(home: Home, contents: Collection[str]) -> list[Path]:
    """Folders of releases, whole or half, made from any of these contents; so are those that cannot tell."""
    return sorted(
        folder
        for folder in home.releases.iterdir()
        if folder.name.startswith(".") or is_made_from(folder / MANIFEST, ("inputs",), contents)
    )


def reports_from(home: Home, contents: Collection[str]) -> list[Path]:
    """Folders of internal reports made from any of these contents; so are those that cannot tell."""
    folders = (folder for folder in home.reports.glob("*/*") if folder.is_dir() and not folder.is_symlink())
    return sorted(folder for folder in folders if is_made_from(folder / RESULTS, ("run", "inputs"), contents))


def copies_from(home: Home, contents: Collection[str]) -> list[Path]:
    """What commands wrote below the home where they were asked to: exports, reports, answers of queries.

    Made from any of these contents; so are those that cannot tell, and what a killed command left.
    """
    root = home.root.resolve()
    copy_of = {Path(place): copy for place, copy in copies(home.copies).items()}
    exports = {file.parent for file in root.rglob(DICTIONARY) if older_export(file.parent)}
    marked = {marker.parent for marker in root.rglob(MARKER)}
    halves = {*root.rglob(f"{DRAFT}*"), *root.rglob(f"{OLD}*")}
    made_from = []
    for path in copy_of.keys() | exports | marked | halves:
        if not path.is_relative_to(root):
            continue
        entry = entry_of(path.relative_to(root).parts[0])
        if entry is not None and not entry.takes_copies:
            continue
        if path in copy_of:
            concerned = bool(set(copy_of[path].contents) & set(contents))
        else:
            # The reports that the home keeps are not in the record: they say what they are made from.
            concerned = is_made_from(path / RESULTS, ("run", "inputs"), contents)
        if concerned:
            made_from.append(home.root / path.relative_to(root))
    return sorted(made_from)


def copies_beyond(home: Home, contents: Collection[str]) -> list[str]:
    """Places outside the home where commands wrote what was made from any of these contents."""
    root = home.root.resolve()
    return sorted(
        place
        for place, copy in copies(home.copies).items()
        if not Path(place).is_relative_to(root) and set(copy.contents) & set(contents)
    )


def not_ours(home: Home) -> list[str]:
    """Names directly below the home that no command of ours gives, or ever gave."""
    return [name for name in home.strangers() if not older_export(home.root / name)]


def is_made_from(document: Path, place: tuple[str, ...], contents: Collection[str]) -> bool:
    """Whether the inputs that a manifest or a results.json names have one of these contents."""
    try:
        content = json.loads(document.read_text(encoding="utf-8"))
        for key in place:
            content = content[key]
        return any(given["sha256"] in contents for given in content)
    except (OSError, ValueError, KeyError, TypeError):
        return True


def outward_from(entries: Iterable[ledger.Entry], contents: Collection[str]) -> list[str]:
    """Names of public reports (0001-<release>) made from any of these contents, or from who knows what."""
    known_entries = list(entries)
    inputs = {e.facts["release_id"]: e.facts.get("inputs") for e in known_entries if e.event == "publish"}
    names = [entry.facts["name"] for entry in known_entries if entry.event == "release"]
    origins = {name: inputs.get(name.partition("-")[2]) for name in names}
    return [name for name in names if origins[name] is None or set(origins[name] or ()) & set(contents)]


def delivered_again(home: Home, hashes: Collection[str]) -> list[Path]:
    """Files in the inbox with this content, compressed or not: the next run would load them again."""
    files = (file for file in sorted(home.inbox.rglob("*")) if file.is_file() and not file.is_symlink())
    return [file for file in files if sha256_of(file) in hashes or unpacked_sha256(file) in hashes]
