"""The numbers that a reader takes home, of one warehouse: what a sensitivity table compares.

Counts, proportion and rate; the median latency of each era, as observed; the hazard ratio of the second
primary grouped by the future, time-dependent and adjusted, and that not adjusted; that of no/unknown
chemotherapy; observed over expected. Computed by the same questions as the report's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from analytics.questions.deliveries import SECOND, deliveries
from analytics.questions.incidence_by_era import incidence_by_era, incidence_overall
from analytics.questions.standardised_incidence import standardised_incidence
from analytics.questions.survival_after_index import models_after_index
from analytics.questions.survival_after_second import models_after_second
from analytics.results import CoxAnalysis
from analytics.warehouse.marts import Marts
from analytics.warehouse.study import read_study

Limits = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class HazardRatio:
    hr: float | None
    hr_ci: Limits
    p_value: float | None
    events: int


@dataclass(frozen=True, slots=True)
class EraLatency:
    era: str
    n: int
    median: float | None


@dataclass(frozen=True, slots=True)
class Headline:
    """None where a number is not estimable; `sir_reason` says why there is no ratio to the population.

    n_index, n_second, proportion and latencies are of the published cohort; rate, time-dependent ratios and
    `sir` of the corrected one.
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


def headline(marts: Marts) -> Headline:
    """The headline numbers of the study these marts were built with."""
    study = read_study(marts)
    cases, corrected = marts.second_primaries(), marts.index_patients_corrected()
    asked = (marts.second_primaries_by_era(), cases, corrected, marts.person_time_by_era(), study)
    overall = incidence_overall(*asked)
    after_index = models_after_index(marts.index_patients(), corrected, marts.survival_intervals(), study)
    models = {model.id: model for model in (*after_index, *models_after_second(cases, study))}
    found = deliveries(marts, study)
    ratios = standardised_incidence(marts.sir(), study, found)
    whole = next((ratio for ratio in ratios if not ratio.stratum), None)
    answer = Headline(
        n_index=overall.n_index,
        n_second=overall.n_second,
        proportion=overall.proportion,
        proportion_ci=overall.proportion_ci,
        rate_per_100k=overall.rate_per_100k,
        rate_ci=overall.rate_ci,
        latencies=tuple(
            EraLatency(era.era, era.latency.n, era.latency.median) for era in incidence_by_era(*asked)
        ),
        naive=_ratio(models.get("index_naive"), "second_primary"),
        time_dependent_adjusted=_ratio(models.get("index_time_dependent_adjusted"), "second_primary"),
        time_dependent=_ratio(models.get("index_time_dependent"), "second_primary"),
        chemotherapy=_ratio(models.get("second_multivariable"), "chemotherapy"),
        chemotherapy_firth=_ratio(models.get("second_multivariable_firth"), "chemotherapy"),
        observed=whole.observed if whole else None,
        expected=whole.expected if whole else None,
        sir=whole.sir if whole else None,
        sir_ci=whole.sir_ci if whole else (None, None),
        sir_reason=whole.reason if whole else None,
    )
    if found.reason(SECOND) is None:
        return answer
    nothing = (None, None)
    return replace(
        answer, n_second=None, proportion=None, proportion_ci=nothing, rate_per_100k=None, rate_ci=nothing,
        latencies=(),
    )  # fmt: skip


def _ratio(model: CoxAnalysis | None, variable: str) -> HazardRatio | None:
    """One coefficient; None where the model does not have it."""
    term = next((term for term in model.terms if term.variable == variable), None) if model else None
    if model is None or term is None:
        return None
    return HazardRatio(term.hr, term.hr_ci, term.p_value, model.events)
