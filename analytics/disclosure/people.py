"""Who is in each published group, as pseudonyms, and which groups of two releases are almost the same.

Labels say nothing about that: another spelling, another cut of eras, a broader definition or one withdrawn
patient makes another label or none. So each release keeps the people behind its counts, never their
identifiers: each is a hash under a key that was drawn once in this home.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

KEY_BYTES, PSEUDONYM_BYTES = 16, 8
WITHOUT = " without"
"""Ends the name of those of a group who had no second primary: no level of the group itself."""

MOST_LEVELS = 8
"""Levels of a variable whose unions are looked at, all of them."""


@dataclass(frozen=True, slots=True)
class People:
    """Pseudonyms, sorted, and for each group which of them are in it.

    key  hex of the home's key
    """

    key: str
    pseudonyms: np.ndarray
    groups: Mapping[str, np.ndarray]

    def size(self, group: str) -> int:
        return int(self.groups[group].sum())

    def same(self, group: str, other: People) -> bool:
        """Has the group of this name the same people in both?"""
        if group not in self.groups or group not in other.groups:
            return False
        one, two = (each.pseudonyms[each.groups[group]] for each in (self, other))
        return bool(np.array_equal(one, two))

    def record(self) -> dict[str, Any]:
        """To be kept as JSON."""
        return {
            "key": self.key,
            "pseudonyms": _packed(self.pseudonyms.tobytes()),
            "groups": {
                name: _packed(np.packbits(is_in).tobytes()) for name, is_in in sorted(self.groups.items())
            },
        }

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> People | None:
        """From a record; None for a release made before people were kept."""
        if not record:
            return None
        pseudonyms = np.frombuffer(_unpacked(record["pseudonyms"]), np.uint64)
        bits = {name: np.frombuffer(_unpacked(text), np.uint8) for name, text in record["groups"].items()}
        return cls(
            record["key"],
            pseudonyms,
            {name: np.unpackbits(each, count=len(pseudonyms)).astype(bool) for name, each in bits.items()},
        )


def new_key() -> str:
    return secrets.token_hex(KEY_BYTES)


def people(identifiers: Iterable[str], groups: Mapping[str, np.ndarray], key: str) -> People:
    """Pseudonyms of these people; `groups` are masks over them."""
    hashed = np.array([_pseudonym(each, key) for each in identifiers], np.uint64)
    order = np.argsort(hashed)
    return People(
        key, hashed[order], {name: np.asarray(is_in, bool)[order] for name, is_in in groups.items()}
    )


def almost_the_same(
    now: People, now_told: Collection[str], before: People, before_told: Collection[str], threshold: int
) -> str | None:
    """A group of this release that an earlier one's group misses by fewer people than the threshold.

    told  groups whose number is printed in each release, or follows from others
    Levels of one variable add up, so each of their sums is a group as well.
    """
    everybody = np.union1d(now.pseudonyms, before.pseudonyms)
    names, new = _masks(now, now_told, everybody)
    _, old = _masks(before, before_told, everybody)
    if not len(new) or not len(old):
        return None
    both = new @ old.T
    apart = new.sum(axis=1)[:, None] + old.sum(axis=1)[None, :] - 2 * both
    found = np.argwhere((apart > 0) & (apart < threshold))
    return names[int(found[0][0])] if len(found) else None


def mostly_the_same(now: People | None, before: People | None, group: str) -> bool:
    """Do the two groups of this name share more people than either has of its own?"""
    if now is None or before is None or group not in now.groups or group not in before.groups:
        return False
    one, two = (each.pseudonyms[each.groups[group]] for each in (now, before))
    both = len(np.intersect1d(one, two, assume_unique=True))
    return bool(2 * both > max(len(one), len(two)))


def _masks(of: People, told: Collection[str], everybody: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Each told group, and each sum of told levels, as a row of 0 and 1 over everybody."""
    at = np.searchsorted(everybody, of.pseudonyms)
    names, rows = [], []
    for name, parts in _sums(sorted(told & of.groups.keys())):
        row = np.zeros(len(everybody), np.float32)
        row[at] = sum(of.groups[part].astype(np.float32) for part in parts)
        names.append(name)
        rows.append(row)
    return names, np.array(rows, np.float32).reshape(len(rows), len(everybody))


def _sums(groups: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    levels: dict[tuple[str, bool], list[str]] = {}
    for group in groups:
        yield group, (group,)
        if "=" in group:
            levels.setdefault((group.partition("=")[0], group.endswith(WITHOUT)), []).append(group)
    for alike in levels.values():
        for several in range(2, len(alike)) if len(alike) <= MOST_LEVELS else ():
            for parts in combinations(alike, several):
                yield " + ".join(parts), parts


def _pseudonym(identifier: str, key: str) -> int:
    digest = hashlib.blake2b(
        identifier.encode(), key=bytes.fromhex(key), digest_size=PSEUDONYM_BYTES
    ).digest()
    return int.from_bytes(digest, "little")


def _packed(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content)).decode()


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text))
