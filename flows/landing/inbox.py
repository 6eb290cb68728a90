"""What lies in an inbox: each file recognised by content, put with what explains it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from flows.errors import InputRefused, UsageError
from flows.home import Home
from flows.landing import vault, vocabulary
from flows.landing.deliveries import KINDS, recognisers
from flows.landing.forms.delivery import RecognisedDelivery
from flows.landing.forms.hospital import cells, mapping
from flows.landing.gathering import ReceivedFile
from flows.terminal.escaping import escape, is_unicode
from flows.terminal.wording import counted

SESSION_MATRICES = frozenset(
    [".sl", ".slm", ".ss", ".ssm", ".sr", ".srm", ".sim", ".sf", ".sfm", ".spm", ".smp", ".smpm"]
)
TRUTH_MARK = b'"metachron_synthetic_truth"'


def find(paths: Sequence[Path], home: Home) -> list[RecognisedDelivery]:
    """Recognise files, and everything in folders except hidden files; the deliveries among them.

    A folder may hold the home, of which nothing but the inbox is looked at.

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
    refuse_unrecognised([each for each in seen if each.path not in used], deliveries)
    return deliveries


def files_of(paths: Sequence[Path], home: Home) -> list[Path]:
    """Every file asked for, folders in the order of their names, without hidden files and our own."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(
                inner
                for inner in path.rglob("*")
                # A link to a folder would be passed over without a word; as one to a file, it is refused.
                if (not inner.is_dir() or inner.is_symlink())
                and not is_hidden(inner.relative_to(path))
                and not is_ours(inner, home)
            )
        elif path.exists() or path.is_symlink():
            files.append(path)
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
    return any(part.startswith((".", "~$")) for part in relative.parts)


def form_of(path: Path) -> str:
    """What a file is, such as "dictionary" or "populations"; "text" and "other" need a companion to tell."""
    start = vault.peek(path)
    for each in recognisers(marked=True):
        if each.looks_like(start):
            return each.form
    if TRUTH_MARK in start[:4096] and start.lstrip().startswith(b"{"):
        return "truth"
    if path.suffix.lower() in SESSION_MATRICES:
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


def refuse_unrecognised(left: Sequence[ReceivedFile], deliveries: Sequence[RecognisedDelivery]) -> None:
    missing_data = [each.path for each in left if each.form == "dictionary"]
    if missing_data:
        raise InputRefused(
            "IN-12",
            "This dictionary has no data file beside it",
            file=missing_data[0],
            remedy="Put the exported text file into the same folder, under the same name.",
        )
    unknown = [each for each in left if each.form in ("text", "workbook", "other")]
    for each in unknown:
        if is_listing_alone(each):
            raise InputRefused(
                "IN-12",
                "This looks like a SEER*Stat listing, and its dictionary (.dic) is missing",
                file=each.path,
                remedy="Put the .dic file of this export into the same folder, under the same name.",
            )
        if each.form == "workbook" and is_listing_workbook(each.path):
            raise InputRefused(
                "IN-33",
                "This workbook holds a SEER*Stat listing; spreadsheet programs drop zeros of patient numbers "
                "and make dates of age groups",
                file=each.path,
            )
    if unknown:
        names = ", ".join(escape(each.path.name) for each in unknown[:20])
        words = ", ".join(sorted((kind.words for kind in KINDS), key=str.casefold))
        raise InputRefused(
            "IN-11",
            f"{counted(len(unknown), 'file is', 'files are')} not recognised: {names}",
            file=unknown[0].path,
            remedy=f"Recognised are {words}. Take other files out of the folder, or hide them (.name).",
        )


def is_listing_workbook(path: Path) -> bool:
    """Whether the first rows of a workbook have columns that only a case listing has."""
    rows = islice(cells.first_cells(path, vault.peek(path), None), 20)
    return any(is_listing_header(row) for row in rows)


def is_listing_header(row: Sequence[str]) -> bool:
    columns = vocabulary.resolve(row) if 3 <= len(row) < 2000 else ()
    return any(column.name in ("patient_id", "year_dx") and column.is_known for column in columns)


def is_listing_alone(seen: ReceivedFile) -> bool:
    """A text whose first line has a column that only a case listing has, or many tab-separated cells."""
    if seen.form != "text":
        return False
    first = vault.peek(seen.path).split(b"\n", 1)[0].decode("utf-8", "replace")
    for delimiter in "\t,;":
        if is_listing_header([cell.strip().strip('"') for cell in first.split(delimiter)]):
            return True
    return first.count("\t") >= 8
