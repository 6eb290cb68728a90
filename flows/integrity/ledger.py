"""What happened to this home, one line an event, each line sealed with the hash of the one before it.

An edited, deleted, inserted or swapped line breaks the chain. A cut tail is seen by comparing the head with
a copy kept elsewhere: each release's manifest holds one, and a person keeps what `metachron seal` prints.
Whoever can rewrite every copy can rewrite history: that is the limit of any such ledger. The first line says
that the ledger begins, so that a home in use without a line has lost its ledger and is not new.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows.errors import IntegrityDamaged, UsageError
from flows.home import Home
from flows.integrity.document_shape import parsed
from flows.integrity.durable import is_regular
from flows.integrity.ledger_events import has_its_facts

BEFORE_THE_FIRST = "0" * 64
BEGIN = "begin"
# What the events of a ledger tell since it says `begin`: files of audits and reports, steps that were begun.
FORMAT = 2
# How a ledger may have been altered.
UNFOLLOWED = "this line does not follow from the one before it"
OTHERWISE = "this line records a `{}` differently from metachron"


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: its place (1, 2, 3..), when (told, never used for order), what, and the facts of it."""

    sequence: int
    at: str
    event: str
    facts: dict[str, Any]
    previous: str
    seal: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last event of a ledger, as kept outside: its place and its seal."""

    sequence: int
    seal: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.seal}"


def append(home: Home, event: str, **facts: Any) -> Entry:
    """Add one event durably; `facts` hold hashes and counts, never a patient's values.

    Call as the single writer, but for what any command may tell at any time: where a copy went. The beginning
    of a last line is what a crash while appending leaves; that event was never acknowledged, so it is cut off
    before the next is written.
    """
    home.prepare()
    with _alone(home):
        return _append(home, _begin_line(home), event, facts)


def begin(home: Home) -> list[Entry]:
    """Every event, the first of which says that the ledger begins; an older ledger says so from now on.

    Whoever changes a home calls this before. Raises IntegrityDamaged as read() does.
    """
    home.prepare()
    with _alone(home):
        return _begin_line(home)


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Between reading the last line and writing the next no other process writes one."""
    descriptor = os.open(home.root, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _begin_line(home: Home) -> list[Entry]:
    entries = read(home)
    _cut_unfinished_line(home)
    if began_at(entries) is None:
        entries.append(_append(home, entries, BEGIN, {"format": FORMAT}))
    return entries


def begin_anew(home: Home, lost: Head, why: str) -> None:
    """Write the first line of a ledger that takes the place of a lost one, whose last known head it names."""
    _append(home, [], BEGIN, {"format": FORMAT, "lost": str(lost), "why": why})


def last_known(file: Path) -> Head:
    """The head of a damaged ledger, as far as its lines follow from each other."""
    return head_of(sound_beginning(file))


def sound_beginning(file: Path) -> list[Entry]:
    """The events of a damaged ledger, as far as its lines follow from each other and tell of what we know."""
    entries: list[Entry] = []
    for line in file.read_bytes().split(b"\n") if is_regular(file) else ():
        entry = _parse(line)
        if entry is None or not _follows(entry, head_of(entries)):
            break
        if not has_its_facts(entry.event, entry.facts):
            break
        entries.append(entry)
    return entries


def began_at(entries: Sequence[Entry]) -> int | None:
    """The place of the line that says so; what stands before it was written by the first release."""
    return next((entry.sequence for entry in entries if entry.event == BEGIN), None)


def _append(home: Home, entries: Sequence[Entry], event: str, facts: dict[str, Any]) -> Entry:
    # As it will be read back: a tuple is a list then.
    if not has_its_facts(event, json.loads(_canonical(facts))):
        raise ValueError(f"no reader of the ledger would take this for {event}")
    sequence = len(entries) + 1
    previous = entries[-1].seal if entries else BEFORE_THE_FIRST
    at = datetime.now(UTC).isoformat(timespec="seconds")
    entry = Entry(sequence, at, event, facts, previous, _seal(sequence, at, event, facts, previous))
    descriptor = os.open(home.ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # A full disk takes the beginning without a word, and refuses only the rest.
        rest = memoryview(_line(entry) + b"\n")
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return entry


def read(home: Home) -> list[Entry]:
    """Every event in order, each seal recomputed.

    A last line that is not whole is not an event and is left out (`is_cut`); one that lacks only its newline
    is. Raises IntegrityDamaged INT-01 naming the first bad line, INT-13 where a home in use has no line.
    """
    entries: list[Entry] = []
    lines = _lines(home)
    if len(lines) == 1 and is_in_use(home):
        raise IntegrityDamaged(
            "INT-13",
            "The ledger is gone, but this home holds what it recorded",
            file=home.ledger,
            unchanged="Nothing was changed.",
        )
    for number, line in enumerate(lines[:-1], start=1):
        entry = _parse(line)
        if entry is None or not _follows(entry, head_of(entries)):
            raise _altered(home, number)
        if not has_its_facts(entry.event, entry.facts):
            raise _altered(home, number, OTHERWISE.format(entry.event))
        entries.append(entry)
    last, before = lines[-1], head_of(entries)
    if (entry := _parse(last)) is not None and _follows(entry, before):
        if not has_its_facts(entry.event, entry.facts):
            raise _altered(home, len(lines), OTHERWISE.format(entry.event))
        entries.append(entry)
    elif (entry := _parse(last[:-1])) is not None and _follows(entry, before):
        # A crash leaves the beginning of a line; this is a whole one with another byte for its newline.
        raise _altered(home, len(lines))
    return entries


def is_cut(home: Home, entries: Sequence[Entry]) -> bool:
    """Whether the ledger ends in the beginning of a line: an event that was being written at a crash."""
    lines = _lines(home)
    return bool(lines[-1]) and len(entries) < len(lines)


def _lines(home: Home) -> list[bytes]:
    """The ledger's lines, the last without a newline; a ledger behind a link is not the home's own."""
    if not os.path.lexists(home.ledger):
        return [b""]
    if not is_regular(home.ledger):
        raise _altered(home, None, "no file of its own lies in its place")
    return home.ledger.read_bytes().split(b"\n")


def _altered(home: Home, line: int | None, how: str = UNFOLLOWED) -> IntegrityDamaged:
    return IntegrityDamaged(
        "INT-01",
        f"The ledger was altered: {how}",
        file=home.ledger,
        line=line,
        unchanged="Nothing was changed.",
    )


def head(home: Home) -> Head:
    """The last event's place and seal; place 0 before the first."""
    return head_of(read(home))


def head_of(entries: Sequence[Entry]) -> Head:
    return Head(entries[-1].sequence, entries[-1].seal) if entries else Head(0, BEFORE_THE_FIRST)


def head_kept_outside(text: str) -> Head:
    """What `metachron seal` printed, read back; raises UsageError SEAL-01 for anything else."""
    match = re.fullmatch(r"([0-9]{1,12}):([0-9a-f]{64})", text.strip())
    if match is None:
        raise UsageError(
            "SEAL-01",
            "This is no seal of a ledger",
            value=text,
            unchanged="Nothing was checked.",
        )
    return Head(int(match[1]), match[2])


def hold_to(home: Home, entries: Sequence[Entry], kept: Head) -> None:
    """Raise IntegrityDamaged INT-12 unless the ledger still holds the event that was its head once."""
    if kept.sequence == 0 or (kept.sequence <= len(entries) and entries[kept.sequence - 1].seal == kept.seal):
        return
    raise IntegrityDamaged(
        "INT-12",
        f"The ledger ends before line {kept.sequence}, whose seal was kept outside"
        if kept.sequence > len(entries)
        else "The ledger was written anew: the seal that was kept outside is not that of this line",
        file=home.ledger,
        line=kept.sequence,
        unchanged="Nothing was changed.",
    )


def is_in_use(home: Home) -> bool:
    """Whether something lies in a home that is put there only after the ledger's first line."""
    kept = [path for folder in (home.vault, home.releases, home.released, home.certificates)
            if folder.exists() for path in folder.iterdir()]  # fmt: skip
    # A kill while the first raw.duckdb was made leaves a marker beside it.
    is_closed = home.raw.exists() and not (home.root / "raw.duckdb.open").exists()
    return bool(kept) or is_closed or home.warehouse.is_symlink()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _seal(sequence: int, at: str, event: str, facts: dict[str, Any], previous: str) -> str:
    return hashlib.sha256(_canonical([sequence, at, event, facts, previous]).encode()).hexdigest()


def _follows(entry: Entry, before: Head) -> bool:
    return (entry.sequence, entry.previous) == (before.sequence + 1, before.seal) and entry.seal == _seal(
        entry.sequence, entry.at, entry.event, entry.facts, entry.previous
    )


def _line(entry: Entry) -> bytes:
    """An event in the one way it is spelled, without its newline."""
    return _canonical(asdict(entry)).encode()


def _parse(line: bytes) -> Entry | None:
    try:
        entry = Entry(**parsed(line))
        return entry if _line(entry) == line and _is_an_event(entry) else None
    except (ValueError, TypeError):
        return None


def _is_an_event(entry: Entry) -> bool:
    texts = (entry.at, entry.event, entry.previous, entry.seal)
    if type(entry.sequence) is not int or not all(isinstance(text, str) for text in texts):
        return False
    datetime.fromisoformat(entry.at)  # a ValueError for what is no time
    return isinstance(entry.facts, dict)


def _cut_unfinished_line(home: Home) -> None:
    if not home.ledger.exists():
        return
    content = home.ledger.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole == len(content):
        return
    if _parse(content[whole:]) is not None:
        with home.ledger.open("ab") as ledger:
            ledger.write(b"\n")
    else:
        os.truncate(home.ledger, whole)
