"""The numbers that a reader takes home, of one warehouse: what a sensitivity table compares.

Counts, proportion and rate; the median latency of each era, as observed; the hazard ratio of the second
primary grouped by later second cancer, time-dependent and adjusted, and that not adjusted; that of no/unknown
chemotherapy; observed over expected. Computed by the same questions as the report's.
"""

from __future__ import annotations

from dataclasses import replace

from analytics.questions.deliveries import SECOND, deliveries
from analytics.questions.incidence_by_era import incidence_by_era, incidence_overall
from analytics.questions.standardised_incidence import standardised_incidence
from analytics.questions.survival_after_index import models_after_index
from analytics.questions.survival_after_second import models_after_second
from analytics.results.cox import CoxAnalysis
from analytics.results.ids import ADJUSTED, FIRTH, NAIVE, TOGETHER, UNADJUSTED
from analytics.results.json_file import settled
from analytics.results.sensitivity import EraLatency, HazardRatio, Headline
from analytics.warehouse.marts import Marts
from analytics.warehouse.study import read_study


def headline(marts: Marts) -> Headline:
    """The headline numbers of the study these marts were built with."""
    study = read_study(marts)
    cases, corrected = marts.second_primaries(), marts.index_patients_corrected()
    asked = (marts.second_primaries_by_era(), cases, corrected, marts.person_time_by_era(), study)
    overall = incidence_overall(*asked)
    after_index = models_after_index(marts.index_patients(), corrected, marts.survival_intervals(), study)
    models = {model.id: model for model in (*after_index, *models_after_second(cases, study))}
    delivered = deliveries(marts, study)
    ratios = standardised_incidence(marts.sir(), study, delivered)
    whole = next((ratio for ratio in ratios if not ratio.stratum), None)
    answer = Headline(
        n_index=overall.n_index,
        n_second=overall.n_second,
        proportion=overall.proportion,
        proportion_ci=overall.proportion_ci,
        rate_per_100k=overall.rate_per_100k,
        rate_ci=overall.rate_ci,
        latencies=tuple(
            EraLatency(era.era, era.latency.n or 0, era.latency.median) for era in incidence_by_era(*asked)
        ),
        naive=_ratio(models.get(NAIVE), "second_primary"),
        time_dependent_adjusted=_ratio(models.get(ADJUSTED), "second_primary"),
        time_dependent=_ratio(models.get(UNADJUSTED), "second_primary"),
        chemotherapy=_ratio(models.get(TOGETHER), "chemotherapy"),
        chemotherapy_firth=_ratio(models.get(FIRTH), "chemotherapy"),
        observed=whole.observed if whole else None,
        expected=whole.expected if whole else None,
        sir=whole.sir if whole else None,
        sir_ci=whole.sir_ci if whole else (None, None),
        sir_reason=whole.reason if whole else None,
    )
    answer = settled(answer)
    if delivered.reason(SECOND) is None:
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
