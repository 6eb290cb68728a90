"""Where each number comes from: the mart and the SQL that gives the rows behind it. Data, read by `traced`.

A place is that of results.json; {level}, {group} stand for texts and {step}, {landmark} for whole numbers, in
the place and in the SQL alike; {complete}, {last_index_year} and {from_months} are filled from the group's
own row there. The SQL runs on the published warehouse and nothing else.
"""

from __future__ import annotations

from analytics.questions.analysis import Drawer, Origin
from analytics.questions.characteristics import AGE, CATEGORIES, OF_CASES_ONLY
from analytics.questions.registry import ANALYSES


def _both(*conditions: str) -> str:
    return " and ".join(condition for condition in conditions if condition)


PEOPLE, CASES = "marts.index_patients", "marts.second_primaries"
CORRECTED, PERSON_TIME = "marts.index_patients_corrected", "marts.person_time_by_era"
INTERVALS, CELLS = "marts.survival_intervals", "intermediate.int_person_time_expected"
SCREENED, ELIGIBLE = "intermediate.int_patients_screened", "intermediate.int_patients_eligible"

FOLLOWED, FOLLOWED_AFTER_SECOND = "is_followed", "is_followed_after_second"
AT_RISK = "is_at_risk_after_latency"
FIRST_EVENT_KNOWN = f"{AT_RISK} and first_event_is_known"
FIRST_EVENT_UNKNOWN = "is_at_risk and not first_event_is_known"
AT_LANDMARK = "start_months <= {landmark} and stop_months > {landmark}"
BY_LANDMARK = "coalesce(has_second_cancer and latency_months <= {landmark}, false)"
KNOWN_AT_ADJUSTMENT = "age_at_index_years is not null and index_year is not null and era is not null"
MODEL_COLUMNS = {
    "sex": "sex",
    "race": "race",
    "age": "age_group_at_second",
    "era": "era",
    "chemotherapy": "chemotherapy_second",
}

DEATHS = {"n": "", "events": "died"}
DEATHS_IN_THE_END = {"n": "", "events": f"patient_id in (select patient_id from {INTERVALS} where died)"}
EVENTS = {
    "n": "",
    "events": "first_event = 'second_primary'",
    "competing_events": "first_event = 'death'",
}
INCIDENCE = {
    "n_index": "",
    "n_second": "has_second_primary",
    "latency.n": "has_second_primary and latency_months is not null",
}
FLOW = {
    "n_in": "first_rule_failed is null or first_rule_failed >= {step}",
    "n_removed": "first_rule_failed = {step}",
    "n_left": "first_rule_failed is null or first_rule_failed > {step}",
}

COHORT = (
    Origin("cohort", PEOPLE, PEOPLE, counts={
        "n_index": "", "n_second": "has_second_primary", "n_without_second": "not has_second_primary"}),
    Origin("attrition[step={step}]", "marts.cohort_flow", SCREENED,
           "source = 'seer' and is_selected_definition", FLOW),
    Origin("definitions[definition={level}]", "marts.second_primaries_by_definition", SCREENED,
           "source = 'seer' and definition = {level}", {"n_second": "has_second_primary"}),
    *(
        Origin(f"table1[variable={variable},level={{level}}]", PEOPLE, PEOPLE, counts={
            "n_without": f"not has_second_primary and {column} = {{level}}",
            "denominator_without": f"not has_second_primary and {column} is not null",
            "n_with": f"has_second_primary and {column} = {{level}}",
            "denominator_with": f"has_second_primary and {column} is not null"})
        for variable, (column, _) in CATEGORIES.items()
    ),
    *(
        Origin(f"table1_unknown[variable={variable}]", PEOPLE, PEOPLE, f"{column} is null", {
            "n_without": "not has_second_primary", "n_with": "has_second_primary"})
        for variable, (column, _) in CATEGORIES.items()
    ),
    *(
        Origin(f"table1_tests[variable={variable},test={{level}}]", PEOPLE, PEOPLE, f"{column} is not null")
        for variable, column in {AGE: AGE, **{name: of[0] for name, of in CATEGORIES.items()}}.items()
    ),
    Origin(f"table1_numeric[variable={AGE},group=without]", PEOPLE, PEOPLE,
           f"not has_second_primary and {AGE} is not null", {"n": ""}),
    *(
        Origin(f"table1_numeric[variable={variable},group=with]", CASES, CASES,
               f"{variable} is not null", {"n": ""})
        for variable in (AGE, *OF_CASES_ONLY)
    ),
)  # fmt: skip

