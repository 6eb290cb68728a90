"""What is said of files that no kind of delivery takes: what each seems to be, and what to do with it."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import islice
from pathlib import Path

from flows.errors import InputRefused
from flows.landing import vault, vocabulary
from flows.landing.deliveries import KINDS
from flows.landing.forms.delivery import RecognisedDelivery
from flows.landing.forms.hospital import cells, mapping
from flows.landing.forms.hospital.mapping_draft import draft_mapping, read_headers
from flows.landing.forms.populations import populations
from flows.landing.gathering import ReceivedFile, same_stem
from flows.landing.text import delimited
from flows.terminal.escaping import escape
from flows.terminal.nearest import nearest
from flows.terminal.wording import counted

MOST_LISTED = 20
MOST_HEADERS = 30
FEWEST_OF_A_LISTING = 3  # headers that the vocabulary of listings knows
UNPACK = "Unpack it, and load the folder with what was in it."
MAP = "`metachron map FILE` drafts a mapping file, to be corrected and saved beside the table."
TABLES = (".csv", ".xls", ".dat", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm")
# Of a folder that SEER ships, the files that describe the data.
DOCUMENT = re.compile(
    r"(?i).*\.(?:pdf|html?|docx?|rtf|md)|.*(?:read.?me|popdic|dictionary|licen[cs]e).*\.txt"
)
NO_TEXT = re.compile(rb"[\x01-\x08\x0e-\x1f]")
NUMBER = re.compile(r"[\d.,:/\- ]{1,40}")
DAMAGE = (OSError, zipfile.BadZipFile, NotImplementedError, ValueError)
EXPLAINING = ("listing_program", "layout", "naaccr_layout", "redcap_dictionary")
MOST_CERTAIN = ("IN-12", "IN-33", "IN-04", "IN-11")  # the code of several files is that of the first of these
DESCRIBED = ("seer_listing", "seer_matrix")
SHIPPED = ("populations", "seer_ascii")


@dataclass(frozen=True, slots=True)
class ForeignFile:
    """A kind of file that another program wrote, by a row of foreign_files.csv.

    first_bytes  how it begins; of an archive `member` is the name of a file in it
    endings      of its name, where the first bytes alone do not tell
    remedy       how its program writes what is read
    """

    what: str
    first_bytes: re.Pattern[bytes] | None
    member: re.Pattern[str] | None
    endings: tuple[str, ...]
    remedy: str


@cache
def foreign_files() -> tuple[ForeignFile, ...]:
    text = resources.files(__package__).joinpath("foreign_files.csv").read_text(encoding="utf-8")
    return tuple(
        ForeignFile(
            row["what"],
            re.compile(row["first_bytes"].encode()) if row["first_bytes"] else None,
            re.compile(row["member"]) if row["member"] else None,
            tuple(row["endings"].split()),
            row["remedy"],
        )
        for row in csv.DictReader(text.splitlines())
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """What is said of one file, as if it were the only one, with the draft of a mapping for it.

    refusal  None where nothing is known of the file
    """

    path: Path
    refusal: InputRefused | None
    draft: str = ""
    headers: tuple[str, ...] = ()


def refuse(
    left: Sequence[ReceivedFile], deliveries: Sequence[RecognisedDelivery], drafts: Path | None = None
) -> None:
    """Refuse files that no delivery uses, all at once; raises InputRefused IN-04, IN-11, IN-12 or IN-33.

    drafts  the folder into which drafts of mapping files are written; without one the message has the first
    """
    unused = [
        each
        for each in left
        if each.form in ("dictionary", "text", "workbook", "other") and not is_documentation(each, deliveries)
    ]
    if not unused:
        refuse_explanations_alone(left, deliveries)
        return
    dictionaries = [
        path for each in deliveries for path in each.companions.values() if each.reader in DESCRIBED
    ]
    # A mapping that fits one of its tables may have a second entry, for the table that is left.
    used = [path for each in deliveries for name, path in each.companions.items() if name == "mapping"]
    mappings = [*(each.path for each in left if each.form == "mapping"), *used]
    findings = [describe(each, dictionaries, mappings) for each in unused[:MOST_LISTED]]
    told = [each.refusal for each in findings if each.refusal is not None]
    first = min(told, key=lambda each: MOST_CERTAIN.index(each.code), default=None)
    remedies = list(dict.fromkeys(each.remedy for each in told))[:4]
    if len(told) < len(findings):
        remedies.append(every_kind())
    drafted = [each for each in findings if each.draft]
    if written := [path for each in drafted if drafts and (path := write_draft(each, drafts))]:
        names = ", ".join(escape(str(path)) for path in written)
        drafts_are, them = ("A draft is", "it") if len(written) == 1 else ("Drafts are", "each")
        remedies = [each for each in remedies if each != MAP]
        remedies.append(
            f"{drafts_are} in {names}: look at every line, write 1 for draft in the first, put {them} beside "
            "its table, and load again."
        )
    elif drafted:
        # Last, because some show the last line alone.
        draft = drafted[0]
        name = draft_name(draft.path)
        remedies.append(
            f"A draft of the mapping file:\n\n{draft.draft}\nSave the draft beside {escape(draft.path.name)} "
            f"as {name}, correct it, write 1 for draft, and load again. The headers of the table "
            f"are {', '.join(draft.headers[:MOST_HEADERS])}."
        )
    by_hand = sentence(findings, len(unused), with_value=True)
    what = sentence(findings, len(unused), with_value=False)
    raise InputRefused(
        first.code if first else "IN-11",
        what,
        what_by_hand=by_hand if by_hand != what else None,
        file=first.file if first else unused[0].path,
        remedy=" ".join(remedies),
    )


def draft_name(table: Path) -> str:
    return f"{escape(table.stem)}.mapping.yml"


def write_draft(finding: Finding, folder: Path) -> Path | None:
    """The draft as a file of its own; None where there is another file, or none can be written."""
    path = folder / draft_name(finding.path)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(finding.draft)
    except OSError:
        is_same = path.is_file() and path.read_bytes() == finding.draft.encode()
        return path if is_same else None
    return path


def is_documentation(seen: ReceivedFile, deliveries: Sequence[RecognisedDelivery]) -> bool:
    """Whether a file describes data that SEER ships in folders: it lies beside, above or near them."""
    return bool(DOCUMENT.fullmatch(seen.path.name)) and any(
        seen.path.parent in path.parents or seen.path.parent.parent in path.parents
        for delivery in deliveries
        if delivery.reader in SHIPPED
        for path in delivery.files
    )


def sentence(findings: Sequence[Finding], count: int, *, with_value: bool) -> str:
    more = f"; and {count - len(findings):,} more" if count > len(findings) else ""
    said = [
        ((each.refusal.what_by_hand if with_value else None) or each.refusal.what) if each.refusal else ""
        for each in findings
    ]
    if not any(said):
        names = ", ".join(escape(each.path.name) for each in findings)
        return f"{counted(count, 'file is', 'files are')} not recognised: {names}{more}"
    if count == 1:
        return said[0]
    each_said = [
        f"{escape(finding.path.name)}: {what[0].lower() + what[1:] if what else 'not recognised'}"
        for finding, what in zip(findings, said, strict=True)
    ]
    return f"{count:,} files cannot be used: {'; '.join(each_said)}{more}"


def refuse_explanations_alone(left: Sequence[ReceivedFile], deliveries: Sequence[RecognisedDelivery]) -> None:
    """Raises InputRefused IN-12 where there is nothing but what explains data."""
    if not deliveries and (alone := [each.path for each in left if each.form in EXPLAINING]):
        raise InputRefused("IN-12", "This file explains data, and no data file lies beside it", file=alone[0])


def describe(seen: ReceivedFile, dictionaries: Sequence[Path], mappings: Sequence[Path] = ()) -> Finding:
    """What a file seems to be, beside others that are read with these dictionaries."""
    path, start = seen.path, vault.peek(seen.path)
    if seen.form == "dictionary":
        refusal = InputRefused(
            "IN-12",
            "This dictionary has no data file beside it",
            file=path,
            remedy="Put the exported text file into the same folder, under the same name.",
        )
    elif foreign := describe_foreign(seen, start):
        refusal = foreign
    elif seen.form == "text" and (altered := populations.describe_altered(start)):
        refusal = InputRefused("IN-11", f"This is {altered[0]}", file=path, remedy=altered[1])
    elif seen.form == "text" and any(same_stem(path, each) for each in dictionaries):
        refusal = InputRefused(
            "IN-12",
            "Another file of this name is read with the dictionary that lies beside it",
            file=path,
            remedy="Keep the one that SEER*Stat exported, and take the other out of the folder, or hide it.",
        )
    elif seen.form == "text" and is_listing_alone(start):
        refusal = InputRefused(
            "IN-12",
            "This looks like a SEER*Stat listing, and its dictionary (.dic) is missing",
            file=path,
            remedy="Put the .dic file of this export into the same folder, under the same name.",
        )
    elif seen.form == "workbook" and is_listing_workbook(path):
        refusal = InputRefused(
            "IN-33",
            "This workbook holds a SEER*Stat listing; spreadsheet programs drop zeros of patient numbers "
            "and make dates of age groups",
            file=path,
        )
    elif b"\n" in start or seen.form == "workbook":
        return describe_table(path, mappings) or Finding(path, None)
    else:
        return Finding(path, None)
    return Finding(path, refusal)


def describe_foreign(seen: ReceivedFile, start: bytes) -> InputRefused | None:
    """The refusal of a file of another program, by its first bytes; None where it seems to be a table."""
    if not start:
        return unknown(seen.path, "empty, and", "Ask for it again.")
    for kind in foreign_files():
        if (
            kind.first_bytes is not None
            and kind.first_bytes.match(start)
            and (not kind.endings or seen.path.suffix.lower() in kind.endings)
        ):
            return unknown(seen.path, f"{kind.what}, which", kind.remedy)
    if seen.form == "workbook":
        return describe_archive(seen.path)
    return describe_nul(seen.path, start) if seen.form == "other" else None


def describe_nul(path: Path, start: bytes) -> InputRefused | None:
    """The refusal of a text with characters that text cannot hold; None where it is no text at all."""
    if b"\n" not in start or NO_TEXT.search(start):
        return None
    line = start.count(b"\n", 0, start.index(0)) + 1
    return InputRefused(
        "IN-04", f"There is a NUL character on line {line}, which text cannot hold", file=path
    )


def unknown(path: Path, what: str, remedy: str) -> InputRefused:
    return InputRefused("IN-11", f"This is {what} is not recognised", file=path, remedy=remedy)


def every_kind() -> str:
    words = ", ".join(sorted((kind.words for kind in KINDS), key=str.casefold))
    return f"Recognised are {words}. Take other files out of the folder, or hide them (.name)."


def describe_archive(path: Path) -> InputRefused | None:
    """The refusal of an archive that is no workbook; None for one that is."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {info.filename for info in archive.infolist()}
    except DAMAGE:
        if path.suffix.lower() == ".gz":
            return unknown(path, "a packed archive, which", UNPACK)
        return unknown(path, "a damaged workbook or archive, which", "Save it again, or ask for it again.")
    if "xl/workbook.xml" in names:
        return None
    for kind in foreign_files():
        if kind.member is not None and any(map(kind.member.fullmatch, names)):
            return unknown(path, f"{kind.what}, which", kind.remedy)
    return unknown(path, "a zip archive, which", UNPACK)


