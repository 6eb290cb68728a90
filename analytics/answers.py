"""Every question of one warehouse, asked in the order of the report."""

from __future__ import annotations

from dataclasses import replace

from analytics.questions.characteristics import characteristics
from analytics.questions.competing_risks import competing_risks
from analytics.questions.contrasts import contrasts
from analytics.questions.data_quality import data_quality
from analytics.questions.deliveries import deliveries, not_delivered, with_states
from analytics.questions.fair_eras import compare_eras
from analytics.questions.incidence_by_era import era_ratios, incidence_by_era, incidence_overall
from analytics.questions.institution_cases import institution_cases
from analytics.questions.latency import latency_points, latency_tests
from analytics.questions.misclassification import misclassification
from analytics.questions.multiplicity import multiplicity
from analytics.questions.null_bands import null_bands
from analytics.questions.person_time import person_time
from analytics.questions.published_numbers import audit_printed_numbers
from analytics.questions.registry import questions
from analytics.questions.screening import definitions, screening
from analytics.questions.shrunken_estimates import shrunken_estimates
from analytics.questions.standardised_incidence import incidence_ratio_tests, standardised_incidence
from analytics.questions.survival_after_index import models_after_index, survival_after_index
from analytics.questions.survival_after_second import models_after_second, survival_after_second
from analytics.results.cohort import Cohort
from analytics.results.document import Results
from analytics.results.json_file import settled
from analytics.results.quality import Audit
from analytics.results.run import Data, Delivery, Run
from analytics.warehouse.marts import Marts
from analytics.warehouse.study import read_study


def analyse(marts: Marts, run: Run, audit: Audit | None = None) -> Results:
    """Every answer but where the numbers come from, which `analytics.provenance.trace` says of the whole.

    audit  what the audit of this release said; None where no audit lies with it
    """
    study = read_study(marts)
    people, cases, corrected = (
        marts.index_patients(), marts.second_primaries(), marts.index_patients_corrected()
    )  # fmt: skip
    intervals, by_era = marts.survival_intervals(), marts.second_primaries_by_era()
    by_age_and_time = marts.person_time_by_era()
    eras = tuple(era.era for era in study.eras)
    delivered = deliveries(marts, study)

    who = characteristics(people, eras=eras)
    incidence = incidence_by_era(by_era, cases, corrected, by_age_and_time, study)
    overall = incidence_overall(by_era, cases, corrected, by_age_and_time, study)
    ratios = era_ratios(incidence, by_age_and_time)
    survival = (
        *survival_after_index(people, corrected, intervals, study), survival_after_second(cases, study)
    )  # fmt: skip
    cox = (
        *models_after_second(cases, study), *models_after_index(people, corrected, intervals, study)
    )  # fmt: skip
    shrunken = shrunken_estimates(cox)
    competing = competing_risks(corrected, study)
    fair = compare_eras(corrected, competing, study)
    sir = standardised_incidence(marts.sir(), study, delivered)
    hospital = institution_cases(
        marts.institution_summary(),
        marts.institution_flow(),
        marts.institution_cases(),
        overall,
        cases,
    )
    loads = tuple(Delivery(**load) for load in marts.loads().to_dicts())

    results = Results(
        study=study,
        run=run,
        data=Data(_is_synthetic(loads, run), loads),
        not_delivered=not_delivered(delivered),
        attrition=screening(marts),
        cohort=Cohort(people.height, cases.height, people.height - cases.height),
        definitions=definitions(marts),
        table1=who.table1,
        table1_unknown=who.unknown,
        table1_numeric=who.numeric,
        table1_tests=who.tests,
        eras=incidence,
        incidence_overall=overall,
        era_ratios=ratios,
        latency_tests=latency_tests(cases, first_era=eras[0], last_era=eras[-1]),
        fair_eras=fair,
        latency_points=latency_points(cases),
        survival=survival,
        cox=cox,
        shrunken=shrunken,
        misclassification=misclassification(who.table1),
        competing=competing,
        sir=sir,
        reference_rates=delivered.rates,
        sir_tests=incidence_ratio_tests(sir),
        person_time=person_time(marts.person_time_by_group(), delivered),
        institution=hospital,
        contrasts=contrasts(survival, cox, overall, incidence, ratios, fair, sir, competing, shrunken),
        null_bands=null_bands(people, study, survival, cox, incidence),
        further={key: question.ask(marts, study) for key, question in questions().items()},
    )
    results = with_states(settled(results), delivered)
    found = data_quality(audit, cases, corrected, results.incidence_overall, results.sir)
    results = replace(results, multiplicity=multiplicity(results), data_quality=settled(found))
    return replace(results, published=audit_printed_numbers(results))


def _is_synthetic(loads: tuple[Delivery, ...], run: Run) -> bool:
    """One synthetic delivery is enough: nobody should take the report for a finding."""
    return any(load.is_synthetic for load in loads) or any(given.get("is_synthetic") for given in run.inputs)
