"""Where commands write what somebody asked for: a folder or file that is new, empty, or their own.

A marker in each folder says which command made it and what it put there. A folder is replaced only if it
holds that and nothing else; of a single file the home remembers the hash. Nothing that is not ours is ever
removed.

The home also remembers where copies of its data went (copies.jsonl), so that a certificate of `metachron
forget` can name those beyond its reach.
"""

from __future__ import annotations

import errno
import glob
import json
import os
import shutil
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from flows.copies import Copy, copies, hashes_of_copies
from flows.errors import UsageError
from flows.home import MARKER, Home, entry_of
from flows.integrity import ledger
from flows.integrity.durable import fsync_folder, open_new, settle, sha256_of, write_new
from flows.integrity.ledger_events import COPIED
from flows.process.boundary import USED_UP
from flows.terminal.escaping import as_json

NEW_MARKER = f"{MARKER}-new"
DRAFT, OLD = ".draft-", ".old-"
# What file managers leave behind wherever somebody looks.
LITTER = {".DS_Store", "Thumbs.db", "desktop.ini"}
UNCHANGED = "Nothing was written, and what is there stays as it is."
ELSEWHERE = "Name a new folder or an empty one, or move away what is in this one."

Names = Collection[str]


def no_names(folder: Path) -> Names:
    return ()


