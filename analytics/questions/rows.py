"""Names of tables, flags and conditions that several analyses say the rows of their numbers with."""

from __future__ import annotations

PEOPLE, CASES = "marts.index_patients", "marts.second_primaries"
CORRECTED, PERSON_TIME = "marts.index_patients_corrected", "marts.person_time_by_era"
INTERVALS, HOSPITAL_CASES = "marts.survival_intervals", "marts.institution_cases"
SCREENED = "intermediate.int_patients_screened"

FOLLOWED, FOLLOWED_AFTER_SECOND = "is_followed", "is_followed_after_second"
AT_RISK = "is_at_risk_after_latency"
FIRST_EVENT_KNOWN = f"{AT_RISK} and first_event_is_known"

DEATHS = {"n": "", "events": "died"}
FLOW = {
    "n_in": "first_rule_failed is null or first_rule_failed >= {step}",
    "n_removed": "first_rule_failed = {step}",
    "n_left": "first_rule_failed is null or first_rule_failed > {step}",
}


def both(*conditions: str) -> str:
    return " and ".join(condition for condition in conditions if condition)
