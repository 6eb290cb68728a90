"""copies.jsonl of a home: a line for each copy of its data that a command wrote somewhere else."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

from flows.integrity.durable import is_regular


@dataclass(frozen=True, slots=True)
class Copy:
    """Data that a command wrote where somebody wanted them.

    place     an absolute path
    contents  SHA-256 of the deliveries that they were made from
    sha256    of the file; None for a folder
    """

    place: str
    made_by: str
    at: str
    contents: tuple[str, ...]
    sha256: str | None = None


def copies(file: Path) -> dict[str, Copy]:
    """The newest copy of each place, by the lines of copies.jsonl."""
    return {copy.place: copy for copy in map(as_copy, lines_of(file)) if copy is not None}


def hashes_of_copies(file: Path) -> set[str]:
    """Hashes of the lines that tell of a copy."""
    return {hashlib.sha256(line).hexdigest() for line in lines_of(file) if as_copy(line) is not None}


def unread_copies(file: Path) -> int:
    """How many lines tell of no copy: cut short by a kill, or edited."""
    return sum(as_copy(line) is None for line in lines_of(file))


def lines_of(file: Path) -> list[bytes]:
    """None where there is no such file, or it is for the home's owner; one that tells nothing for no file."""
    if os.path.lexists(file) and not is_regular(file):
        return [b""]
    if not os.access(file, os.R_OK):
        return []
    return file.read_bytes().splitlines()


def as_copy(line: bytes) -> Copy | None:
    try:
        copy = Copy(**json.loads(line))
        texts = (copy.place, copy.made_by, copy.at, *copy.contents)
        is_told = all(isinstance(each, str) for each in texts) and isinstance(copy.sha256, str | None)
        return replace(copy, contents=tuple(copy.contents)) if is_told else None
    except (ValueError, TypeError):
        return None
