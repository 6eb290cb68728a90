"""Survival curves and what is read off them."""

from __future__ import annotations

from dataclasses import dataclass, field

from analytics.results.ids import SurvivalId
from analytics.results.states import VALUE
from analytics.results.statistical_tests import StatisticalTest


@dataclass(frozen=True, slots=True)
class LateEntry:
    """Who comes under observation after a curve has begun: the distinct times, and how many at each."""

    time: tuple[float, ...]
    people: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StepCurve:
    """A right-continuous step function at the distinct times seen; time 0 is not included.

    at_risk     just before each time
    late_entry  without which the numbers at risk between two steps are unknown; None of a curve that
                all enter at its beginning
    """

    time: tuple[float, ...]
    survival: tuple[float, ...]
    std_error: tuple[float | None, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    at_risk: tuple[float, ...]
    events: tuple[float, ...]
    late_entry: LateEntry | None = field(default=None, metadata={"absent_if_none": True})


@dataclass(frozen=True, slots=True)
class RestrictedMean:
    tau: float
    value: float | None
    se: float | None


@dataclass(frozen=True, slots=True)
class RiskTable:
    """How many are under observation just before each time."""

    time: tuple[float, ...]
    at_risk: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SurvivalStratum:
    level: str
    n: int
    events: int
    median: float | None
    median_ci: dict[str, tuple[float | None, float | None]]
    restricted_mean: RestrictedMean | None
    curve: StepCurve
    risk_table: RiskTable
    n_dropped: int = 0
    landmark_months: int | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class SurvivalAnalysis:
    """from_months: the curves are of those alive at that month, and every median is conditional on it."""

    id: SurvivalId
    origin: str
    strata: tuple[SurvivalStratum, ...]
    tests: tuple[StatisticalTest, ...]
    time_unit: str = "months"
    note: str | None = None
    from_months: int = 0
    state: str = VALUE
    reason: str | None = None
