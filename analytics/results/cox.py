"""A Cox model and its coefficients."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.results.guardrails import EvidenceCard, ModelCard
from analytics.results.ids import CoxId
from analytics.results.states import VALUE
from analytics.results.statistical_tests import VariableTest


@dataclass(frozen=True, slots=True)
class CoxTerm:
    """One coefficient; `p_value` is Wald's, or the penalised likelihood ratio's under Firth.

    card  whether the events behind this coefficient are enough
    """

    variable: str
    level: str
    reference: str | None
    coef: float | None
    se: float | None
    hr: float | None
    hr_ci: tuple[float | None, float | None]
    p_value: float | None
    card: EvidenceCard | None = None

    @property
    def verdict(self) -> str | None:
        """That of the card."""
        return self.card.verdict if self.card else None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the verdict is not "adequate"."""
        return self.card.reasons if self.card else ()


@dataclass(frozen=True, slots=True)
class CoxAnalysis:
    """A fitted model. Columns of a spline are no terms: the joint test in `wald` is all that is said of them.

    adjusted_for    the covariates beside the first term, in words
    stratified_by   what has a baseline hazard of its own
    """

    id: CoxId
    outcome: str
    ties: str
    penalty: str | None
    n: int
    events: int
    n_dropped: int
    loglik_null: float | None = None
    loglik: float | None = None
    terms: tuple[CoxTerm, ...] = ()
    wald: tuple[VariableTest, ...] = ()
    proportional_hazards: tuple[VariableTest, ...] = ()
    events_per_parameter: float | None = None
    converged: bool | None = None
    note: str | None = None
    card: ModelCard | None = None
    adjusted_for: tuple[str, ...] = ()
    stratified_by: str | None = None
    state: str = VALUE
    reason: str | None = None

    @property
    def drift(self) -> VariableTest | None:
        """The test of proportional hazards of the variable asked about, else that of all covariates."""
        own = (test for test in self.proportional_hazards if test.variable == self.id.asked)
        return next(own, self.proportional_hazards[-1] if self.proportional_hazards else None)
