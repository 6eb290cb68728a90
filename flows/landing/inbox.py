"""What lies in an inbox: each file recognised by content, put with what explains it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from flows.errors import InputRefused, UsageError
from flows.home import Home
from flows.landing import unrecognised, vault
from flows.landing.deliveries import KINDS, recognisers
from flows.landing.forms.delivery import RecognisedDelivery
from flows.landing.forms.hospital import mapping
from flows.landing.gathering import ReceivedFile
from flows.terminal.escaping import is_unicode

# SEER*Stat's own binary files, a session or a session with its matrix, say so; old ones by their names alone.
SESSION = (b"KSess\0", b"KMx\0")
SESSION_NAME = re.compile(r"\.s(?:[lsrifp]|mp)m?")
LITTER = frozenset(["thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx"])
TRUTH_MARK = b'"metachron_synthetic_truth"'


def find(paths: Sequence[Path], home: Home) -> list[RecognisedDelivery]:
    """Recognise files, and everything in folders except hidden files; the deliveries among them.

    A folder may hold the home, of which nothing but the inbox is looked at. A folder inside the home is read
    where it is named.

    Truth files of synthetic deliveries and SEER*Stat's own binary sessions are known, and no data.

    Raises UsageError for a path that does not exist, InputRefused IN-10 for a file that cannot be read, IN-11
    listing every file that is not recognised, IN-12 for data without the file that explains it.
    """
    files = files_of(paths, home)
    seen = [ReceivedFile(path, form_of(path)) for path in files]
    mappings = [mapping.read(each.path) for each in seen if each.form == "mapping"]
    seen = [with_form_of_kind(each, mappings) for each in seen]
    deliveries: list[RecognisedDelivery] = []
    left = seen
    for kind in KINDS:
        gathered = kind.reader.gather(left, mappings)
        taken = {path for delivery in gathered for path in delivery.files}
        left = [each for each in left if each.path not in taken]
        deliveries += gathered
    used = {path for delivery in deliveries for path in (*delivery.files, *delivery.companions.values())}
    unrecognised.refuse([each for each in seen if each.path not in used], deliveries)
    return deliveries


def files_of(paths: Sequence[Path], home: Home) -> list[Path]:
    """Every file asked for, folders in the order of their names, without hidden files and our own."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            is_named_in_home = home.root.absolute() in path.absolute().parents
            files += sorted(
                inner
                for inner in path.rglob("*")
                # A link to a folder would be passed over without a word; as one to a file, it is refused.
                if (not inner.is_dir() or inner.is_symlink())
                and not is_hidden(inner.relative_to(path))
                and (is_named_in_home or not is_ours(inner, home))
            )
        elif path.exists() or path.is_symlink():
            files += [path] if path.name.lower() not in LITTER else []
        else:
            raise UsageError("USE-01", "There is no such file or folder", file=path)
    for file in files:
        if not is_unicode(str(file)):
            raise InputRefused(
                "IN-34", "The name of this file, or of its folder, is no text", file=file,
            )  # fmt: skip
    return list(dict.fromkeys(file.absolute() for file in files))


def is_ours(path: Path, home: Home) -> bool:
    """Whether a file belongs to the home and is not in its inbox."""
    parents = path.absolute().parents
    return home.root.absolute() in parents and home.inbox.absolute() not in parents


def is_hidden(relative: Path) -> bool:
    """Whether a file is hidden, or what Windows, Excel or macOS leave in folders."""
    return any(part.startswith((".", "~$")) or part.lower() in LITTER for part in relative.parts)


def form_of(path: Path) -> str:
    """What a file is, such as "dictionary" or "populations"; "text" and "other" need a companion to tell."""
    start = vault.peek(path)
    for each in recognisers(marked=True):
        if each.looks_like(start):
            return each.form
    if TRUTH_MARK in start[:4096] and start.lstrip().startswith(b"{"):
        return "truth"
    if start.startswith(SESSION) or SESSION_NAME.fullmatch(path.suffix.lower()):
        return "session_matrix"
    for each in recognisers(marked=False):
        if each.looks_like(start):
            return each.form
    if start.startswith(b"PK\x03\x04"):
        return "workbook"
    return "text" if b"\0" not in start else "other"


def with_form_of_kind(seen: ReceivedFile, mappings: Sequence[mapping.Mapping]) -> ReceivedFile:
    """A text or workbook that says nothing of itself, with the kind that takes it, if one does."""
    if seen.form in ("text", "workbook"):
        for kind in KINDS:
            if kind.takes(seen, mappings):
                return ReceivedFile(seen.path, kind.name)
    return seen
