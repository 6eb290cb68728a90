"""The hospital's own cases and how they compare."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.results.characteristics import NumericSummary
from analytics.results.cohort import ScreeningStep
from analytics.results.incidence import Ratio

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
class HospitalCase:
    """One second primary of the hospital, as its file gives it; None for what the file does not give."""

    patient_id: str
    age_at_index_years: float | None
    sex: str | None
    mm_subtype: str | None
    durie_salmon_stage: str | None
    iss_stage: str | None
    fish: str | None
    induction: str | None
    induction_response: str | None
    had_asct: str | None
    maintenance_drug: str | None
    maintenance_months: float | None
    relapsed: str | None
    relapse_drug: str | None
    relapse_weeks: float | None
    latency_months: float | None
    age_at_second_years: float | None
    mm_active_at_second: str | None
    lineage: str | None
    cd10: str | None
    cigm: str | None
    karyotype: str | None
    bcr_abl: str | None
    mll: str | None
    second_induction: str | None
    second_response: str | None
    survival_months_after_second: float | None
    died: bool | None


@dataclass(frozen=True, slots=True)
class Institution:
    """The hospital: cases described; nobody is linked to the registry.

    second_is_looked_for  whether its files cover the study's second cancer; None where nothing says it
    n_second              None where it was not looked for, or nothing says that it was
    """

    n_index: int
    second_is_looked_for: bool | None
    n_second: int | None
    first_year: int | None
    last_year: int | None
    proportion: float | None
    proportion_ci: Limits
    registry_ratio: Ratio | None
    comparison: HospitalComparison | None
    case_series: tuple[CaseSeriesGroup, ...]
    cases: tuple[HospitalCase, ...]
    flow: tuple[ScreeningStep, ...]

    @property
    def why_no_number(self) -> str | None:
        """Why there is no number of second cancers, in words; None where there is one."""
        if self.n_second is not None:
            return None
        return (
            "not looked for" if self.second_is_looked_for is False else "not stated whether it was looked for"
        )
