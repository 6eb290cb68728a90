"""Where an estimator says "this cannot be estimated", and the answer becomes null with the reason."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Estimable:
    """The estimator's result, or None and its own words on why there is none."""

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
        return Estimable(None, str(refusal))


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
