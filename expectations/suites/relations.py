"""Tables of one build are expected to agree: what one says, another says too, or it can be worked out.

Provenance tells who made a table; these tell whether what was made fits together.
"""

from __future__ import annotations

from expectations.expectation import Expectation, no_result
from expectations.suites.registry import DELIVERED

PATIENTS = "marts.index_patients"
CORRECTED = "marts.index_patients_corrected"
SIR = "marts.sir"
PERSON_TIME = "marts.person_time"
HOSPITAL = DELIVERED.replace("seer", "institution")
# As dbt's macro registry_forms lists them.
REGISTRY_FORMS = ("base_seer__listing", "base_seer__ascii", "base_seer__naaccr")
# What analyses need of a tumour: the item, its column as delivered and as decoded.
ITEMS = (
    ("sex", "sex_text", "sex_code"),
    ("race", "race3_text", "race_code"),
    ("marital_status", "marital_text", "marital_status_code"),
    ("chemotherapy", "chemo_text", "chemotherapy"),
    ("survival_months", "surv_months_text", "survival_months"),
    ("vital_status", "vital_text", "vital_status"),
)
# What deliveries are staged as, a row for a row.
STAGED = (
    "stg_seer__tumors",
    "stg_institution__patients",
    "stg_institution__second_cancers",
    "stg_reference__populations",
)
REFERENCE = DELIVERED.replace("seer", "reference")

# What is said of a patient in more than one table.
OF_A_PATIENT = (
    "patient_id, source, registry, sex, race, marital_status, age_at_index_years, age_is_top_coded,"
    " index_year, era, chemotherapy_index, had_prior_cancer, load_id, source_line"
)
OF_AN_INTERVAL = "patient_id, sex, race, era, index_year, age_at_index_years, chemotherapy_index"

# Number of the population files' age group, from its words.
AGE_GROUP_NUMBER = (
    "case cells.attained_age_group when '00' then 0 when '01-04' then 1 when '85+' then 18"
    " else cast(left(cells.attained_age_group, 2) as integer) // 5 + 1 end"
)


# A second cancer found on the last day is followed for half a month.
END_OF_FOLLOW_UP = (
    "if(followed.has_second_cancer and followed.followed_months <= followed.latency_months,"
    " followed.latency_months + 0.5, followed.followed_months)"
)


def in_months(ticks: str) -> str:
    """SQL: a time of follow-up, by the length of the year that the clock has."""
    return (
        f"{ticks} * 12.0 / (select any_value(ticks_per_year) from build.intermediate.int_follow_up_clocked)"
    )


def unlike(one: str, other: str) -> str:
    """SQL: two sums, either of which may be unknown, are not of the same numbers."""
    return (
        f"(({one}) is null) <> (({other}) is null)"
        f" or coalesce(abs(({one}) - ({other})) > 1e-6 * abs({other}) + 1e-9, false)"
    )


def sums_by(grouping: str, level: str, source: str = "build.marts.person_time") -> str:
    """SQL: what the ratios say, summed from the cells of person-time."""
    return (
        f"select '{grouping}' as grouping, {level} as level, sum(observed) as observed,"
        " sum(person_years) as person_years, sum(expected) as expected,"
        " coalesce(sum(person_years) filter (where expected is null), 0) as person_years_unmatched,"
        " coalesce(sum(observed) filter (where expected is null), 0) as observed_unmatched"
        f" from {source} group by all"
    )


BY_ATTAINED_AGE = (
    "build.marts.person_time inner join build.study.study_attained_ages"
    " on cast(left(attained_age_group, 2) as integer) between first_age_years and last_age_years"
)
CELLS_SUMMED = " union all ".join(
    (
        sums_by("from_latency", "'all'"),
        sums_by("months_since_index", "months_since_index_band"),
        sums_by("sex", "coalesce(sex, 'Unknown')"),
        sums_by("race", "coalesce(race, 'Unknown')"),
        sums_by("attained_age", "attained_age", BY_ATTAINED_AGE),
    )
)


def part_of(table: str, other: str, columns: str, **words: str) -> Expectation:
    """Each row of a table says of its patient what another table says."""
    return no_result(
        f"select 1 from (select {columns} from {{batch}}"
        f" except select {columns} from build.{other}) as others",
        table=table,
        severity="critical",
        **words,
    )


