"""Observed second primaries against the population's rates."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.results.states import VALUE


@dataclass(frozen=True, slots=True)
class StandardisedIncidence:
    """Observed second primaries against what the population's rates would give the same person-time.

    Everything is of the strata that a reference rate covers, and of the persons with time in them; what the
    others hold stands in the three fields before the state. Without a ratio, observed and person-years are of
    all, or null where nobody looked for the second cancer.

    state, reason  "value", or "not_estimable" or "not_delivered" and a sentence why
    """

    stratum: dict[str, str]
    observed: int | None
    expected: float | None
    person_years: float | None
    sir: float | None
    sir_ci: tuple[float | None, float | None]
    excess_per_10k: float | None
    p_value: float | None
    persons: int | None = None
    mean_age_at_index_years: float | None = None
    mean_age_at_second_years: float | None = None
    strata_without_reference: int = 0
    person_years_without_reference: float = 0.0
    observed_without_reference: int = 0
    state: str = VALUE
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class IncidenceRatioTest:
    """Whether the ratios of one dimension differ, or rise or fall along it.

    statistic, df    of the chi-squared test, whatever the method of p_value
    method           "exact", given the number of second primaries; "chi_squared" where outcomes are too many
    smallest_fitted  least number of second primaries in a level were all ratios alike; below 5 the
                     chi-squared limit is rough
    """

    dimension: str
    test: str
    statistic: float | None
    df: float | None
    p_value: float | None
    smallest_fitted: float | None
    note: str | None = None
    method: str = "exact"
    p_value_chi_squared: float | None = None
    state: str = VALUE
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Trait:
    """One way to tell person-time apart, as of the dimensions of `StandardisedIncidence.stratum`.

    levels  in the order of the tables
    of_row  which of the levels each row of person-time has, from 0
    """

    name: str
    levels: tuple[str, ...]
    of_row: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PersonTime:
    """All person-time from the index cancer on, by all traits at once, as columns that are equally long.

    bands           the stratum of `months_since_index` that each level of that trait is part of
    is_counted      whether second primaries count in each level of that trait, by the shortest latency
    person_ticks    whole numbers, which make years over ticks_per_year
    expected        decimals as texts, so that their sums are exact; None where there is no reference rate
    """

    traits: tuple[Trait, ...]
    bands: tuple[str, ...]
    is_counted: tuple[bool, ...]
    observed: tuple[int, ...]
    person_ticks: tuple[int, ...]
    ticks_per_year: int
    expected: tuple[str | None, ...]
