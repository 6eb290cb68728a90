"""What every reader hands over: deliveries found, received, checked; and what becomes of their rows."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import duckdb

from flows.landing.forms.seer_listing.database_name import DatabaseName
from flows.landing.text.delivered_text import encoding_only_named
from flows.landing.text.line_pattern import LinePattern
from flows.landing.vault import Content
from flows.landing.vocabulary import Column

LARGEST_REJECTED_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class RecognisedDelivery:
    """Files recognised as one delivery, not yet read.

    reader      the name of its reader, see flows.landing.deliveries
    files       the data files
    companions  what explains them: dictionary, program, mapping, session
    encoding    what their text is in, if the person who loads them says so
    """

    reader: str
    files: tuple[Path, ...]
    companions: Mapping[str, Path] = field(default_factory=dict)
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A delivery whose bytes are ours.

    load_ids   one for each of `contents`, in the same order
    pattern    what was seen of its lines while they were received, if anything
    """

    recognised: RecognisedDelivery
    contents: tuple[Content, ...]
    companions: Mapping[str, Content]
    load_ids: tuple[str, ...]
    pattern: LinePattern | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """One record that was read and not landed, and why."""

    source_line: int
    reason_code: str
    reason: str
    raw_text: str
    column_name: str | None = None


class Rejects(Protocol):
    """Rejects that can be counted and gone through, again and again."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Reject]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """A file that passed every check that does not need all its rows at once.

    kind       the raw table it lands in; source and role say what it is to the staging layer
    columns    its columns as delivered, with the warehouse's names
    rows_read  records after the header, counted by us; equals landed + rejected
    insert     puts its rows (load_id, source_line and `columns`) into raw.<kind>
    place      what the places of its rows count: the lines of the file, or its tumours
    path       where it lay, to tell it from another file of its name
    header     further facts for raw.loads.header, such as the dictionary's formats
    short_numbers  the event of a file of tumours in which patient numbers lack digits; "" where they may
    """

    content: Content
    load_id: str
    kind: str
    source: str
    role: str
    columns: tuple[Column, ...]
    rows_read: int
    insert: Callable[[duckdb.DuckDBPyConnection], None]
    rejects: Rejects = ()
    dictionary: Content | None = None
    database: DatabaseName | None = None
    is_synthetic: bool = False
    encoding: str = "utf-8"
    delimiter: str = ""
    line_ending: str = ""
    header: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[str, ...] = ()
    short_numbers: str = ""
    place: str = "line"
    path: Path | None = None

    def at(self, number: int) -> str:
        """Where one of its rows stands, in a sentence: "on line 3"."""
        return f"{'on' if self.place == 'line' else 'in'} {self.place} {number:,}"


def names_of(files: Sequence[CheckedFile]) -> dict[str, str]:
    """Load id -> the name of each file; of files with one name the path, from the folder that holds them."""
    count = Counter(file.content.name for file in files)
    names = {}
    for file in files:
        name = file.content.name
        if count[name] > 1 and file.path is not None:
            paths = [each.path for each in files if each.content.name == name and each.path is not None]
            name = file.path.relative_to(os.path.commonpath([path.parent for path in paths])).as_posix()
        names[file.load_id] = name
    return names


def load_ids(contents: Sequence[Content], meaning: str) -> tuple[str, ...]:
    """16 hex digits for each file: of its content, of what explains it, and of the set it belongs to.

    A set (the nine files of a registry group) is loaded as a whole: when one file changes, all get new ids.
    The same bytes are another text, and get another id, where an encoding was named that no guess would take.
    """
    whole = "".join(sorted(content.sha256 for content in contents)) if len(contents) > 1 else ""
    return tuple(
        hashlib.sha256(
            f"{content.sha256}|{meaning}|{whole}{encoding_only_named(content)}".encode()
        ).hexdigest()[:16]
        for content in contents
    )


def too_many(rejected: int, read: int) -> bool:
    """Whether so many misshapen records mean another layout: over 1%, and in small files over 5% or three."""
    return rejected > max(LARGEST_REJECTED_SHARE * read, min(3, read // 20))


def identifier(name: str) -> str:
    """A name quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text quoted for SQL."""
    return "'" + text.replace("'", "''") + "'"
