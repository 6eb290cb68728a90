"""results.json: every answer in one document, at full precision, null for what is not estimable."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from analytics.questions.characteristics import characteristics
from analytics.questions.competing_risks import competing_risks
from analytics.questions.contrasts import contrasts
from analytics.questions.deliveries import deliveries, not_delivered, with_states
from analytics.questions.era_comparison import era_comparison
from analytics.questions.incidence_by_era import era_ratios, incidence_by_era, incidence_overall
from analytics.questions.institution_cases import institution_cases
from analytics.questions.latency import latency_points, latency_tests
from analytics.questions.misclassification import misclassification
from analytics.questions.multiplicity import multiplicity
from analytics.questions.null_bands import null_bands
from analytics.questions.published_numbers import published_claims
from analytics.questions.shrunken_estimates import shrunken_estimates
from analytics.questions.standardised_incidence import incidence_ratio_tests, standardised_incidence
from analytics.questions.survival_after_index import models_after_index, survival_after_index
from analytics.questions.survival_after_second import models_after_second, survival_after_second
from analytics.warehouse.marts import Marts
from analytics.warehouse.study import read_study

SCHEMA_VERSION = 1


def analyse(marts: Marts, run: dict[str, Any]) -> dict[str, Any]:
    """Ask every question of one warehouse. The order below is the order of the report."""
    study = read_study(marts)
    people, cases, corrected = (
        marts.index_patients(), marts.second_primaries(), marts.index_patients_corrected()
    )  # fmt: skip
    intervals, by_era = marts.survival_intervals(), marts.second_primaries_by_era()
    person_time = marts.person_time_by_era()
    eras = tuple(era.era for era in study.eras)
    found = deliveries(marts, study)

    who = characteristics(people, eras=eras)
    incidence = incidence_by_era(by_era, cases, corrected, person_time, study)
    overall = incidence_overall(by_era, cases, corrected, person_time, study)
    ratios = era_ratios(incidence, person_time)
    survival = (
        *survival_after_index(people, corrected, intervals, study), survival_after_second(cases, study)
    )  # fmt: skip
    cox = (
        *models_after_second(cases, study), *models_after_index(people, corrected, intervals, study)
    )  # fmt: skip
    shrunken = shrunken_estimates(cox)
    competing = competing_risks(corrected, study)
    fair = era_comparison(corrected, competing, study)
    sir = standardised_incidence(marts.sir(), study, found)
    hospital = institution_cases(
        marts.institution_summary(),
        marts.institution_flow(),
        marts.institution_cases(),
        overall,
        cases,
    )
    loads = marts.loads().to_dicts()

    results = {
        "schema_version": SCHEMA_VERSION,
        "study": study,
        "run": run,
        "data": {"is_synthetic": _is_synthetic(loads, run), "deliveries": loads},
        "not_delivered": not_delivered(found),
        "attrition": marts.cohort_flow().to_dicts(),
        "cohort": {
            "n_index": people.height,
            "n_second": cases.height,
            "n_without_second": people.height - cases.height,
        },
        "definitions": marts.second_primaries_by_definition().to_dicts(),
        "table1": who.table1,
        "table1_unknown": who.unknown,
        "table1_numeric": who.numeric,
        "table1_tests": who.tests,
        "eras": incidence,
        "incidence_overall": overall,
        "era_ratios": ratios,
        "latency_tests": latency_tests(cases, first_era=eras[0], last_era=eras[-1]),
        "fair_eras": fair,
        "latency_points": latency_points(cases),
        "survival": survival,
        "cox": cox,
        "shrunken": shrunken,
        "misclassification": misclassification(who.table1),
        "competing": competing,
        "sir": sir,
        "reference_rates": found.rates,
        "sir_tests": incidence_ratio_tests(sir),
        "institution": hospital,
        "contrasts": contrasts(survival, cox, overall, ratios, fair, sir, competing, shrunken),
        "null_bands": null_bands(people, study, survival, cox, incidence),
    }
    results = with_states(plain(results), found)
    results["multiplicity"] = plain(multiplicity(results))
    results["published"] = plain(published_claims(study, results))
    return results


def plain(value: Any) -> Any:
    """Dataclasses, dates and numpy numbers as JSON knows them; NaN and infinities as None."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def to_json(results: dict[str, Any]) -> str:
    """The document as UTF-8 text: keys in the order of the report, rows a line, the same bytes every time."""
    parts = []
    for key, value in results.items():
        if isinstance(value, list) and value:
            rows = ",\n  ".join(_line(row) for row in value)
            parts.append(f"{json.dumps(key)}: [\n  {rows}\n]")
        else:
            parts.append(f"{json.dumps(key)}: {_line(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(", ", ": "))


def _is_synthetic(loads: list[dict[str, Any]], run: dict[str, Any]) -> bool:
    """One synthetic delivery is enough: nobody should take the report for a finding."""
    return any(load.get("is_synthetic") for load in (*loads, *run.get("inputs", ())))
