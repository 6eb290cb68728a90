"""How often and how long between: an era, and the ratio of two groups."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.results.states import VALUE


@dataclass(frozen=True, slots=True)
class LatencySummary:
    """Months from the index cancer to the second primary."""

    n: int | None
    median: float | None
    min: float | None
    max: float | None
    mean: float | None
    sd: float | None


@dataclass(frozen=True, slots=True)
class EraIncidence:
    """Second primaries of one era: a conventional proportion of people, a corrected rate of person-years.

    n_index, n_second, proportion   of the conventional cohort
    n_index_at_risk                 of the corrected cohort, under observation when second primaries start to
                                    count
    observed, person_years          of those people from then on; the rate is the one over the other
    """

    era: str
    n_index: int | None
    n_second: int | None
    proportion: float | None
    proportion_ci: tuple[float | None, float | None]
    latency: LatencySummary
    person_years: float | None
    rate_per_100k: float | None
    rate_ci: tuple[float | None, float | None]
    longest_observable_latency_months: int | None = None
    n_index_at_risk: int | None = None
    observed: int | None = None
    state: str = VALUE
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of two groups with its limits."""

    label: str
    numerator: str
    denominator: str
    estimate: float | None
    ci: tuple[float | None, float | None]
    p_value: float | None
    method: str


@dataclass(frozen=True, slots=True)
class EraRatio(Ratio):
    """The last era against the first."""

    state: str = VALUE
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class LatencyPoint:
    """One second primary: its era and its latency."""

    era: str
    latency_months: float
    latency_is_uncertain: bool | None
