"""What the audit of the release said, and what hangs on how latencies were found."""

from __future__ import annotations

from dataclasses import dataclass

Limits = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class UnmetExpectation:
    """An expectation that did not hold, in words; contradicting: how many rows, groups or figures."""

    expectation: str
    means: str
    table: str
    contradicting: int | None


@dataclass(frozen=True, slots=True)
class RejectedRows:
    """Rows of one delivery that were read and not landed, for one reason."""

    file_name: str
    reason: str
    column: str
    n_rows: int


@dataclass(frozen=True, slots=True)
class PrintedCounts:
    """The counts of a paper that the audit compared with this delivery's, and those that are others here."""

    n_compared: int
    differing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Audit:
    """The audit that allowed the release to be published, as audit.json beside the release has it.

    verdict        "pass" or "warn"
    expectations   how many were asked
    warnings       those that did not hold, but for the paper's counts
    """

    verdict: str
    expectations: int
    warnings: tuple[UnmetExpectation, ...]
    rejected: tuple[RejectedRows, ...]
    printed_counts: PrintedCounts | None


@dataclass(frozen=True, slots=True)
class LatencyMethod:
    """Second primaries whose latency was found in one way, in the conventional and in the corrected analyses.

    uncertain  those within one month of the shortest latency: another day of either diagnosis would decide
    """

    method: str
    n_conventional: int
    uncertain_conventional: int
    n_corrected: int
    uncertain_corrected: int


@dataclass(frozen=True, slots=True)
class WithoutUncertain:
    """The headline numbers if no uncertain latency counted; people and person-years stay as they are."""

    n_second: int
    proportion: float | None
    proportion_ci: Limits
    observed: int
    rate_per_100k: float | None
    rate_ci: Limits
    sir: float | None
    sir_ci: Limits


@dataclass(frozen=True, slots=True)
class DataQuality:
    """The audit's findings, and the latencies.

    verdict, expectations  None, and no warnings, where no audit lies with the release
    just_too_soon          second cancers of the corrected cohort that came within a month too soon to count
    without_uncertain      None where no latency that counts is uncertain
    """

    verdict: str | None
    expectations: int | None
    warnings: tuple[UnmetExpectation, ...]
    rejected: tuple[RejectedRows, ...]
    printed_counts: PrintedCounts | None
    latencies: tuple[LatencyMethod, ...]
    just_too_soon: int
    without_uncertain: WithoutUncertain | None
