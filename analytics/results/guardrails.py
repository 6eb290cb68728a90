"""What guards a small study: whether a model has enough events, priors, misclassification, no effect."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.bias.null_bands import ImmortalTimeBand, LatencyBand
from analytics.results.ids import CoxId


@dataclass(frozen=True, slots=True)
class GroupCount:
    """One level of one variable in a model: its rows (people, or intervals) and the deaths among them."""

    variable: str
    level: str
    n: int
    events: int


@dataclass(frozen=True, slots=True)
class Detectable:
    """Smallest hazard ratio above 1 that this model finds with 80% power."""

    variable: str
    level: str
    hazard_ratio: float | None


@dataclass(frozen=True, slots=True)
class EvidenceCard:
    """What one coefficient or test rests on; verdict and reasons as in ModelCard.

    groups     the groups that it compares, a reference last; none of a number
    separated  whether this very coefficient runs off to infinity
    """

    verdict: str
    reasons: tuple[str, ...]
    events_per_coefficient: float | None
    separated: bool
    groups: tuple[GroupCount, ...]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A whole model, judged by its weakest coefficient; a coefficient is judged by its own EvidenceCard.

    A model whose covariates only adjust is judged by the coefficient that it is about.

    verdict    "adequate", "few_events", "too_few_events" or "not_estimated"
    reasons    why not "adequate"
    cautions   what to know of a model whatever its verdict, such as hazards that are not proportional
    """

    verdict: str
    reasons: tuple[str, ...]
    cautions: tuple[str, ...]
    events_per_coefficient: float | None
    separated: tuple[str, ...]
    groups: tuple[GroupCount, ...]
    detectable: tuple[Detectable, ...]


@dataclass(frozen=True, slots=True)
class EValue:
    """Confounding that would explain away an estimate, and its limit nearer 1; scale: how it was found."""

    estimate: float | None
    limit: float | None
    scale: str


@dataclass(frozen=True, slots=True)
class ShrunkenRatio:
    """A hazard ratio of one model read with a prior; prior: the ratios that hold 95% of belief."""

    model: CoxId
    variable: str
    level: str
    reference: str | None
    prior: tuple[float, float]
    unshrunken_hr: float | None
    unshrunken_ci: tuple[float | None, float | None]
    hr: float | None
    hr_ci: tuple[float | None, float | None]
    e_value: EValue


@dataclass(frozen=True, slots=True)
class CorrectedTable:
    """One combination of bias parameters; impossible: the corrected counts that came out negative."""

    sensitivity: float
    sensitivity_in_cases: float
    ppv: float
    specificity: float | None
    counts: dict[str, float] | None
    odds_ratio: float | None
    impossible: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CorrectionDraws:
    """Drawn bias parameters and chance together; record: how well cases are recorded beside the others."""

    record: str
    n_draws: int
    n_possible: int
    odds_ratio: float | None
    interval: tuple[float | None, float | None]
    seed: int


@dataclass(frozen=True, slots=True)
class Misclassification:
    """A recorded treatment corrected; cases have the second primary.

    sensitivity, ppv             of the record: lowest, likeliest, highest; lowest, highest
    share_of_cases_yes           least sensitivity that the record can have had in cases
    chance_if_all_cases_treated  of so many cases recorded "Yes", had every one been treated
    """

    variable: str
    sensitivity: tuple[float, float, float]
    ppv: tuple[float, float]
    cases_yes: int
    cases_no_unknown: int
    others_yes: int
    others_no_unknown: int
    odds_ratio: float | None
    share_of_cases_yes: float
    chance_if_all_cases_treated: float
    grid: tuple[CorrectedTable, ...]
    draws: tuple[CorrectionDraws, ...]


@dataclass(frozen=True, slots=True)
class NullBands:
    """What the conventional contrasts show where nothing is the matter; None where there is no case."""

    immortal_time: ImmortalTimeBand | None
    latency: LatencyBand | None