INCIDENCES = (
    *(
        origin
        for place, era in (("eras[era={level}]", "era = {level}"), ("incidence_overall", ""))
        for origin in (
            Origin(f"{place}.n_index_at_risk", CORRECTED, CORRECTED, _both(AT_RISK, era), {"": ""}),
            Origin(f"{place}.observed", PERSON_TIME, PERSON_TIME, era, {"": ""}, "observed"),
            *(
                Origin(f"{place}.{name}", PERSON_TIME, PERSON_TIME, era)
                for name in ("person_years", "rate_per_100k", "rate_ci")
            ),
            Origin(place, "marts.second_primaries_by_era", PEOPLE, era, INCIDENCE),
        )
    ),
    Origin("era_ratios[0]", PERSON_TIME, PERSON_TIME),
    Origin("era_ratios[label=rate per person-year]", PERSON_TIME, PERSON_TIME),
    Origin("era_ratios[label={level}]", "marts.second_primaries_by_era", PEOPLE),
    Origin("latency_tests[test={level}]", CASES, CASES, "latency_months is not null"),
    Origin("latency_points", CASES, CASES, "latency_months is not null"),
)
"""The first of the ratios has a label with a comma, which no place can say."""

IN_WINDOW = "has_second_cancer and index_year <= {last_index_year} and latency_months < {landmark}"
EQUAL_TERMS = (
    Origin("fair_eras.windows[window_months={landmark}].eras[era={level}]", CORRECTED, CORRECTED,
           f"{AT_RISK} and era = {{level}}", {
               "n_index": "index_year <= {last_index_year}",
               "n_second": IN_WINDOW,
               "n_second_left_out": f"has_second_cancer and not ({IN_WINDOW})"}),
    Origin("fair_eras.windows[window_months={landmark}]", CORRECTED, CORRECTED,
           f"{AT_RISK} and index_year <= {{last_index_year}}"),
    Origin("fair_eras.horizons[months={landmark}]", CORRECTED, CORRECTED, FIRST_EVENT_KNOWN),
    Origin("fair_eras", CORRECTED, CORRECTED, AT_RISK),
    Origin("misclassification", PEOPLE, PEOPLE, "chemotherapy_index is not null", {
        "cases_yes": "has_second_primary and chemotherapy_index = 'Yes'",
        "cases_no_unknown": "has_second_primary and chemotherapy_index = 'No/Unknown'",
        "others_yes": "not has_second_primary and chemotherapy_index = 'Yes'",
        "others_no_unknown": "not has_second_primary and chemotherapy_index = 'No/Unknown'"}),
)  # fmt: skip

LOST = f"not {FOLLOWED}"
LOST_CORRECTED = f"is_at_risk and not {FOLLOWED}"
LANDMARKS = "os_from_index_by_second_landmark"
EXPOSED = "os_from_index_by_second_time_dependent"
FROM_START = "stop_months > {from_months}"
SURVIVAL = (
    *(
        Origin(f"survival[id={analysis}].strata[level={level}].n_dropped", PEOPLE, PEOPLE,
               _both(LOST, group), {"": ""})
        for analysis, level, group in (
            ("os_from_index", "all", ""),
            ("os_from_index_by_second", "with", "has_second_primary"),
            ("os_from_index_by_second", "without", "not has_second_primary"),
            ("os_from_index_by_era", "{level}", "era = {level}"),
        )
    ),
    *(
        Origin(f"survival[id={analysis}].strata[level={level}].n_dropped", CORRECTED, CORRECTED,
               _both(LOST_CORRECTED, group), {"": ""})
        for analysis, level, group in (
            (LANDMARKS, "with by {landmark} months", BY_LANDMARK),
            (LANDMARKS, "without by {landmark} months", f"not ({BY_LANDMARK})"),
            (EXPOSED, "with", "has_second_cancer"),
            (EXPOSED, "without", ""),
        )
    ),
    Origin("survival[id=os_from_second].strata[level=all].n_dropped", CASES, CASES,
           f"not {FOLLOWED_AFTER_SECOND}", {"": ""}),
    Origin("survival[id=os_from_index].strata[level=all]", PEOPLE, PEOPLE, FOLLOWED, DEATHS),
    Origin("survival[id=os_from_index_by_second].strata[level=with]", PEOPLE, PEOPLE,
           f"{FOLLOWED} and has_second_primary", DEATHS),
    Origin("survival[id=os_from_index_by_second].strata[level=without]", PEOPLE, PEOPLE,
           f"{FOLLOWED} and not has_second_primary", DEATHS),
    Origin("survival[id=os_from_index_by_era].strata[level={level}]", PEOPLE, PEOPLE,
           f"{FOLLOWED} and era = {{level}}", DEATHS),
    Origin(f"survival[id={LANDMARKS}].strata[level=with by {{landmark}} months]", INTERVALS, INTERVALS,
           f"{AT_LANDMARK} and exposed", DEATHS_IN_THE_END),
    Origin(f"survival[id={LANDMARKS}].strata[level=without by {{landmark}} months]", INTERVALS, INTERVALS,
           f"{AT_LANDMARK} and not exposed", DEATHS_IN_THE_END),
    Origin(f"survival[id={EXPOSED}].strata[level=with]", INTERVALS, INTERVALS,
           f"{FROM_START} and exposed", DEATHS),
    Origin(f"survival[id={EXPOSED}].strata[level=without]", INTERVALS, INTERVALS,
           f"{FROM_START} and not exposed", DEATHS),
    Origin("survival[id=os_from_second].strata[level=all]", CASES, CASES, FOLLOWED_AFTER_SECOND, DEATHS),
    Origin("survival[id=os_from_second]", CASES, CASES, FOLLOWED_AFTER_SECOND),
    Origin(f"survival[id={EXPOSED}]", INTERVALS, INTERVALS, FROM_START),
    Origin(f"survival[id={LANDMARKS}]", INTERVALS, INTERVALS),
    Origin("survival[id={level}]", PEOPLE, PEOPLE, FOLLOWED),
)  # fmt: skip

