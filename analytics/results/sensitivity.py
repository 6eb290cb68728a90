"""The numbers that a reader takes home, and the same under other settings."""

from __future__ import annotations

from dataclasses import dataclass, field

Limits = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class HazardRatio:
    hr: float | None
    hr_ci: Limits
    p_value: float | None
    events: int


@dataclass(frozen=True, slots=True)
class RateRatio:
    """The rate of one era against that of another."""

    numerator: str
    denominator: str
    estimate: float | None
    ci: Limits


@dataclass(frozen=True, slots=True)
class EraLatency:
    era: str
    n: int
    median: float | None


@dataclass(frozen=True, slots=True)
class Headline:
    """None where a number is not estimable; `sir_reason` says why there is no ratio to the population.

    n_index, n_second, proportion and latencies are of the conventional cohort; rate, time-dependent ratios,
    `sir` and `era_ratio` (stratified by time since the index cancer and attained age; None of a single era,
    and in older files) of the corrected one.
    Where nobody looked for the second cancer, it has no count either.
    """

    n_index: int
    n_second: int | None
    proportion: float | None
    proportion_ci: Limits
    rate_per_100k: float | None
    rate_ci: Limits
    latencies: tuple[EraLatency, ...]
    naive: HazardRatio | None
    time_dependent_adjusted: HazardRatio | None
    time_dependent: HazardRatio | None
    chemotherapy: HazardRatio | None
    chemotherapy_firth: HazardRatio | None
    observed: int | None
    expected: float | None
    sir: float | None
    sir_ci: Limits
    sir_reason: str | None
    era_ratio: RateRatio | None = field(default=None, metadata={"absent_if_none": True})


@dataclass(frozen=True, slots=True)
class Variant:
    """The headline numbers under one setting; `setting` is None for the study as defined."""

    setting: str | None
    value: str | int | bool | None
    headline: Headline


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Every mart rebuilt under each setting.

    differing_tables  of the study's own rebuild, those unlike the release: the code has changed since
    """

    study: str
    release: str
    code_version: str
    index_short_label: str
    second_short_label: str
    differing_tables: tuple[str, ...]
    rows: tuple[Variant, ...]
