"""Who they are: counts, summaries and tests by characteristic."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.results.states import VALUE
from analytics.results.statistical_tests import Table1Test


@dataclass(frozen=True, slots=True)
class LevelCount:
    """How many in one level of a characteristic, each count with the denominator it belongs to."""

    variable: str
    level: str
    n_without: int | None
    denominator_without: int | None
    n_with: int | None
    denominator_with: int | None
    state: str = VALUE
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class UnknownCount:
    """People left out of a characteristic's denominators because the registry does not know."""

    variable: str
    n_without: int | None
    n_with: int | None
    state: str = VALUE
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class NumericSummary:
    """A number summarised in one group; `sd` has n - 1 in its denominator."""

    variable: str
    group: str
    n: int
    mean: float | None
    sd: float | None
    median: float | None
    min: float | None
    max: float | None


@dataclass(frozen=True, slots=True)
class Characteristics:
    table1: tuple[LevelCount, ...]
    unknown: tuple[UnknownCount, ...]
    numeric: tuple[NumericSummary, ...]
    tests: tuple[Table1Test, ...]
