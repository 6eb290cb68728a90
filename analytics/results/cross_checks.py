"""Numbers of the report that a second program computed again, and those that it could not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.results.ids import CompetingId, CoxId, SurvivalId

AGREES, DIFFERS, NOT_COMPARED = "agrees", "differs", "not_compared"

LIFELINES = "lifelines"

NO_MAXIMUM = "lifelines finds no maximum of this likelihood, nor from our coefficients on"

CASE_SERIES = "case_series"
"""In place of an id: the hospital's cases beside the registry's."""
EVERY_ANALYSIS = "every_analysis"
"""In place of an id: numbers that no analysis has a second opinion of."""
PARAMETRIC_SURVIVAL = "parametric_survival"
"""Likewise, of these models, which have a key of their own in results.json."""

CROSSING = "where the curve crosses one half, with confidence intervals"
"""What is compared of a curve along which nobody lives: in results.json a median, in the report none."""


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """One number, or all numbers of one curve, computed twice.

    id         the analysis, the key of further ones, or CASE_SERIES or EVERY_ANALYSIS
    group      the stratum, or the term of a model as "sex: Male"; empty where the number is of the whole
    what       the number in words, as "median"
    ours       of a curve, where the two programs differ most; None where it is not reached
    difference the largest, to ten decimals: absolute, of a ratio or chi-squared above 1 as a share of it;
               None where there is one number and no other
    tolerance  the largest difference that still agrees
    software   what computed `theirs`
    verdict    AGREES, DIFFERS or NOT_COMPARED
    n_numbers  how many numbers were compared
    sample     people whom both programs fitted, where that is not everybody
    at         which of many numbers `ours` and `theirs` are, where they differ most, as "month 34"
    reason     why nothing was compared, or by what rule it was
    """

    id: SurvivalId | CompetingId | CoxId | str
    group: str
    what: str
    ours: float | None
    theirs: float | None
    difference: float | None
    tolerance: float | None
    software: str
    version: str
    verdict: str
    n_numbers: int
    sample: int | None = None
    reason: str | None = None
    at: str | None = None

    @property
    def name(self) -> str:
        """As in "os_from_index_by_era, 1975-2002, Kaplan-Meier curve, month 34"."""
        return ", ".join(filter(None, (str(self.id), self.group, self.what, self.at)))


@dataclass(frozen=True, slots=True)
class CrossChecked:
    """What lifelines computed again, in short.

    n_numbers       compared
    largest         difference between two numbers; None where nothing was compared
    n_not_compared  analyses, or parts of one, that have no second opinion
    n_without_maximum  of these, models whose maximum lifelines does not find
    """

    version: str
    n_numbers: int
    largest: float | None
    n_not_compared: int
    n_without_maximum: int


def in_short(checks: Sequence[CrossCheck]) -> CrossChecked | None:
    """How many numbers lifelines computed again, and how far it was away at most; None without records."""
    own = [check for check in checks if check.software == LIFELINES]
    if not own:
        return None
    compared = [check for check in own if check.verdict != NOT_COMPARED]
    return CrossChecked(
        version=own[0].version,
        n_numbers=sum(check.n_numbers for check in compared),
        largest=max((check.difference for check in compared if check.difference is not None), default=None),
        n_not_compared=len(own) - len(compared),
        n_without_maximum=sum(check.reason == NO_MAXIMUM for check in own),
    )