def describe_misfit(path: Path, headers: Sequence[str], mappings: Sequence[Path]) -> str:
    """Why the mapping beside a table does not fit it; empty where there is none."""
    entries = [
        (len(lacking), nearest(lacking[0], headers) is None, beside.name, lacking)
        for beside in mappings
        if beside.parent == path.parent
        for entry in mapping.read(beside).entries
        if (lacking := [header for header in entry.recognise if header not in headers])
        and len(lacking) < len(entry.recognise)
    ]
    if not entries:
        return ""
    *_, name, lacking = min(entries)
    named = [
        f"{header} (the nearest is {near!r})" if (near := nearest(header, headers)) else header
        for header in lacking[:MOST_HEADERS]
    ]
    return (
        f"and the mapping file {escape(name)} asks for {counted(len(lacking), 'header')} that it does not "
        f"have: {'; '.join(named)}, so it is not recognised"
    )


def describe_table(path: Path, mappings: Sequence[Path] = ()) -> Finding | None:
    """A table that no mapping names, with its headers and a draft where its first row is no patient."""
    name = path.name.lower().removesuffix(".gz")
    if not name.endswith(TABLES):
        return None
    with suppress(InputRefused, OSError, ValueError):
        headers = read_headers(path)
        if len(headers) < (3 if name.endswith(".txt") else 2):
            return None
        named = ", ".join(headers[:MOST_HEADERS]) + (", ..." if len(headers) > MOST_HEADERS else "")
        said = f"This is a table with {counted(len(headers), 'column')}"
        misfit = describe_misfit(path, headers, mappings)
        lacking = misfit or "and no mapping file says what they are, so it is not recognised"
        what, by_hand = f"{said}, {lacking}", f"{said} ({named}), {lacking}"
        rows = islice(cells.first_cells(path, vault.peek(path), None), 20)
        has_numbers = [any(NUMBER.fullmatch(cell) for cell in row) for row in rows if any(row)]
        if any(NUMBER.fullmatch(header) for header in headers) or not any(has_numbers):
            return Finding(path, InputRefused("IN-11", what, what_by_hand=by_hand, file=path, remedy=MAP))
        if misfit:
            corrected = "Correct recognise in the mapping file, or the header in the table."
            return Finding(path, InputRefused("IN-11", by_hand, file=path, remedy=corrected))
        refusal = InputRefused("IN-11", by_hand, file=path, remedy=MAP)
        return Finding(path, refusal, draft_mapping(headers, path.name), tuple(headers))
    return None


