"""Who is in each published group, as pseudonyms.

Labels say nothing about that: another spelling, another cut of eras, a broader definition or one withdrawn
patient makes another label or none. So each report keeps the people behind its counts, never their
identifiers: each is a hash under a key that was drawn once in this home.

People who are in the very same groups are of one kind, and a group is a set of kinds.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

KEY_BYTES, PSEUDONYM_BYTES, VALUE_BYTES = 16, 8, 4
NOTHING: Mapping[str, Any] = MappingProxyType({})
ALSO = " :: "


@dataclass(frozen=True, slots=True)
class People:
    """Pseudonyms, sorted; of which kind each is; and which kinds are in each group.

    key       hex of the home's key
    values    hashes of what each person adds to a mean, a sum or a curve, by the name of the measure
    measures  of which measure something is told of a group, by the name of the group
    """

    key: str
    pseudonyms: np.ndarray
    kinds: np.ndarray
    groups: Mapping[str, np.ndarray]
    values: Mapping[str, np.ndarray]
    measures: Mapping[str, str]

    def size(self, group: str) -> int:
        return int(self.groups[group][self.kinds].sum())

    def signatures(self) -> dict[str, tuple[int, int]]:
        """Of each group with somebody in it, how many they are and the sum of their pseudonyms, which are
        random: two groups have one signature if they have the same people."""
        n_kinds = int(self.kinds.max(initial=0)) + 1
        sums, sizes = np.zeros(n_kinds, np.uint64), np.bincount(self.kinds, minlength=n_kinds)
        np.add.at(sums, self.kinds, self.pseudonyms)
        return {
            name: (int(sizes[is_in].sum()), int(sums[is_in].sum()))
            for name, is_in in self.groups.items()
            if is_in.any()
        }

    def record(self) -> dict[str, Any]:
        """To be kept as JSON."""
        return {
            "key": self.key,
            "pseudonyms": _packed(self.pseudonyms.tobytes()),
            "kinds": _packed(self.kinds.tobytes()),
            "groups": {name: _packed(np.packbits(kinds).tobytes()) for name, kinds in self.groups.items()},
            "values": {name: _packed(codes.tobytes()) for name, codes in self.values.items()},
            "measures": dict(self.measures),
        }

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> People | None:
        """From a record; None where it is of a version that did not keep the people of every number."""
        if "kinds" not in record:
            return None
        kinds = np.frombuffer(_unpacked(record["kinds"]), np.uint32)
        n_kinds = int(kinds.max(initial=0)) + 1
        bits = {name: np.frombuffer(_unpacked(text), np.uint8) for name, text in record["groups"].items()}
        return cls(
            record["key"],
            np.frombuffer(_unpacked(record["pseudonyms"]), np.uint64),
            kinds,
            {name: np.unpackbits(each, count=n_kinds).astype(bool) for name, each in bits.items()},
            {name: np.frombuffer(_unpacked(text), np.uint32) for name, text in record["values"].items()},
            record["measures"],
        )


def also(name: str, what: str) -> str:
    """The name of further people of whom something is told where the count of this name is."""
    return f"{name}{ALSO}{what}"


def new_key() -> str:
    return secrets.token_hex(KEY_BYTES)


def people(
    identifiers: Sequence[str],
    groups: Mapping[str, np.ndarray],
    key: str,
    *,
    values: Mapping[str, Sequence[np.ndarray]] = NOTHING,
    measures: Mapping[str, str] = NOTHING,
) -> People:
    """Pseudonyms of these people; `groups` are masks over them, `values` the columns of each measure."""
    hashed = np.array([_hashed(each, key, PSEUDONYM_BYTES) for each in identifiers], np.uint64)
    order = np.argsort(hashed)
    kinds, by_kind = _kinds(groups, len(hashed))
    codes = {
        name: _codes(identifiers, columns, [groups[each] for each, of in measures.items() if of == name], key)
        for name, columns in values.items()
    }
    return People(
        key,
        hashed[order],
        kinds[order],
        by_kind,
        {name: each[order] for name, each in codes.items()},
        dict(measures),
    )


def base_of(name: str) -> str:
    """The count with which something is told of these people."""
    return name.partition(ALSO)[0]


def _kinds(groups: Mapping[str, np.ndarray], n: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The kind of each person, and for each group which kinds are in it."""
    masks = np.array([*groups.values()], bool).reshape(len(groups), n)
    packed = np.ascontiguousarray(np.packbits(masks, axis=0).T)
    rows = packed.view(np.dtype((np.void, packed.shape[1]))).ravel() if groups else np.zeros(n, np.uint8)
    _, first, kinds = np.unique(rows, return_index=True, return_inverse=True)
    return kinds.astype(np.uint32), {name: masks[at][first] for at, name in enumerate(groups)}


def _codes(
    identifiers: Sequence[str], columns: Sequence[np.ndarray], groups: Sequence[np.ndarray], key: str
) -> np.ndarray:
    """A hash of each person's values, for those in one of the groups."""
    codes = np.zeros(len(identifiers), np.uint32)
    members = np.flatnonzero(np.any(np.array(groups, bool), axis=0))
    rows = zip(*(column[members].tolist() for column in columns), strict=True)
    codes[members] = [
        _hashed(f"{identifiers[at]} {row}", key, VALUE_BYTES)
        for at, row in zip(members.tolist(), rows, strict=True)
    ]
    return codes


def _hashed(text: str, key: str, size: int) -> int:
    digest = hashlib.blake2b(text.encode(), key=bytes.fromhex(key), digest_size=size).digest()
    return int.from_bytes(digest, "little")


def _packed(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content)).decode()


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text))
