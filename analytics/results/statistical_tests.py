"""Tests, and families of tests looked at together: rows of results."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.results.states import VALUE

UNDERFLOW = "P is below 1e-300, too small to be held as a number; it stands as 0."


@dataclass(frozen=True, slots=True)
class StatisticalTest:
    """One test; `df` is None where the test has none. `note` says of a P of 0 that it is none."""

    test: str
    statistic: float | None
    df: float | None
    p_value: float | None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class VariableTest:
    """One test about one variable; `min_expected` is the smallest expected count of a table."""

    variable: str
    test: str
    statistic: float | None
    df: float | None
    p_value: float | None
    min_expected: float | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class LatencyTest(StatisticalTest):
    """A test of latencies as observed."""

    state: str = VALUE
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Table1Test(VariableTest):
    """A test of Table 1."""

    state: str = VALUE
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class AdjustedTest:
    """One test of a family; both P values are None where it could not be made."""

    what: str
    p_value: float | None
    p_holm: float | None


@dataclass(frozen=True, slots=True)
class TestFamily:
    """Tests looked at together.

    n_tests           those that have a P value: only they are adjusted for
    n_below_05        of these, below 0.05
    n_below_05_holm   of these, below 0.05 after Holm's adjustment
    """

    family: str
    n_tests: int
    n_below_05: int
    n_below_05_holm: int
    tests: tuple[AdjustedTest, ...]
