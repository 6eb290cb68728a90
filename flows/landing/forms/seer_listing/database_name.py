"""SEER database names: `Incidence - SEER Research Plus Data, 9 Registries, Nov 2020 Sub (1975-2018) ...`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

NAME = re.compile(
    r"^(?P<kind>.+?) - (?P<product>.+?)(?:, (?P<registries>\d+) Registries)?(?: \([^)]*\))?"
    r", Nov (?P<submission>\d{4}) Sub \((?P<first>\d{4})-(?P<last>\d{4})(?: varying)?\)"
)
OLD_REGISTRIES = re.compile(r"SEER (\d+) Regs")


@dataclass(frozen=True, slots=True)
class DatabaseName:
    """A database name and what it says; None where it says nothing we can read."""

    text: str
    kind: str | None = None
    product: str | None = None
    registries: int | None = None
    submission_year: int | None = None
    first_year: int | None = None
    last_year: int | None = None

    @property
    def study_cutoff(self) -> date | None:
        """31 December of the last diagnosis year: SEER's follow-up cutoff."""
        return None if self.last_year is None else date(self.last_year, 12, 31)


def parse(text: str) -> DatabaseName:
    """Read a database name; an unknown form keeps its text and nothing else."""
    match = NAME.match(text)
    if match is None:
        return DatabaseName(text)
    registries = match["registries"]
    if registries is None and (old := OLD_REGISTRIES.search(match["product"])):
        registries = old[1]
    return DatabaseName(
        text=text,
        kind=match["kind"],
        product=match["product"],
        registries=None if registries is None else int(registries),
        submission_year=int(match["submission"]),
        first_year=int(match["first"]),
        last_year=int(match["last"]),
    )