def is_listing_workbook(path: Path) -> bool:
    """Whether the first rows of a workbook have columns that only a case listing has."""
    rows = islice(cells.first_cells(path, vault.peek(path), None), 20)
    return any(is_listing_header(row) for row in rows)


def is_listing_header(row: Sequence[str]) -> bool:
    """Whether a row has the headers of a listing; a hospital's table may have Patient ID and Sex, too."""
    columns = vocabulary.resolve(row) if 3 <= len(row) < 2000 else ()
    known = {column.name for column in columns if column.is_known}
    return len(known) >= FEWEST_OF_A_LISTING and not known.isdisjoint({"patient_id", "year_dx"})


def is_listing_alone(start: bytes) -> bool:
    """A text whose first line has a column that only a case listing has, or a label that only one has."""
    lines = [line.decode("utf-8", "replace").rstrip("\r") for line in start.split(b"\n", 2)[:2]]
    first = lines[-1] if delimited.SEPARATOR.fullmatch(lines[0]) else lines[0]
    sequences = {word.label for word in vocabulary.vocabulary().labels if word.column_name == "sequence"}
    for delimiter in "\t,;":
        row = [cell.strip().strip('"') for cell in first.split(delimiter)]
        if is_listing_header(row) or any(" " in cell and cell.lower() in sequences for cell in row):
            return True
    return False
