"""`metachron check-paper`: the printed numbers of any paper, computed again."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flows.errors import DefinitionRefused
from flows.files.given_file import read_given
from flows.home import Home
from flows.reporting.kept_reports import release_id, results_of

VERDICTS = {
    "agrees": "agrees",
    "differs": "DIFFERS",
    "impossible": "IMPOSSIBLE",
    "not_recomputable": "not recomputable",
}
WIDEST = 62


@dataclass(frozen=True, slots=True)
class PrintedNumbersAudit:
    """A paper's printed numbers, with a verdict on each.

    release  the release whose results entered; None when printed numbers alone decided
    """

    paper_file: str
    release: str | None
    printed_numbers: tuple[Any, ...]

    def counts(self) -> dict[str, int]:
        counts = Counter(number.verdict for number in self.printed_numbers)
        return {"claims": len(self.printed_numbers), **{verdict: counts[verdict] for verdict in VERDICTS}}

    def facts(self) -> dict[str, Any]:
        return {
            "ledger": self.paper_file,
            "release": self.release,
            "counts": self.counts(),
            "claims": [asdict(number) for number in self.printed_numbers],
        }

    def screen(self) -> str:
        rows = [
            (number.id, number.where, number.what, number.printed, again(number), VERDICTS[number.verdict])
            for number in self.printed_numbers
        ]
        lines = aligned(("id", "where", "what", "printed", "recomputed", "verdict"), rows, right={3, 4})
        notes = [
            textwrap.fill(f"{number.id}: {number.note}", 100, initial_indent="  ", subsequent_indent="     ")
            for number in self.printed_numbers
            if number.note and number.verdict in ("differs", "impossible")
        ]
        return "\n".join(
            [
                *lines,
                *(["", "On those that differ or cannot be:", *notes] if notes else []),
                "",
                self.total(),
            ]
        )

    def total(self) -> str:
        counts = self.counts()
        base = f"release {self.release}" if self.release else "the printed numbers alone"
        return (
            f"{counts['claims']} printed numbers of {self.paper_file}, from {base}: "
            f"{counts['agrees']} agree, {counts['differs']} differ, {counts['impossible']} impossible, "
            f"{counts['not_recomputable']} not recomputable"
        )


def audit_paper(home: Home, paper_file: Path, *, from_warehouse: bool = False) -> PrintedNumbersAudit:
    """Give every printed number of a paper its verdict.

    from_warehouse  also recompute what the file takes from results.json, of the published release

    Raises DefinitionRefused naming line, column and value of what cannot be read; UsageError for a file that
    cannot be opened or when nothing is published.
    """
    from analytics.published_numbers.paper_file import MOST_BYTES, PaperFileRefused
    from analytics.questions.published_numbers import audit_paper_file

    results = results_of(home) if from_warehouse else {}
    read_given(
        paper_file, "file of printed numbers", code="CLM-01", most_bytes=MOST_BYTES,
    )  # fmt: skip
    try:
        printed_numbers = audit_paper_file(paper_file, results)
    except PaperFileRefused as refused:
        raise DefinitionRefused(
            "CLM-02",
            refused.what,
            file=paper_file,
            line=refused.line,
            column=refused.column,
            value=refused.value,
            unchanged="No printed number was judged.",
            remedy=refused.remedy,
        ) from None
    release = release_id(home, "published") if from_warehouse else None
    return PrintedNumbersAudit(paper_file.name, release, printed_numbers)


def again(number: Any) -> str:
    """Two digits more than printed, so that a reader sees how the rounding falls."""
    value = number.recomputed
    if value is None:
        return ""
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.{(number.decimals or 0) + 2}f}"


def aligned(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, right: set[int]) -> list[str]:
    """Columns of text as wide as their widest cell, cut where they would not fit a screen."""
    cut = [tuple(cell if len(cell) <= WIDEST else cell[: WIDEST - 1] + "…" for cell in row) for row in rows]
    widths = [max(map(len, column)) for column in zip(heads, *cut, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (heads, tuple("-" * width for width in widths), *cut)
    ]
