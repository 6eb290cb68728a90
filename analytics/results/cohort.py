"""Who was included: the screening rules, the cohort, and what each definition would give."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.results.states import VALUE


@dataclass(frozen=True, slots=True)
class ScreeningStep:
    """One screening rule: how many came to it, left at it and remained."""

    step: int
    rule: str
    reason: str
    n_in: int
    n_removed: int
    n_left: int


@dataclass(frozen=True, slots=True)
class Cohort:
    """The conventional cohort; None where nobody looked for the second cancer, n_index without a registry."""

    n_index: int | None
    n_second: int | None
    n_without_second: int | None


@dataclass(frozen=True, slots=True)
class DefinitionCount:
    """Second primaries under one definition of the second cancer."""

    definition: str
    is_selected: bool
    n_second: int | None
    state: str = VALUE
    reason: str | None = None
