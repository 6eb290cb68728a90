"""One question asked by several estimators."""

from __future__ import annotations

from dataclasses import dataclass, field

from analytics.results.ids import AnswerId
from analytics.results.states import VALUE


@dataclass(frozen=True, slots=True)
class Contrast:
    """One estimator's answer to a question that is usually asked in one way only.

    level    the group of the source that it is of; None of what compares groups
    verdict  of the coefficient's own card; of a ratio of eras "too_few_events" where either has fewer than 5,
             else None, as of every other estimator
    """

    question: str
    estimator: str
    stance: str
    measure: str
    estimate: float | None
    ci: tuple[float | None, float | None]
    p_value: float | None
    source: AnswerId
    note: str | None = None
    verdict: str | None = None
    level: str | None = field(default=None, metadata={"absent_if_none": True})
    state: str = VALUE
    reason: str | None = None
