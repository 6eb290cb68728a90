"""Where each number comes from: the mart and the SQL that gives the rows behind it. Data, read by `trace`.

Each analysis says it of its own numbers, in the file of its question. A place is that of results.json;
{level}, {group} stand for texts and {step}, {months} for whole numbers, in the place and in the SQL alike;
{complete}, {last_index_year} and {from_months} are filled from the group's own row there. The SQL runs on the
published warehouse and nothing else.
"""

from __future__ import annotations

from analytics.questions.analysis import Drawer
from analytics.questions.registry import ANALYSES
from analytics.questions.rows import CASES, FOLLOWED, FOLLOWED_AFTER_SECOND, INTERVALS, PEOPLE

ORIGINS = tuple(origin for analysis in ANALYSES for origin in analysis.numbers)
"""The first that matches a place is its origin, so the narrower of two stands first."""

DRAWERS = (
    Drawer("answer", "People and second primaries", "marts.second_primaries_by_era",
           "select * from marts.second_primaries_by_era"),
    Drawer("answer", "Observed over expected", "marts.sir",
           "select * from marts.sir where grouping in ('from_latency', 'from_index')"),
    Drawer("answer", "Hazard from the second primary on", INTERVALS, f"select * from {INTERVALS}"),
    Drawer("answer", "Grouped by later second cancer", PEOPLE, f"select * from {PEOPLE} where {FOLLOWED}"),
    Drawer("answer", "Survival after the second primary", CASES,
           f"select * from {CASES} where {FOLLOWED_AFTER_SECOND}"),
    *(drawer for analysis in ANALYSES for drawer in analysis.drawers),
    Drawer("methods", "Settings", "study.study", "select * from study.study"),
    Drawer("methods", "Codes", "study.study_cancers", "select * from study.study_cancers"),
    Drawer("provenance", "Deliveries", "staging.stg_ledger__loads",
           "select * from staging.stg_ledger__loads where is_current"),
)  # fmt: skip
"""By section of the report, in its order. Those of the printed numbers and of the sensitivity table depend on
what was printed and rebuilt; `trace.drawers` adds them."""

OF_THE_RECORD = "what is assumed of the record (SEER's treatment limitations)"
OF_THE_AUDIT = "the audit that allowed the release to be published, audit.json beside it"

WITHOUT_ROWS = {
    "run.inputs": "the release's manifest, which counts the rows of every delivery",
    "sensitivity": "a rebuild of every mart under this setting, of which only these numbers are kept",
    "multiplicity": "the P values of the tests of its family",
    "null_bands": "seeded simulations of this cohort in which the second cancer does nothing",
    "misclassification.sensitivity": OF_THE_RECORD,
    "misclassification.ppv": OF_THE_RECORD,
    "misclassification.grid[{step}].sensitivity": OF_THE_RECORD,
    "misclassification.grid[{step}].sensitivity_in_cases": OF_THE_RECORD,
    "misclassification.grid[{step}].ppv": OF_THE_RECORD,
    "misclassification.draws[{step}].n_draws": "a setting of the report",
    "misclassification.draws[{step}].seed": "a setting of the report",
    "shrunken[{step}].prior": "the prior that is assumed",
    "data_quality.expectations": OF_THE_AUDIT,
    "data_quality.warnings": OF_THE_AUDIT,
    "data_quality.rejected": OF_THE_AUDIT,
    "data_quality.printed_counts": OF_THE_AUDIT,
    "cross_checks": "the same marts, where a second program computes the numbers again",
    "study": "the study file",
}
"""By the beginning of a place: what its numbers were made of, where that is no row of the release."""
