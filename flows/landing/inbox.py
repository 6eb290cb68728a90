"""What lies in an inbox: each file recognised by content, put with what explains it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from flows.home import Home
from flows.landing import unrecognised, vault
from flows.landing.deliveries import KINDS, recognisers
from flows.landing.forms.delivery import RecognisedDelivery
from flows.landing.forms.hospital import mapping
from flows.landing.gathering import ReceivedFile
from flows.landing.inbox_files import files_of

# SEER*Stat's own binary files, a session or a session with its matrix, say so; old ones by their names alone.
SESSION = (b"KSess\0", b"KMx\0")
SESSION_NAME = re.compile(r"\.s(?:[lsrifp]|mp)m?")
TRUTH_MARK = b'"metachron_synthetic_truth"'


def find(paths: Sequence[Path], home: Home, *, drafts: Path | None = None) -> list[RecognisedDelivery]:
    """Recognise files, and everything in folders except hidden files and litter; the deliveries among them.

    drafts  the folder for drafts of mapping files, of tables that have none

    Truth files of synthetic deliveries and SEER*Stat's own binary sessions are known, and no data.

    Raises UsageError USE-01 for a path that does not exist, InputRefused IN-10 for a file that cannot be
    read, IN-11 listing every file that is not recognised, IN-12 for data without the file that explains it.
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
    unrecognised.refuse([each for each in seen if each.path not in used], deliveries, drafts)
    return deliveries


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
