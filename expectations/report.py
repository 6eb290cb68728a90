"""What an audit found: the outcome of each expectation and the verdict they give together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from expectations.arrivals import Arrivals
from expectations.expectation import Severity

Outcome = Literal["held", "failed", "could not run"]
Verdict = Literal["pass", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class ExpectationResult:
    """What became of one expectation.

    contradicting  how many rows, groups or figures contradict it; None if that could not be counted
    observed       named counts or figures, never a patient's values
    is_native      whether Great Expectations asked it with an expectation of its own
    one_opinion    why it was asked once only; "" where Great Expectations and our own SQL answered
    """

    table: str
    expectation: str
    because: str
    means: str
    severity: Severity
    outcome: Outcome
    contradicting: int | None
    observed: dict[str, int | float | str | None]
    family: str = ""
    is_native: bool = False
    one_opinion: str = ""

    @property
    def is_blocking(self) -> bool:
        """A critical expectation that failed, or any that could not run: not knowing is not passing."""
        return self.outcome == "could not run" or (self.outcome == "failed" and self.severity == "critical")


@dataclass(frozen=True, slots=True)
class NotAsked:
    """An expectation that does not concern what was delivered, and why it does not."""

    table: str
    expectation: str
    why: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Every expectation asked of one build, the verdict they give together, and those that were not asked."""

    verdict: Verdict
    build_sha256: str
    expectations: tuple[ExpectationResult, ...]
    arrivals: Arrivals
    not_asked: tuple[NotAsked, ...] = ()

    @property
    def n_expectations(self) -> int:
        return len(self.expectations)

    @property
    def n_native(self) -> int:
        """How many Great Expectations asked with expectations of its own."""
        return sum(expectation.is_native for expectation in self.expectations)

    @property
    def n_with_one_opinion(self) -> int:
        return sum(bool(expectation.one_opinion) for expectation in self.expectations)

    def with_outcome(self, outcome: Outcome) -> tuple[ExpectationResult, ...]:
        return tuple(expectation for expectation in self.expectations if expectation.outcome == outcome)


def verdict_on(results: Sequence[ExpectationResult]) -> Verdict:
    """fail: a critical one failed, one could not run, or none was asked; warn: only warnings failed."""
    if not results or any(result.is_blocking for result in results):
        return "fail"
    return "pass" if all(result.outcome == "held" for result in results) else "warn"