@contextmanager
def folder_written(
    folder: Path,
    made_by: str,
    *,
    home: Home | None = None,
    contents: Names | None = None,
    older: Callable[[Path], Names] = no_names,
) -> Iterator[Path]:
    """A draft to write into; when the block ends well, it takes the place of the folder as a whole.

    made_by   the command, such as "metachron report"; it replaces what it made itself, and nothing else
    home      the home that the data come from
    contents  SHA-256 of the deliveries they were made from; given, the home remembers the copy
    older     names of the files that are this command's own in a folder without a marker

    A reader finds the old folder or the new one, complete; only where the folder itself cannot be renamed (it
    is a mount point, somebody stands in it) its files are replaced one by one.
    Raises UsageError OUT-01 to OUT-04 (exit 2) before anything is written.
    """
    target = place_of(folder, home)
    with translating_forbidden(folder):
        stays = target.exists() and not can_be_renamed(target)
        beside = target if stays else target.parent
        sweep(beside, target.name)
        refuse_foreign(target, made_by, older)
        beside.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = beside / f"{DRAFT}{target.name}-{os.getpid()}"
        draft.mkdir(mode=0o700)
    try:
        mark(draft, made_by, {})
        yield draft
        mark(draft, made_by, entries(draft))
        # Somebody may have put a file there meanwhile.
        refuse_foreign(target, made_by, older, besides=draft.name)
        if home is not None and contents is not None:
            remember(home, target, made_by, contents)
        put_in_place(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def files_added(folder: Path, made_by: str, *, older: Callable[[Path], Names] = no_names) -> Iterator[Path]:
    """A draft whose files are then put into a folder of ours, each beside or in place of the one there."""
    if not folder.exists():
        with folder_written(folder, made_by) as draft:
            yield draft
        return
    refuse_foreign(folder, made_by, older)
    draft = folder / f"{DRAFT}{folder.name}-{os.getpid()}"
    draft.mkdir(mode=0o700)
    try:
        yield draft
        new = [file for file in entries(draft) if not file.endswith("/")]
        # Of unknown size until they are there: a kill leaves nothing that the next run would call foreign.
        mark(folder, made_by, entries(folder, draft.name) | dict.fromkeys(new))
        for file in new:
            (folder / file).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            (draft / file).replace(folder / file)
        shutil.rmtree(draft)
        mark(folder, made_by, entries(folder))
    finally:
        shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def file_written(file: Path, made_by: str, *, home: Home, contents: Names) -> Iterator[IO[bytes]]:
    """A file to write into, for its owner only; when the block ends well, it takes its name as a whole.

    The name may be new, or that of an empty file, or of the one written last time, unaltered.
    Raises UsageError OUT-01 to OUT-04 as for folders, before anything is written.
    """
    if file.exists() and not (file.is_file() or file.is_dir()):  # a device or a pipe holds nothing
        with translating_forbidden(file):
            device = file.open("wb")
        with device:
            yield device
        return
    target = place_of(file, home)
    if target.is_dir():
        raise refused("OUT-01", "A folder is in the way of this file", file, "Name a file.")
    draft = target.with_name(f"{DRAFT}{target.name}-{os.getpid()}")
    with translating_forbidden(file):
        refuse_foreign_file(target, file, home)
        opened = open_new(draft)
    try:
        with opened:
            yield opened
            settle(opened, 0o600)
        # Somebody may have put a file there meanwhile.
        refuse_foreign_file(target, file, home)
        remember(home, target, made_by, contents, sha256=sha256_of(draft))
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def refuse_foreign_file(target: Path, file: Path, home: Home) -> None:
    """Replace no file that holds something else than what was written there last time."""
    if target.exists() and target.stat().st_size:
        before = copies(home.copies).get(str(target))
        if before is None or before.sha256 != sha256_of(target):
            raise refused(
                "OUT-02", "The file holds something that this command did not write", file,
                "Name a new file, or move this one away.",
            )  # fmt: skip


def place_of(path: Path, home: Home | None) -> Path:
    """Where a path leads, links followed; refused are the places where the home keeps its own things."""
    try:
        target = expanded(path).resolve()
    except (OSError, RuntimeError):  # a link that leads to itself
        raise leads_nowhere(path) from None
    if home is not None and target.is_relative_to(root := home.root.resolve()):
        first = target.relative_to(root).parts[:1]
        entry = entry_of(first[0]) if first else None
        if not first or (entry is not None and not entry.takes_copies):
            raise refused(
                "OUT-04", "Here the home keeps its own files", path, "Name a place outside, or a new folder."
            )
    return target


def expanded(path: Path) -> Path:
    """The path with the user's own folder in place of a ~."""
    try:
        return path.expanduser().absolute()
    except RuntimeError:  # ~ of nobody
        raise leads_nowhere(path) from None


def leads_nowhere(path: Path) -> UsageError:
    return refused("OUT-03", "This path leads nowhere", path, ELSEWHERE)


def refuse_foreign(
    target: Path, made_by: str, older: Callable[[Path], Names] = no_names, *, besides: str = ""
) -> None:
    """Never replace what the command did not write itself."""
    if not target.exists():
        return
    if not target.is_dir():
        raise refused("OUT-01", "A file is in the way of this folder", target, "Name a folder.")
    marker = marker_of(target)
    if marker is None and not (own := set(older(target))):
        # Without looking further: it may be the root of a disk.
        foreign = sorted(each.name for each in target.iterdir() if each.name not in LITTER | {besides})
    elif marker is None:
        foreign = sorted(entries(target, besides).keys() - own)
    elif marker["made_by"] != made_by:
        raise refused("OUT-02", f"The folder was made by `{marker['made_by']}`", target, ELSEWHERE)
    else:
        known = marker["files"]
        found = entries(target, besides)
        foreign = sorted(name for name, size in found.items() if known.get(name, -1) not in (size, None))
    if foreign:
        raise refused(
            "OUT-02",
            f"The folder holds something that `{made_by}` did not write there, or that was changed since",
            target, ELSEWHERE, value=foreign[0],
        )  # fmt: skip


def entries(folder: Path, besides: str = "") -> dict[str, int]:
    """Each file below a folder, links not followed, and its size; a folder without files ends in a slash."""
    found = {}
    for path in folder.rglob("*"):
        inside = path.relative_to(folder)
        if inside.parts[0] in (MARKER, NEW_MARKER, besides) or path.name in LITTER:
            continue
        if path.is_symlink() or not path.is_dir():
            found[inside.as_posix()] = path.lstat().st_size
        elif not any(path.iterdir()):
            found[f"{inside.as_posix()}/"] = 0
    return found


def marker_of(folder: Path) -> dict[str, Any] | None:
    """What the marker of a folder says; None where there is none that can be read."""
    try:
        document = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        return {"made_by": str(document["made_by"]), "files": dict(document["files"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def mark(folder: Path, made_by: str, files: Mapping[str, int | None]) -> None:
    """Say in a folder who made it and what of it is ours; a kill leaves the old marker or the new."""
    draft = folder / NEW_MARKER
    draft.unlink(missing_ok=True)
    document = {"made_by": made_by, "files": dict(sorted(files.items()))}
    write_new(draft, (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode(), mode=0o600)
    draft.replace(folder / MARKER)


def can_be_renamed(folder: Path) -> bool:
    stands_in_it = Path.cwd().is_relative_to(folder)
    return not (stands_in_it or folder.is_mount()) and os.access(folder.parent, os.W_OK | os.X_OK)


def put_in_place(draft: Path, target: Path) -> None:
    """Give the finished draft its name; whoever has the old files open keeps them."""
    if draft.parent == target:
        # The marker goes last and comes first: a kill leaves nothing that the next run would call foreign.
        for old in [each for each in target.iterdir() if each.name not in (draft.name, MARKER)]:
            shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
        (draft / MARKER).replace(target / MARKER)
        for new in list(draft.iterdir()):
            new.rename(target / new.name)
    elif target.exists():
        old = target.with_name(f"{OLD}{target.name}-{os.getpid()}")
        target.rename(old)
        draft.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        draft.rename(target)
    fsync_folder(target.parent)


def sweep(folder: Path, name: str) -> None:
    """Remove what killed commands left of a folder of this name."""
    own = glob.escape(name)
    for left in [*folder.glob(f"{DRAFT}{own}-*"), *folder.glob(f"{OLD}{own}-*")]:
        number = left.name.rpartition("-")[2]
        if (
            number.isascii()
            and number.isdigit()
            and not is_running(int(number))
            and marker_of(left) is not None
        ):
            shutil.rmtree(left, ignore_errors=True)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def remember(home: Home, target: Path, made_by: str, contents: Names, *, sha256: str | None = None) -> None:
    """Add one line to copies.jsonl, before the copy is there: no copy is ever unknown.

    The ledger keeps its hash, and that of each earlier line that it was not told of: none can be removed.
    A home that cannot be written cannot remember: whoever makes the copy is told.
    """
    if not home.can_be_written():
        sys.stderr.write(f"note: this home cannot be written and cannot record this copy: {target}\n")
        return
    copy = Copy(
        str(target), made_by, datetime.now(UTC).isoformat(timespec="seconds"), tuple(sorted(contents)), sha256
    )
    line = as_json({name: getattr(copy, name) for name in Copy.__slots__}) + "\n"
    kind = os.O_NOFOLLOW | os.O_NONBLOCK  # a link would lead our lines elsewhere, a pipe may never take them
    descriptor = os.open(home.copies, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | kind, 0o600)
    with os.fdopen(descriptor, "wb", buffering=0) as target_file:
        target_file.write(line.encode())
        os.fsync(target_file.fileno())
    known = hashes_of_recorded_copies(ledger.read(home))
    ledger.append(home, COPIED, lines=sorted(hashes_of_copies(home.copies) - known))


def hashes_of_recorded_copies(entries: Iterable[ledger.Entry]) -> set[str]:
    """The hashes of all lines of copies.jsonl that the ledger ever knew."""
    return {line for entry in entries if entry.event == COPIED for line in entry.facts["lines"]}


@contextmanager
def translating_forbidden(path: Path) -> Iterator[None]:
    """A place that cannot be written, in one paragraph; a full disk is told as everywhere."""
    try:
        yield
    except OSError as problem:
        if problem.errno in USED_UP - {errno.EIO}:
            raise
        raise refused(
            "OUT-03", f"This place cannot be written: {os.strerror(problem.errno or 0)}", path, ELSEWHERE
        ) from None


def refused(code: str, what: str, path: Path, remedy: str, *, value: str | None = None) -> UsageError:
    """One paragraph; the whole path, because a name alone does not say where."""
    return UsageError(code, f"{what}: {path}", value=value, unchanged=UNCHANGED, remedy=remedy)
