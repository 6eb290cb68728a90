"""The page's small plots as coordinates; the template draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from expectations.history import MEASURES

CHART_WIDTH, CHART_HEIGHT = 720, 110
LINE_WIDTH, LINE_HEIGHT, MARGIN = 220, 44, 5


@dataclass(frozen=True, slots=True)
class Line:
    """One measure over the audits: its course, its last value and the change since the audit before."""

    label: str
    values: tuple[int, ...]
    points: tuple[tuple[float, float], ...]
    refused: tuple[int, ...]

    @property
    def now(self) -> int:
        return self.values[-1]

    @property
    def change(self) -> int | None:
        return self.values[-1] - self.values[-2] if len(self.values) > 1 else None

    @property
    def path(self) -> str:
        return " ".join(f"{x},{y}" for x, y in self.points)


def lines(history: Sequence[dict[str, Any]]) -> list[Line]:
    """A line for each measure that every audit could tell; audits that refused to publish are marked."""
    refused = tuple(place for place, audit in enumerate(history) if audit["verdict"] == "fail")
    return [
        Line(label, values, place_points(values), refused)
        for name, label in MEASURES.items()
        if (values := tuple(audit[name] for audit in history)) and None not in values
    ]


def place_points(values: Sequence[int]) -> tuple[tuple[float, float], ...]:
    """From left to right, the lowest at the bottom; a course that never moves lies in the middle."""
    low, high = min(values), max(values)
    step = (LINE_WIDTH - 2 * MARGIN) / max(len(values) - 1, 1)
    room = LINE_HEIGHT - 2 * MARGIN

    def height(value: int) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return round(LINE_HEIGHT - MARGIN - room * share, 1)

    return tuple((round(MARGIN + place * step, 1), height(value)) for place, value in enumerate(values))


def bars(years: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tumours by year as the rectangles of a small chart."""
    if not years:
        return []
    most = max(year["n_tumors"] for year in years)
    first, last = years[0]["year"], years[-1]["year"]
    step = CHART_WIDTH / (last - first + 1)
    return [
        {
            "year": year["year"],
            "n_tumors": year["n_tumors"],
            "x": round((year["year"] - first) * step, 2),
            "width": round(step * 0.8, 2),
            "height": round(CHART_HEIGHT * year["n_tumors"] / most, 2),
        }
        for year in years
    ]
