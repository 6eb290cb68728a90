"""Why a cell holds no number, or half an interval, as footnotes."""

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
        f"{sentence('; '.join(dict.fromkeys(names)).replace('_', ' '))}, {STATES[state]}: {reason}"
        for (state, reason), names in by_reason.items()
    )


ONE_SIDED = (
    "Where no second primary was seen, the interval is one-sided: from 0 to the exact upper 97.5% "
    "confidence limit."
)


def one_sided(counts: Iterable[int | None]) -> tuple[str, ...]:
    """The footnote of a table in which a count is 0: one limit, the upper one of the two-sided 95%."""
    return (ONE_SIDED,) if any(seen == 0 for seen in counts) else ()
