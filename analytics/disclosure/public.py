"""What an outsider reads: tables, curves, and why the rest is not there.

Every percentage and rate is computed here from counts as shown, so that none can tell more than they do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from analytics.disclosure.cells import PrintedCount
from analytics.results.ids import CompetingId, SurvivalId

STAR = "*"
STEPS_TO_TEN, P_LIMITS = 25, (0.001, 0.01, 0.05, 0.1)

SCHEMA_VERSION = 4
"""Of results_public.json; rises when a key or a column changes its meaning. Since 2 hazard ratios are in
steps, P beside them is a class, and strata of the ratio have no person-years; since 3 a stratum names what it
is of, and a hazard ratio its model; since 4 proportions are of 100,000 people, and a curve ends before it
rounds to all or nothing."""

BECAUSE = "A count behind it is hidden or too small for it, or the disclosure rule never allows it."
"""The one reason for whatever is withheld: a reason for each would tell how large a hidden count is."""


@dataclass(frozen=True, slots=True)
class PublicTable:
    """One table; a value is text, a number, None (empty) or a count as shown. `note` is about deliveries."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class PublicCurve:
    """One group's coarse curve; `at_risk` are (month, count as shown).

    from_months  where it begins: it is of those still there at that month
    """

    analysis: SurvivalId | CompetingId
    level: str
    months: tuple[int, ...]
    estimate: tuple[float, ...]
    at_risk: tuple[tuple[int, PrintedCount], ...]
    from_months: int = 0


@dataclass(frozen=True, slots=True)
class Withheld:
    """Something that is not there. A reason of its own is about deliveries or forms, never about counts.

    kind    what it is, as "curve"
    of      the analysis, model or variable that it belongs to; empty of what stands alone
    detail  which part of that: a group, a test
    """

    kind: str
    of: str = ""
    detail: str = ""
    reason: str = BECAUSE

    @property
    def artefact(self) -> str:
        """As results_public.json names it: "curve: os_from_second, all"."""
        return ": ".join(filter(None, (self.kind, ", ".join(filter(None, (self.of, self.detail))))))


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of the public report shows, and what it keeps back."""

    tables: tuple[PublicTable, ...] = ()
    curves: tuple[PublicCurve, ...] = ()
    withheld: tuple[Withheld, ...] = ()


@dataclass(frozen=True, slots=True)
class PublicResults:
    """The public report, before it is written; `code_version` is the software's."""

    title: str
    is_synthetic: bool
    profile: str
    threshold: int
    tables: tuple[PublicTable, ...]
    curves: tuple[PublicCurve, ...]
    withheld: tuple[Withheld, ...]
    code_version: str = ""


Printed = Mapping[str, PrintedCount]


def percent(part: PrintedCount, whole: PrintedCount) -> float | None:
    """Of counts as shown, to one decimal; None where either is hidden."""
    if part.number is None or not whole.number:
        return None
    return round(100 * part.number / whole.number, 1)


def rate(count: PrintedCount, base: float | None, per: float, decimals: int) -> float | None:
    """Events as shown, per unit of a base that counts nobody (person-years)."""
    if count.number is None or not base:
        return None
    return round(count.number / base * per, decimals)


def p_value(p: float | None) -> str | None:
    """Two significant digits; what is below 0.05 is not rounded up to it."""
    if p is None:
        return None
    text = "<0.001" if p < 0.001 else f"{p:.2g}"
    return "<0.05" if text == "0.05" and p < 0.05 else text


def number(value: float | None, decimals: int = 1) -> float | int | None:
    """Rounded half up, as counts are: 18.5 months are 19."""
    if value is None:
        return None
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return float(rounded) if decimals else int(rounded)


def ratio(value: float | None) -> float | None:
    """A ratio in one of 25 steps to ten, so within 5 in 100 wherever it lies, to two digits: 0.48, 1.6."""
    if value is None or not math.isfinite(value) or value <= 0:
        return None
    tens = round(STEPS_TO_TEN * math.log10(value)) / STEPS_TO_TEN
    return round(10.0**tens, 1 - math.floor(tens))


def p_class(p: float | None) -> str | None:
    """P beside a hazard ratio: more of it would give the standard error, and that the events."""
    if p is None:
        return None
    return next((f"<{limit}" for limit in P_LIMITS if p < limit), f"{P_LIMITS[-1]} or more")


def value_as_text(value: Any, *, thousands: str = "") -> str:
    """A value as CSV prints it, or as a page does with a comma between thousands."""
    if value is None:
        return ""
    if isinstance(value, PrintedCount):
        if value.number is None:
            return STAR
        return ("~" if value.rounded_to else "") + value_as_text(value.number, thousands=thousands)
    return str(value) if isinstance(value, str) else format(value, thousands)


def value_as_json(value: Any) -> Any:
    """A value in results_public.json: a star stays a star, a rounded count says what it was rounded to."""
    if not isinstance(value, PrintedCount):
        return value
    if value.number is None:
        return STAR
    return {"about": value.number, "rounded_to": value.rounded_to} if value.rounded_to else value.number


def as_document(report: PublicResults) -> dict[str, Any]:
    """The public report as plain values."""
    return {
        "schema_version": SCHEMA_VERSION,
        "title": report.title,
        "is_synthetic": report.is_synthetic,
        "code_version": report.code_version,
        "profile": report.profile,
        "counts_hidden": f"1 to {report.threshold - 1}, and those that would reveal them",
        "tables": [
            {
                "name": table.name,
                "title": table.title,
                "note": table.note,
                "columns": list(table.columns),
                "rows": [[value_as_json(value) for value in row] for row in table.rows],
            }
            for table in report.tables
        ],
        "curves": [
            {
                "analysis": curve.analysis,
                "level": curve.level,
                "months": list(curve.months),
                "estimate": list(curve.estimate),
                "at_risk": [
                    [month, STAR if left.number is None else left.number] for month, left in curve.at_risk
                ],
            }
            for curve in report.curves
        ],
        "withheld": [{"artefact": each.artefact, "reason": each.reason} for each in report.withheld],
    }
