"""Numbers in sentences."""

from __future__ import annotations


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number and what it counts: "1 row", "2,000 rows"; `many` where an s is not enough."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