MODELS = (
    Origin("cox[id=index_naive].card.groups[variable=second_primary,level=with]", PEOPLE, PEOPLE,
           f"{FOLLOWED} and has_second_primary", DEATHS),
    Origin("cox[id=index_naive].card.groups[variable=second_primary,level=without]", PEOPLE, PEOPLE,
           f"{FOLLOWED} and not has_second_primary", DEATHS),
    *(
        Origin(f"cox[id=index_landmark:{{landmark}}].card.groups[variable=second_primary,level={level}]",
               INTERVALS, INTERVALS, f"{AT_LANDMARK} and {exposed}", DEATHS_IN_THE_END)
        for level, exposed in (("with", "exposed"), ("without", "not exposed"))
    ),
    *(
        Origin(f"cox[id={model}].card.groups[variable=second_primary,level={level}]", INTERVALS, INTERVALS,
               _both(known, exposed), DEATHS)
        for model, known in (("index_time_dependent", ""),
                             ("index_time_dependent_adjusted", KNOWN_AT_ADJUSTMENT))
        for level, exposed in (("with", "exposed"), ("without", "not exposed"))
    ),
    *(
        Origin(f"cox[id=index_time_dependent_adjusted].card.groups[variable={column},level={{level}}]",
               INTERVALS, INTERVALS,
               f"{KNOWN_AT_ADJUSTMENT} and coalesce({column}, 'Unknown') = {{level}}", DEATHS)
        for column in ("sex", "race")
    ),
    *(
        Origin(f"cox[id={{level}}].card.groups[variable={variable},level={{group}}]", CASES, CASES,
               f"{FOLLOWED_AFTER_SECOND} and {{complete}} and {column} = {{group}}", DEATHS)
        for variable, column in MODEL_COLUMNS.items()
    ),
    Origin("cox[id=index_naive].n_dropped", PEOPLE, PEOPLE, LOST, {"": ""}),
    *(
        Origin(f"cox[id={model}].n_dropped", CORRECTED, CORRECTED, LOST_CORRECTED, {"": ""})
        for model in ("index_landmark:{landmark}", "index_time_dependent", "index_time_dependent_adjusted")
    ),
    Origin("cox[id=index_naive]", PEOPLE, PEOPLE, FOLLOWED, DEATHS),
    Origin("cox[id=index_landmark:{landmark}]", INTERVALS, INTERVALS, AT_LANDMARK, DEATHS_IN_THE_END),
    Origin("cox[id=index_time_dependent]", INTERVALS, INTERVALS, "", DEATHS),
    Origin("cox[id=index_time_dependent_adjusted]", INTERVALS, INTERVALS, KNOWN_AT_ADJUSTMENT, DEATHS),
    *(
        Origin(f"cox[id=second_univariate:{variable}].n_dropped", CASES, CASES,
               f"{FOLLOWED_AFTER_SECOND} and {column} is null", {"": ""})
        for variable, column in MODEL_COLUMNS.items()
    ),
    *(
        Origin(f"cox[id=second_univariate:{variable}]", CASES, CASES,
               f"{FOLLOWED_AFTER_SECOND} and {column} is not null", DEATHS)
        for variable, column in MODEL_COLUMNS.items()
    ),
    Origin("cox[id={level}].n_dropped", CASES, CASES, f"{FOLLOWED_AFTER_SECOND} and not ({{complete}})",
           {"": ""}),
    Origin("cox[id={level}]", CASES, CASES, f"{FOLLOWED_AFTER_SECOND} and {{complete}}", DEATHS),
)  # fmt: skip

