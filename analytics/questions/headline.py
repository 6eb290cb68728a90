"""The numbers that a reader takes home, of one warehouse: what a sensitivity table compares.

Counts, proportion and rate; the median latency of each era, as observed; the hazard ratio of the second
primary grouped by later second cancer, time-dependent and adjusted, and that not adjusted; that of no/unknown
chemotherapy; observed over expected; the last era's rate against the first's. Computed by the same questions
as the report's.
"""

from __future__ import annotations

import math
from dataclasses import replace

from analytics.questions.deliveries import SECOND, deliveries
from analytics.questions.incidence_by_era import (
    STRATIFIED,
    era_ratios,
    incidence_by_era,
    incidence_overall,
)
from analytics.questions.standardised_incidence import standardised_incidence
from analytics.questions.survival_after_index import models_after_index
from analytics.questions.survival_after_second import models_after_second
from analytics.results.cox import CoxAnalysis
from analytics.results.document import Results
from analytics.results.ids import ADJUSTED, FIRTH, NAIVE, TOGETHER, UNADJUSTED
from analytics.results.incidence import EraRatio
from analytics.results.json_file import settled
from analytics.results.sensitivity import EraLatency, HazardRatio, Headline, RateRatio
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
    eras = incidence_by_era(*asked)
    answer = Headline(
        n_index=overall.n_index or 0,
        n_second=overall.n_second,
        proportion=overall.proportion,
        proportion_ci=overall.proportion_ci,
        rate_per_100k=overall.rate_per_100k,
        rate_ci=overall.rate_ci,
        latencies=tuple(EraLatency(era.era, era.latency.n or 0, era.latency.median) for era in eras),
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
        era_ratio=_of_eras(era_ratios(eras, marts.person_time_by_era())),
    )
    answer = settled(answer)
    if delivered.reason(SECOND) is None:
        return answer
    nothing = (None, None)
    return replace(
        answer, n_second=None, proportion=None, proportion_ci=nothing, rate_per_100k=None, rate_ci=nothing,
        latencies=(), era_ratio=None,
    )  # fmt: skip


def _of_eras(ratios: tuple[EraRatio, ...]) -> RateRatio | None:
    row = next((row for row in ratios if row.label == STRATIFIED), None)
    return RateRatio(row.numerator, row.denominator, row.estimate, row.ci) if row else None


def is_of(headline: Headline, results: Results) -> bool:
    """Whether a rebuild of the study as defined has the numbers of these results; not, once code changed.

    A number that either has not says nothing.
    """
    whole = next((row for row in results.sir if not row.stratum), None)
    models = {model.id: model for model in results.cox}
    pairs = (
        (headline.n_index, results.cohort.n_index),
        (headline.n_second, results.cohort.n_second),
        (headline.rate_per_100k, results.incidence_overall.rate_per_100k),
        (headline.sir, whole.sir if whole else None),
        *(
            (made.hr if made else None, found.hr if found else None)
            for made, found in (
                (headline.time_dependent_adjusted, _ratio(models.get(ADJUSTED), "second_primary")),
                (headline.chemotherapy_firth, _ratio(models.get(FIRTH), "chemotherapy")),
            )
        ),
    )
    # A sum over the same rows in another order differs in its last digits.
    return all(a is None or b is None or math.isclose(a, b, rel_tol=1e-6) for a, b in pairs)


def _ratio(model: CoxAnalysis | None, variable: str) -> HazardRatio | None:
    """One coefficient; None where the model does not have it."""
    term = next((term for term in model.terms if term.variable == variable), None) if model else None
    if model is None or term is None:
        return None
    return HazardRatio(term.hr, term.hr_ci, term.p_value, model.events)
