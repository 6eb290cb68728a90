"""The hospital's own cases and how they compare: frozen rows whose fields are keys of results.json."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.results import NumericSummary, Ratio

Limits = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class HospitalComparison:
    """The hospital's proportion against the registry's.

    ratio      of the two proportions, exact given their total: both counts are left to chance
    expected   cases in the hospital at the registry's proportion
    p_value    of the observed number were that expectation known (Poisson, exact)
    fisher_p_value   of the two proportions, both left to chance
    """

    ratio: Ratio
    expected: float
    p_value: float | None
    fisher_p_value: float | None


@dataclass(frozen=True, slots=True)
class CaseSeriesGroup:
    """Cases described together; group: "registry", "hospital" or "pooled"."""

    group: str
    n: int
    n_male: int
    deaths: int
    n_survival_known: int
    median_survival: float | None
    median_survival_ci: Limits
    numeric: tuple[NumericSummary, ...]


@dataclass(frozen=True, slots=True)
class Institution:
    """The hospital: cases described; nobody is linked to the registry."""

    n_index: int
    n_second: int
    first_year: int | None
    last_year: int | None
    proportion: float | None
    proportion_ci: Limits
    registry_ratio: Ratio | None
    comparison: HospitalComparison | None
    case_series: tuple[CaseSeriesGroup, ...]
    cases: tuple[dict, ...]
    flow: tuple[dict, ...]