RATIOS: tuple[Expectation, ...] = (
    no_result(
        f"select 1 from ({CELLS_SUMMED}) as cells full join (select * from {{batch}} where grouping in"
        " ('from_latency', 'months_since_index', 'sex', 'race', 'attained_age')) as ratios"
        " using (grouping, level)"
        " where cells.observed is distinct from ratios.observed"
        " or cells.observed_unmatched is distinct from ratios.observed_unmatched"
        f" or {unlike('ratios.person_years', 'cells.person_years')}"
        f" or {unlike('ratios.person_years_unmatched', 'cells.person_years_unmatched')}"
        f" or {unlike('ratios.expected', 'cells.expected')}",
        table=SIR,
        says="Observed, expected and person-time of each ratio are the sums of their cells",
        because="the ratio is nothing else than sums over marts.person_time",
        means="A ratio is of other people than the rates beside it.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_result(
        "select 1 from (select grouping, sum(observed) as observed, sum(person_years) as person_years,"
        " sum(expected) as expected from {batch} where grouping <> 'from_index' group by grouping) as sums,"
        " (select observed, person_years, expected from build.marts.sir"
        " where grouping = 'from_latency') as whole"
        " where sums.observed is distinct from whole.observed"
        f" or {unlike('sums.person_years', 'whole.person_years')}"
        f" or {unlike('sums.expected', 'whole.expected')}",
        table=SIR,
        says="Whatever the ratios are grouped by, the groups add up to the whole",
        because="every second cancer and every day at risk is in one group of each grouping",
        means="A grouping leaves somebody out or counts somebody twice.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_result(
        "select 1 from (select era as level, sum(observed) as observed, sum(person_years) as person_years"
        " from build.marts.person_time_by_era group by era) as cells"
        " full join (select * from {batch} where grouping = 'era') as ratios using (level)"
        " where cells.observed is distinct from ratios.observed"
        f" or {unlike('ratios.person_years', 'cells.person_years')}",
        table=SIR,
        says="The ratios of the eras are of the person-time of the eras",
        because="two tables tell of the same eras",
        means="The comparison of eras and their ratios speak of different people.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_result(
        "select 1 from (select * from {batch}) as cells cross join build.study.study as study"
        " left join build.intermediate.int_reference_cases_counted as rates"
        " on cells.sex = rates.sex and cells.race = rates.race"
        f" and rates.age_group_number = {AGE_GROUP_NUMBER}"
        " and rates.period_first_year = study.first_year + (cells.calendar_year - study.first_year) // 5 * 5"
        f" where {unlike('cells.expected', 'cells.person_years * rates.n_cases / rates.population')}",
        table=PERSON_TIME,
        says="Each expected count is person-years times the population's rate",
        because="it is recomputed from the two tables, apart from the models that made it",
        means="The expected counts, and every ratio, are of other rates.",
        severity="critical",
        asked_when=REFERENCE,
    ),
)

COUNTS: tuple[Expectation, ...] = (
    no_result(
        "select 1 from (select definition,"
        " count(*) filter (where source = 'seer' and has_second_primary) as n"
        " from build.intermediate.int_patients_screened group by definition) as screened"
        " full join (select * from {batch}) as counted using (definition)"
        " cross join build.study.study as study"
        " where screened.n is distinct from counted.n_second"
        " or counted.is_selected is distinct from (definition = study.second_definition)"
        " or (counted.is_selected"
        " and counted.n_second <> (select count(*) from build.marts.second_primaries))",
        table="marts.second_primaries_by_definition",
        says="Each definition counts those it screened, and the study's own the second primaries",
        because="the definition that is chosen makes the table of second primaries",
        means="The counts by definition are of another study.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_result(
        "select 1 from (select era, count(*) as n_index,"
        " count(*) filter (where has_second_primary) as n_second"
        " from build.marts.index_patients group by era) as patients"
        " full join (select * from {batch}) as counted using (era)"
        " full join build.study.study_eras as eras using (era)"
        " where eras.position is null or counted.n_index is null"
        " or counted.n_index <> coalesce(patients.n_index, 0)"
        " or counted.n_second <> coalesce(patients.n_second, 0)",
        table="marts.second_primaries_by_era",
        says="The eras counted are the study's, each with its own patients",
        because="an era is a period of the study, and who was diagnosed in it belongs to it",
        means="Eras are compared that the study does not have, or with each other's patients.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_result(
        "select 1 from (select index_year, era from {batch} union all"
        " select index_year, era from build.marts.index_patients_corrected union all"
        " select index_year, era from build.marts.survival_intervals) as patients"
        " left join build.study.study_eras as eras on patients.index_year between first_year and last_year"
        " where patients.era is distinct from eras.era",
        table=PATIENTS,
        says="Everybody's era is the one of the year of diagnosis",
        because="the study says which years an era has",
        means="Patients are compared in the wrong era.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_result(
        "select 1 from (select * from {batch}) as whole"
        " where n_second <> (select count(*) from build.marts.institution_cases)",
        table="marts.institution_summary",
        says="The hospital has as many second primaries as cases that are shown",
        because="each case is one patient's second primary",
        means="The hospital's count and its table of cases disagree.",
        severity="critical",
        asked_when=HOSPITAL,
    ),
    no_result(
        "select 1 from (select load_id, rows_landed from {batch} where is_current"
        " and role in ('tumors', 'patients', 'second_cancers', 'populations')) as landed"
        " full join (select load_id, count(*) as n_staged from ("
        + " union all ".join(f"select load_id from build.staging.{table}" for table in STAGED)
        + ") as rows_staged group by load_id) as staged using (load_id)"
        " where coalesce(rows_landed, 0) <> coalesce(n_staged, 0)",
        table="staging.stg_ledger__loads",
        says="As many rows of each delivery in use are staged as were landed",
        because="staging translates rows and drops none",
        means="Part of a delivery is not in the build, or a part of another is.",
        severity="critical",
    ),
)

