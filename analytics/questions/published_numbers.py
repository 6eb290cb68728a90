"""Does the paper say what its own numbers, and this warehouse, say?

Every number that the paper prints is a row of `analytics/published_numbers/<paper>.csv`: where it stands,
what it is, as printed, what recomputes it, and a note. The verdict is computed here: a number agrees if the
recomputed value, rounded as the paper rounds, can be the printed one; it is impossible if it lies beyond a
bound that no data could pass.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from analytics.published_numbers.expressions import Recomputed
from analytics.published_numbers.paper_file import Row, read, recomputed
from analytics.questions.analysis import Analysis
from analytics.results.document import Results
from analytics.results.json_file import plain
from analytics.results.published import PrintedNumber

ANALYSIS = Analysis(
    section="published",
    title="Printed numbers, recomputed",
    question="Can the paper's numbers be reproduced?",
    keys=("published",),
    is_part=lambda results: bool(results.published),
)  # fmt: skip

PAPERS = Path(__file__).parents[1] / "published_numbers"
OF_DEFINITION = {
    "8778b542fcb9b736c04893ccbfe94fb50fcf28381ad7ce8fcebc79e30fd3af8f": "jia2024.csv",
}
"""Which paper a definition repeats (`Study.definition_hash`), whatever the study is called."""


def audit_printed_numbers(results: Results) -> tuple[PrintedNumber, ...]:
    """The numbers of the paper that the study repeats, recomputed; empty for other studies."""
    name = OF_DEFINITION.get(results.study.definition_hash)
    return audit_paper_file(PAPERS / name, plain(results)) if name else ()


def audit_paper_file(paper_file: Path, results: dict[str, Any]) -> tuple[PrintedNumber, ...]:
    """Recompute every row of a paper's file from plain results; of `{}`, what printed numbers alone decide.

    Raises analytics.published_numbers.paper_file.PaperFileRefused for a file that is none.
    """
    return tuple(_printed_number(row, results) for row in read(paper_file))


def _printed_number(row: Row, results: dict[str, Any]) -> PrintedNumber:
    cells = row.cells
    expression, printed = cells["expression"], cells["printed"]
    again = None if _of_nobody(expression, results) else recomputed(row, results)
    return PrintedNumber(
        where=cells["where"],
        what=cells["what"],
        printed=printed,
        recomputed=None if again is None else again.value,
        verdict=verdict(printed, again),
        note=cells["note"] or None,
        id=cells["id"],
        basis=("warehouse" if "{" in expression else "printed numbers") if expression else "none",
        decimals=decimals_of(printed),
        expression=expression,
    )


def _of_nobody(expression: str, results: dict[str, Any]) -> bool:
    """A place of the hospital's, of which no patient was delivered: its zeros are no counts."""
    return "{institution." in expression and not (results.get("institution") or {}).get("n_index")


def verdict(printed: str, again: Recomputed | None) -> str:
    """ "agrees", "differs", "impossible" or "not_recomputable".

    Half a unit of the last printed digit is rounding; so is what the roundings of printed inputs add. Against
    a bound nothing differs: it is kept, or what is printed is impossible.
    """
    if again is None:
        return "not_recomputable"
    if again.bound:
        return "agrees" if _within(printed, again) else "impossible"
    if printed.startswith("<"):
        return "agrees" if again.value < float(printed[1:]) else "differs"
    if printed.startswith(">"):
        return "agrees" if again.value > float(printed[1:]) else "differs"
    half = 0.5 * 10 ** -decimals_of(printed) * (1 + 1e-9)
    value = float(printed)
    return "agrees" if again.lowest - half <= value <= again.highest + half else "differs"


def _within(printed: str, bound: Recomputed) -> bool:
    """Whether a printed number (its sign of inequality apart) can lie on the right side of a bound."""
    value, half = float(printed.lstrip("<>")), 0.5 * 10 ** -decimals_of(printed) * (1 + 1e-9)
    if printed.startswith("<") or printed.startswith(">"):
        half = 0.0
    if bound.bound == "at_least":
        return printed.startswith(">") or value + half >= bound.lowest
    return printed.startswith("<") or value - half <= bound.highest


def decimals_of(printed: str) -> int:
    """Digits after the point, as printed."""
    return len(printed.partition(".")[2])
