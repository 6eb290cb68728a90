"""A model of what a power cut may leave of a publish, after any prefix of what it did.

The operations are recorded from the real code: files made and written, names given, flushes of files and of
folders. What was not flushed may be lost: a file's bytes if the file was not, a name if its folder was not.
Names of one folder may become durable in any order, or not at all, unless a flush settled them. A reader then
looks at what is left: it must find the old release or the new one, complete; and the new one once publishing
has returned.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

MOST_PENDING = 12


@dataclass(frozen=True)
class Operation:
    """One step. `kind` is make, link, rename, flush_file, flush_folder or remove; paths are texts."""

    kind: str
    path: str
    target: str = ""


@contextmanager
def recorded(root: Path) -> Iterator[list[Operation]]:
    """What is done under a folder, in order, from Python's own audit events and its calls of fsync."""
    log: list[Operation] = []
    is_on = True
    below = str(root)

    def hook(event: str, given: tuple[Any, ...]) -> None:
        if not is_on or not given or not str(given[0]).startswith(below):
            # A symbolic link is told by what it says first, and where it is second.
            if is_on and event == "os.symlink" and str(given[1]).startswith(below):
                log.append(Operation("link", str(given[1]), str(given[0])))
            return
        if event == "open" and isinstance(given[2], int) and given[2] & os.O_CREAT:
            if not Path(given[0]).exists():
                log.append(Operation("make", str(given[0])))
            elif given[2] & os.O_APPEND:
                log.append(Operation("append", str(given[0])))
        elif event == "os.mkdir" and not Path(given[0]).exists():
            log.append(Operation("make_folder", str(given[0])))
        elif event == "os.rename":
            log.append(Operation("rename", str(given[0]), str(given[1])))
        elif event in ("os.remove", "os.rmdir"):
            log.append(Operation("remove", str(given[0])))

    flush = os.fsync

    def fsync(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if is_on and str(path).startswith(below):
            log.append(Operation("flush_folder" if path.is_dir() else "flush_file", str(path)))
        flush(descriptor)

    sys.addaudithook(hook)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        try:
            yield log
        finally:
            is_on = False


@dataclass
class Disk:
    """Names and what they lead to; a node is a file's or folder's own number, as in an inode."""

    names: dict[str, int]
    flushed: set[int]
    links: dict[int, str] = field(default_factory=dict)

    def copy(self) -> Disk:
        return Disk(dict(self.names), set(self.flushed), dict(self.links))


@dataclass(frozen=True)
class Naming:
    """One change of a name that is not settled yet: give (node) or take away (None)."""

    folder: str
    changes: tuple[tuple[str, int | None], ...]


def crash_states(log: list[Operation], before: Disk) -> Iterator[tuple[int, Disk]]:
    """After each operation, every disk that a power cut may leave: (operations done, what is there)."""
    nodes = max(before.names.values(), default=0)
    live = before.copy()  # as a running system sees it
    settled = before.copy()  # as the platter has it for certain
    pending: list[Naming] = []
    yield 0, settled.copy()
    for done, operation in enumerate(log, start=1):
        folder = str(Path(operation.path).parent)
        if operation.kind in ("make", "make_folder", "link"):
            nodes += 1
            live.names[operation.path] = nodes
            if operation.kind == "link":
                live.links[nodes] = settled.links[nodes] = operation.target
            if operation.kind != "make":
                live.flushed.add(nodes)
                settled.flushed.add(nodes)  # a folder or a link has no bytes of its own to lose
            pending.append(Naming(folder, ((operation.path, nodes),)))
        elif operation.kind == "append":
            for disk in (live, settled):
                disk.flushed.discard(live.names[operation.path])
        elif operation.kind == "rename":
            moved = live.names.pop(operation.path)
            live.names[operation.target] = moved
            pending.append(
                Naming(
                    str(Path(operation.target).parent), ((operation.path, None), (operation.target, moved))
                )
            )
            # Paths below a folder go with it.
            for path in [each for each in live.names if each.startswith(operation.path + "/")]:
                inside = operation.target + path.removeprefix(operation.path)
                live.names[inside] = live.names.pop(path)
                if path in settled.names:
                    settled.names[inside] = settled.names.pop(path)
        elif operation.kind == "remove":
            node = live.names.pop(operation.path, None)
            if node is not None:
                pending.append(Naming(folder, ((operation.path, None),)))
        elif operation.kind == "flush_file":
            for disk in (live, settled):
                disk.flushed.add(live.names[operation.path])
        elif operation.kind == "flush_folder":
            for naming in [each for each in pending if each.folder == operation.path]:
                name(settled, naming)
            pending = [each for each in pending if each.folder != operation.path]
        assert len(pending) <= MOST_PENDING, "too many names are unsettled to try them all"
        for size in range(len(pending) + 1):
            for survived in combinations(pending, size):
                left = settled.copy()
                for naming in survived:
                    name(left, naming)
                yield done, left


def name(disk: Disk, naming: Naming) -> None:
    for path, node in naming.changes:
        if node is None:
            disk.names.pop(path, None)
        else:
            disk.names[path] = node


def disk_of(root: Path) -> Disk:
    """What lies under a folder now, all of it settled."""
    names, links = {}, {}
    for node, path in enumerate(sorted([root, *root.rglob("*")]), start=1):
        names[str(path)] = node
        if path.is_symlink():
            links[node] = str(path.readlink())
    return Disk(names, set(names.values()), links)


def violations(
    log: list[Operation], before: Disk, root: Path, is_new: Callable[[str], bool]
) -> tuple[int, list[str]]:
    """How many disks were looked at, and what a reader could not read on some of them."""
    found: list[str] = []
    seen = 0
    for done, disk in crash_states(log, before):
        seen += 1
        wrong = unreadable(disk, root)
        if wrong is None and done == len(log):
            link = disk.links[disk.names[str(root / "warehouse.duckdb")]]
            wrong = None if is_new(link) else "publishing returned, and the old release is back"
            if wrong is None and disk.names[str(root / "ledger.jsonl")] not in disk.flushed:
                wrong = "publishing returned, and the ledger may not say so"
        if wrong is None and not n_lines_flushed(log[:done], root) and new_releases(disk, before, root):
            wrong = "there is a release that the ledger may not know"
        if wrong is not None:
            found.append(f"after {done} operations: {wrong}")
    return seen, found


def n_lines_flushed(log: list[Operation], root: Path) -> int:
    """Lines that the ledger has for certain: a flush makes all that were appended before it safe."""
    lines = flushed = 0
    for operation in log:
        if operation.path == str(root / "ledger.jsonl"):
            lines += operation.kind == "append"
            flushed = lines if operation.kind == "flush_file" else flushed
    return flushed


def new_releases(disk: Disk, before: Disk, root: Path) -> set[str]:
    """Releases that have a name now and had none before."""
    folders = {
        path for path in disk.names.keys() - before.names.keys() if Path(path).parent.name == "releases"
    }
    return {path for path in folders if not Path(path).name.startswith(".")}


def unreadable(disk: Disk, root: Path) -> str | None:
    """What is wrong for whoever opens the published link; None if nothing is."""
    node = disk.names.get(str(root / "warehouse.duckdb"))
    if node is None:
        return "there is no link"
    folder = root / Path(disk.links[node]).parent
    for file in ("warehouse.duckdb", "manifest.json", "audit.json"):
        if not {str(folder), str(folder / file)} <= disk.names.keys():
            return f"{file} has no name"
        if disk.names[str(folder / file)] not in disk.flushed:
            return f"{file} may be empty"
    return None
