"""The tables of a report, in order."""

from __future__ import annotations

from typing import Any

from analytics.render import (
    case_tables,
    cohort_tables,
    era_tables,
    guardrail_tables,
    hazard_tables,
    hospital_tables,
    model_tables,
    population_tables,
)
from analytics.render.sensitivity_tables import sensitivity
from analytics.render.table import Table


def tables(results: dict[str, Any]) -> dict[str, Table]:
    """Every table that these results can fill, by id."""
    made = [
        cohort_tables.cohort_flow(results),
        cohort_tables.definitions(results),
        cohort_tables.table1(results),
        cohort_tables.incidence(results),
        cohort_tables.latency(results),
        model_tables.survival(results),
        model_tables.contrasts(results),
        hazard_tables.table2(results),
        model_tables.competing(results),
    ]
    if results["fair_eras"]["horizons"]:
        made.append(era_tables.fair_eras(results))
    if results["cox"]:
        made.append(guardrail_tables.model_cards(results))
    if results["shrunken"]:
        made.append(guardrail_tables.shrunken(results))
    if results["misclassification"]:
        made.append(guardrail_tables.misclassification(results))
    if results["sir"]:
        made.append(population_tables.standardised(results))
    if results["institution"]["n_index"]:
        made.append(
            cohort_tables.cohort_flow(results, rows=results["institution"]["flow"], id="institution_flow")
        )
    if results["institution"]["comparison"]:
        made.append(hospital_tables.comparison(results))
    if results["institution"]["case_series"]:
        made.append(hospital_tables.case_series(results))
    if results["institution"]["cases"]:
        made += [case_tables.table3(results), case_tables.table4(results)]
    if results["published"]:
        made += [case_tables.claims(results), case_tables.own_differences(results)]
    if results["sensitivity"]:
        made.append(sensitivity(results["sensitivity"]))
    made.append(case_tables.deliveries(results))
    return {table.id: table for table in made}
