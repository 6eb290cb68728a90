"""Where an estimator says "this cannot be estimated", and the answer becomes null with the reason."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PLAIN = (
    (r"[ab] is empty", "one of the two groups is empty"),
    (
        r"[ab] has one value: its variance is unknown",
        "a group has one value, which has no variance",
    ),
    (r"durations is empty", "nobody was followed"),
    (r"events holds no event: (.*)", r"nobody had the event: \1"),
    (r"observed holds no event: (.*)", r"nobody had the event: \1"),
    (r"groups holds a single group, '?(.*?)'?: (.*)", r"there is one group only (\1): \2"),
    (r"exposed_from leaves only one state, (.*)", r"\1"),
    (r"(row|column) \d+ of the table is empty", r"a \1 of the table is empty"),
    (r"(.*): use (?:method=|chi_squared).*", r"\1"),
)
"""What estimators say of their arguments, and the same to a reader who never sees them."""


@dataclass(frozen=True, slots=True)
class Estimable:
    """The estimator's result, or None and why there is none, in plain words."""

    result: Any
    reason: str | None = None

    def __getattr__(self, name: str) -> Any:
        """A field of the result; None where there is no result."""
        return None if self.result is None else getattr(self.result, name)


def estimate(estimator: Callable[..., Any], *arguments: Any, **settings: Any) -> Estimable:
    """Call an estimator; its ValueError (one group, no events, separation) is an answer, not a failure."""
    try:
        return Estimable(estimator(*arguments, **settings))
    except ValueError as refusal:
        return Estimable(None, _plain(str(refusal)))


def _plain(refusal: str) -> str:
    for pattern, words in PLAIN:
        if match := re.fullmatch(pattern, refusal):
            return match.expand(words)
    return refusal


def finite(number: Any) -> float | None:
    """A plain float, or None for what is missing, infinite or not a number."""
    if number is None:
        return None
    number = float(number)
    return number if math.isfinite(number) else None


def limits(pair: Any) -> tuple[float | None, float | None]:
    """An interval as two plain floats, an absent or unbounded limit as None."""
    if pair is None:
        return (None, None)
    lower, upper = pair
    return (finite(lower), finite(upper))