PEOPLE: tuple[Expectation, ...] = (
    no_result(
        "select 1 from (from {batch} except from build.marts.index_patients) as others",
        table="marts.second_primaries",
        says="Each second primary is word for word its patient in the cohort",
        because="one table is a part of the other",
        means="Tables and figures of one report would disagree.",
        severity="critical",
    ),
    part_of(
        PATIENTS,
        CORRECTED,
        OF_A_PATIENT,
        says="The two cohorts say the same of whoever is in both",
        because="sex, age, year and the delivered line do not depend on the analysis",
        means="The published and the corrected analysis differ in who the patients are.",
    ),
    part_of(
        "marts.survival_intervals",
        CORRECTED,
        OF_AN_INTERVAL,
        says="Every interval says of its patient what the corrected cohort says",
        because="an interval is a part of one patient's follow-up",
        means="Cox models adjust for other attributes than the tables show.",
    ),
    no_result(
        "select 1 from (select patient_id, max(stop_months) as stop_months, bool_or(died) as died,"
        " bool_or(exposed) as exposed, min(start_months) filter (where exposed) as exposed_from"
        " from {batch} group by patient_id) as lived"
        " full join (select patient_id, died_in_follow_up, has_second_cancer,"
        f" {in_months('latency_ticks')} as latency_months, {in_months('followed_ticks')} as followed_months"
        " from build.intermediate.int_patients_at_risk"
        " where is_at_risk and followed_ticks is not null and died_in_follow_up is not null) as followed"
        " on lived.patient_id = followed.patient_id"
        " where lived.patient_id is null or followed.patient_id is null"
        " or lived.died is distinct from followed.died_in_follow_up"
        " or lived.exposed is distinct from followed.has_second_cancer"
        f" or {unlike('lived.exposed_from', 'if(lived.exposed, followed.latency_months, null)')}"
        f" or {unlike('lived.stop_months', END_OF_FOLLOW_UP)}",
        table="marts.survival_intervals",
        says="Everybody's intervals end where the follow-up ends, and are exposed from the second cancer on",
        because="the intervals cut up the follow-up of each patient at risk, and nothing else",
        means="Hazard ratios are of other times than the patients lived.",
        severity="critical",
    ),
    no_result(
        "select 1 from (select patient_id, load_id, source_line, age_at_index_years, index_year from {batch}"
        " union all select patient_id, load_id, source_line, age_at_index_years, index_year"
        " from build.marts.index_patients_corrected) as patients"
        " left join build.intermediate.int_tumors_conformed as tumors using (load_id, source_line)"
        " where tumors.patient_id is distinct from patients.patient_id"
        " or tumors.diagnosis_year is distinct from patients.index_year"
        " or tumors.age_at_diagnosis_years is distinct from patients.age_at_index_years",
        table=PATIENTS,
        says="Everybody's age and year of diagnosis are those of the record they came from",
        because="each patient names a line of a delivery",
        means="Ages or years are not the registry's.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_result(
        "select 1 from (select * from {batch}) as patients cross join build.study.study as study"
        " where age_at_index_years not between 0 and 125"
        " or (not age_is_top_coded and (age_at_second_years < age_at_index_years"
        " or age_at_second_years > age_at_index_years + study.last_year - index_year + 1))",
        table=PATIENTS,
        says="Ages are possible, and nobody is younger at the second cancer than at the first",
        because="nobody grows younger, nor older than the years of the study allow",
        means="An age was read from another column or another person.",
        severity="critical",
        asked_when=DELIVERED,
    ),
)


def told(place: str) -> str:
    """SQL: what the definition of the study says at a place; null where it says nothing."""
    return f"json_extract_string(definition, '$.{place}')"


def otherwise(place: str, column: str) -> str:
    """SQL: the definition says something here, and the column another thing."""
    return f"coalesce({told(place)} <> cast({column} as varchar), false)"


