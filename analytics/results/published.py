"""Numbers that a paper prints, computed again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PrintedNumber:
    """One number that a paper prints, beside what it is when computed again."""

    where: str
    what: str
    printed: str
    recomputed: float | str | None
    verdict: str
    note: str | None
    id: str = ""
    basis: str = ""
    decimals: int | None = None
    expression: str = ""
