"""Why a cell holds no number, as footnotes: each reason once, with the rows it stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from analytics.render.formats import STATES, sentence


def reasons(rows: Iterable[Any], name: Callable[[Any], str]) -> tuple[str, ...]:
    """A footnote for each reason among rows without a value; `name` is what a row is called."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.state in STATES:
            by_reason.setdefault((row.state, row.reason), []).append(name(row))
    return tuple(
        f"{sentence(', '.join(dict.fromkeys(names)).replace('_', ' '))}, {STATES[state]}: {reason}"
        for (state, reason), names in by_reason.items()
    )
