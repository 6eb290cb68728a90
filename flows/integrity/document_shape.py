"""Whether a document that was read back has the shape in which it is written.

Whoever can edit a file can make its hashes fit, and leave a key out or put a list where a number was. So what
is read is held to its types first, and then believed or not.
"""

from __future__ import annotations

import json
import re
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, NotRequired, get_args, get_origin, get_type_hints, is_typeddict

# One name in a folder: it leads nowhere else, and is no draft of ours.
Name = Annotated[str, re.compile(r"[^./\x00-\x1f][^/\x00-\x1f]{0,200}")]
Sha256 = Annotated[str, re.compile(r"[0-9a-f]{64}")]
ReleaseId = Annotated[str, re.compile(r"r[0-9a-f]{12}")]


def parsed(content: bytes | str) -> Any:
    """JSON; raises ValueError for whatever is none, however deep it is nested."""
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def fits(value: Any, kind: Any) -> bool:
    """Whether a value is of a type: of JSON's own, texts of a pattern, lists, dictionaries and TypedDicts.

    Keys that a TypedDict does not have are let through: a later version may write more.
    """
    if is_typeddict(kind):
        return isinstance(value, dict) and all(
            fits(value[key], of) if key in value else may_be_missing
            for key, (of, may_be_missing) in keys_of(kind).items()
        )
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        base, pattern = args
        return fits(value, base) and pattern.fullmatch(value) is not None
    if origin is UnionType:
        return any(fits(value, each) for each in args)
    if origin is list:
        return isinstance(value, list) and all(fits(each, args[0]) for each in value)
    if origin is dict:
        return isinstance(value, dict) and all(
            fits(key, args[0]) and fits(each, args[1]) for key, each in value.items()
        )
    # Not isinstance: true is no number here.
    return type(value) is (NoneType if kind is None else kind)


@cache
def keys_of(kind: Any) -> dict[str, tuple[Any, bool]]:
    """For each key of a TypedDict its type, and whether it may be missing."""
    hints = get_type_hints(kind, include_extras=True)
    return {
        key: (get_args(of)[0], True) if get_origin(of) is NotRequired else (of, False)
        for key, of in hints.items()
    }