def listed_otherwise(place: str, column: str, table: str) -> str:
    """SQL: the definition lists something here, and the table other values, in whatever order."""
    return (
        f"(len({told(place)}) > 0 and list_sort({told(place)})"
        f" <> (select list_sort(list(cast({column} as varchar))) from build.study.{table}))"
    )


STUDY: tuple[Expectation, ...] = (
    no_result(
        "select 1 from (select * from {batch}) as study cross join (select definition from"
        " build.provenance.studies where study in (select study from build.provenance.tables)) as said where "
        + " or ".join(
            (
                otherwise("name", "name"),
                otherwise("second.definition", "second_definition"),
                otherwise("settings.min_age_years", "min_age_years"),
                otherwise("settings.min_latency_months", "min_latency_months"),
                otherwise("settings.max_primaries", "max_primaries"),
                otherwise("settings.apply_to_everyone", "apply_to_everyone"),
                otherwise("settings.keep_nonqualifying_second", "keep_nonqualifying_second"),
                otherwise("sources.seer.first_year", "first_year"),
                otherwise("sources.seer.last_year", "last_year"),
                listed_otherwise("eras[*].first_year", "first_year", "study_eras"),
                listed_otherwise("eras[*].last_year", "last_year", "study_eras"),
                listed_otherwise("settings.landmark_months[*]", "landmark_months", "study_landmarks"),
            )
        ),
        table="study.study",
        says="The study's tables say what its definition says",
        because="the definition is kept beside the tables that were made with it",
        means="Patients were screened, or eras cut, otherwise than the report says.",
        severity="critical",
    ),
    no_result(
        "select 1 from (select * from {batch}) as bands cross join build.study.study as study"
        " where counts_second_primaries is distinct from first_months >= study.min_latency_months",
        table="study.study_time_bands",
        says="Time counts from the shortest latency on, and not before",
        because="nobody can have a second primary of the study before",
        means="Rates are of other person-time than the study's.",
        severity="critical",
    ),
    no_result(
        "select 1 from (select item, is_delivered, n_rows, n_known from {batch}"
        " where item not like 'second_cancer%') as items full join ("
        + " union all ".join(
            f"select '{item}' as item, count({column}) + (select count({text}) from ("
            + " union all ".join(f"select {text} from build.staging.{form}" for form in REGISTRY_FORMS)
            + f")) > 0 as is_delivered, count(*) as n_rows, count({column}) as n_known"
            " from build.staging.stg_seer__tumors"
            for item, text, column in ITEMS
        )
        + ") as staged using (item)"
        " where items.is_delivered is distinct from staged.is_delivered"
        " or items.n_rows is distinct from staged.n_rows or items.n_known is distinct from staged.n_known",
        table="marts.delivered_items",
        says="What is called delivered is what tumours were staged with",
        because="the list of items is counted from the staged rows",
        means="An analysis is made of what nobody delivered, or is withheld for nothing.",
        severity="critical",
        asked_when=DELIVERED,
    ),
)

SCREENED: tuple[Expectation, ...] = (
    no_result(
        "select 1 from (select source, patient_id, has_second_primary from {batch}) as eligible"
        " full join (select source, patient_id, has_second_primary"
        " from build.intermediate.int_patients_screened where is_selected_definition and is_eligible)"
        " as screened using (source, patient_id)"
        " where eligible.has_second_primary is distinct from screened.has_second_primary",
        table="intermediate.int_patients_eligible",
        says="Whoever is eligible passed every rule of the study's own definition",
        because="the rules decide who is in the cohort, and with a second primary",
        means="Somebody was added to a cohort, or left out of it, without a rule.",
        severity="critical",
    ),
    no_result(
        "select 1 from (select * from {batch}) as whole left join build.study.study_sources as sources"
        " on sources.source = 'institution'"
        " cross join (select count(*) as n_index, count(*) filter (where has_second_primary) as n_second"
        " from build.intermediate.int_patients_eligible where source = 'institution') as eligible"
        " where whole.n_index <> eligible.n_index or whole.n_second <> eligible.n_second"
        " or whole.first_year is distinct from sources.first_year"
        " or whole.last_year is distinct from sources.last_year",
        table="marts.institution_summary",
        says="The hospital's numbers are those of its eligible patients, in the years of the study",
        because="the summary counts these patients and nobody else",
        means="The hospital's cohort is printed larger or smaller than it is.",
        severity="critical",
        asked_when=HOSPITAL,
    ),
    part_of(
        "marts.institution_cases",
        "intermediate.int_patients_eligible",
        "patient_id, sex, age_at_index_years, latency_months, age_at_second_years, died",
        says="Each case of the hospital is one of its eligible patients, word for word",
        because="a case is a patient with a second primary",
        means="A case is shown that the hospital did not deliver so.",
    ),
)

EXPECTATIONS = RATIOS + COUNTS + PEOPLE + STUDY + SCREENED
