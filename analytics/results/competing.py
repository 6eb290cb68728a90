"""Cumulative incidence with death competing."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.results.cox import CoxTerm
from analytics.results.guardrails import EvidenceCard
from analytics.results.ids import CompetingId
from analytics.results.states import VALUE
from analytics.results.statistical_tests import StatisticalTest


@dataclass(frozen=True, slots=True)
class IncidenceCurve:
    """Steps at the distinct times seen, with log-log limits; `one_minus_km`: the error at the same times."""

    time: tuple[float, ...]
    cif: tuple[float, ...]
    std_error: tuple[float | None, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    at_risk: tuple[float, ...]
    events: tuple[float, ...]
    one_minus_km: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CompetingStratum:
    """`at` is the cumulative incidence by horizon with log-log limits `at_ci`, None beyond the follow-up;
    `one_minus_km_at` the error it is often mistaken for."""

    level: str
    n: int
    events: int
    competing_events: int
    curve: IncidenceCurve
    at: dict[str, float | None]
    at_ci: dict[str, tuple[float | None, float | None]]
    one_minus_km_at: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class FineGray:
    """Subdistribution hazard ratios between the groups; no terms where there is nothing to compare."""

    terms: tuple[CoxTerm, ...] = ()


@dataclass(frozen=True, slots=True)
class CompetingAnalysis:
    """from_months: whoever is event-free at that month; card: what Gray's test rests on."""

    id: CompetingId
    strata: tuple[CompetingStratum, ...]
    gray: StatisticalTest | None
    fine_gray: FineGray
    n_dropped: int = 0
    note: str | None = None
    from_months: int = 0
    card: EvidenceCard | None = None
    state: str = VALUE
    reason: str | None = None