COMPETING = (
    *(
        Origin(f"competing[id=second_primary_by_{variable}].card.groups[variable={variable},level={{level}}]",
               CORRECTED, CORRECTED, f"{FIRST_EVENT_KNOWN} and {column} = {{level}}", EVENTS)
        for variable, column in (("era", "era"), ("chemotherapy", "chemotherapy_index"))
    ),
    Origin("competing[id=second_primary].strata[level=all]", CORRECTED, CORRECTED, FIRST_EVENT_KNOWN, EVENTS),
    Origin("competing[id=second_primary_by_era].strata[level={level}]", CORRECTED, CORRECTED,
           f"{FIRST_EVENT_KNOWN} and era = {{level}}", EVENTS),
    Origin("competing[id=second_primary_by_chemotherapy].strata[level={level}]", CORRECTED, CORRECTED,
           f"{FIRST_EVENT_KNOWN} and chemotherapy_index = {{level}}", EVENTS),
    Origin("competing[id={level}].n_dropped", CORRECTED, CORRECTED, FIRST_EVENT_UNKNOWN, {"": ""}),
    Origin("competing[id={level}]", CORRECTED, CORRECTED, FIRST_EVENT_KNOWN),
)  # fmt: skip

LEVELS_OF_RATIOS = {
    "months_since_index": "months_since_index_band = {level}",
    "attained_age": "attained_age_years between"
    " (select first_age_years from study.study_attained_ages where attained_age = {level})"
    " and (select last_age_years from study.study_attained_ages where attained_age = {level})",
    "era": "era = {level}",
    "sex": "coalesce(sex, 'Unknown') = {level}",
    "race": "coalesce(race, 'Unknown') = {level}",
    "chemotherapy": "coalesce(chemotherapy_index, 'Unknown') = {level}",
}
RATIO_STRATA = {
    "sir[0]": ("grouping = 'from_latency'", "counts_second_primaries"),
    "sir[stratum.from=diagnosis]": ("grouping = 'from_index'", ""),
    **{
        f"sir[stratum.{dimension}={{level}}]": (
            f"grouping = '{dimension}' and level = {{level}}",
            f"counts_second_primaries and {level}",
        )
        for dimension, level in LEVELS_OF_RATIOS.items()
    },
}
"""Each stratum in marts.sir, and in the cells that it was summed from."""

POPULATION = tuple(
    origin
    for place, (row, where) in RATIO_STRATA.items()
    for origin in (
        Origin(f"{place}.persons", "marts.sir", "marts.sir", row, {"": ""},
               "persons - if((select state from marts.reference_coverage) = 'value', persons_unmatched, 0)"),
        Origin(f"{place}.strata_without_reference", "marts.sir", "marts.sir", row, {"": ""},
               "n_unmatched_cells"),
        Origin(f"{place}.observed_without_reference", "marts.sir", CELLS,
               _both(where, "expected is null"), {"": ""}, "observed"),
        Origin(place, "marts.sir", CELLS, _both(where, "expected is not null"), {"observed": ""}, "observed"),
    )
)  # fmt: skip

HOSPITAL_CASES = "marts.institution_cases"
POOLED = (
    f"(select sex, died, is_followed_after_second, load_id, source_line from {CASES} union all"
    f" select sex, died, is_followed_after_second, load_id, source_line from {HOSPITAL_CASES}) as pooled"
)
SERIES = {
    "n": "", "n_male": "sex = 'Male'", "deaths": f"{FOLLOWED_AFTER_SECOND} and died",
    "n_survival_known": FOLLOWED_AFTER_SECOND,
}  # fmt: skip
RATIO_TESTS = (
    Origin("sir_tests[dimension={level},test={group}]", "marts.sir", "marts.sir", "grouping = {level}"),
)
HOSPITAL = (
    Origin("institution.case_series[group=registry]", CASES, CASES, "", SERIES),
    Origin("institution.case_series[group=hospital]", HOSPITAL_CASES, HOSPITAL_CASES, "", SERIES),
    Origin("institution.case_series[group=pooled]", HOSPITAL_CASES, POOLED, "", SERIES),
    Origin("institution.flow[step={step}]", "marts.institution_flow", SCREENED,
           "source = 'institution' and is_selected_definition", FLOW),
    Origin("institution.cases[patient_id={level}]", HOSPITAL_CASES, HOSPITAL_CASES,
           "patient_id = {level}"),
    Origin("institution", "marts.institution_summary", ELIGIBLE, "source = 'institution'",
           {"n_index": "", "n_second": "has_second_primary"}),
)  # fmt: skip

ORIGINS = (
    *COHORT,
    *INCIDENCES,
    *EQUAL_TERMS,
    *SURVIVAL,
    *MODELS,
    *COMPETING,
    *POPULATION,
    *RATIO_TESTS,
    *HOSPITAL,
    *(origin for analysis in ANALYSES for origin in analysis.numbers),
)
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
what was printed and rebuilt; `traced.drawers` adds them."""
