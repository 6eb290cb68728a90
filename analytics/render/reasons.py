"""Why a cell holds no number, as footnotes: each reason once, with the rows it stands for."""

from __future__ import annotations

from typing import Any

from analytics.render.formats import STATES, sentence


def reasons(rows: list[dict[str, Any]], name: str) -> tuple[str, ...]:
    """A footnote for each reason among rows without a value; `name` is the field that names a row."""
    said: dict[str, list[str]] = {}
    for row in rows:
        if row["state"] in STATES:
            said.setdefault(f"{STATES[row['state']]}: {row['reason']}", []).append(str(row[name]))
    return tuple(
        f"{sentence(', '.join(dict.fromkeys(names)).replace('_', ' '))} {why}" for why, names in said.items()
    )
