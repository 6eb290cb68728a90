"""Tables of one build are expected to agree: what one says, another says too, or it can be worked out.

Provenance tells who made a table; these tell whether what was made fits together.
"""

from __future__ import annotations

from collections.abc import Sequence

from expectations.expectation import (
    Expectation,
    among,
    both,
    either,
    known,
    native,
    no_result,
    null,
    rows,
)
from expectations.suites.occasions import DELIVERED, HOSPITAL, REFERENCE

PATIENTS = "marts.index_patients"
CORRECTED = "marts.index_patients_corrected"
SIR = "marts.sir"
PERSON_TIME = "marts.person_time"
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

# What is said of a patient in more than one table.
OF_A_PATIENT = (
    "patient_id, source, registry, sex, race, marital_status, age_at_index_years, age_is_top_coded,"
    " index_year, era, chemotherapy_index, had_prior_cancer, survival_months, died, load_id, source_line"
)
OF_AN_INTERVAL = "patient_id, sex, race, era, index_year, age_at_index_years, chemotherapy_index"

# What a patient says that is on the line of a delivery, in either cohort.
RECORDED = " union all ".join(
    "select patient_id, load_id, source_line, age_at_index_years, index_year, sex, race, died,"
    " survival_months"
    f" from {table}"
    for table in ("{batch}", "build.marts.index_patients_corrected")
)
DIED_KNOWN, SURVIVAL_KNOWN = (null(column, is_null=False) for column in ("died", "survival_months"))

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


def differing(one: str, other: str, key: str, *, same: Sequence[str] = (), close: Sequence[str] = ()) -> str:
    """SQL for second opinions: a row for each key of which two queries do not tell alike.

    The two are put under each other and grouped, where the first opinion joins them. `same` columns have to
    be equal, `close` ones to be sums of the same numbers; what only one of the two tells differs.
    """
    conditions = [
        "count(*) <> 2",
        *(f"count({column}) = 1 or min({column}) <> max({column})" for column in same),
        *(
            f"count({column}) = 1 or max({column}) - min({column})"
            f" > 1e-6 * max(abs({column})) filter (where side = 2) + 1e-9"
            for column in close
        ),
    ]
    columns = ", ".join((key, *same, *close))
    return (
        f"(select 1 from (select 1 as side, {columns} from ({one}) as one"
        f" union all select 2 as side, {columns} from ({other}) as other) as both_sides"
        f" group by {key} having {' or '.join(conditions)}) as differing"
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
# The same sums for the second opinion: all groupings in one pass.
CELLS_GROUPED = (
    "select case when grouping(months_since_index_band) = 0 then 'months_since_index'"
    " when grouping(sex) = 0 then 'sex' when grouping(race) = 0 then 'race'"
    " when grouping(attained_age) = 0 then 'attained_age' else 'from_latency' end as grouping,"
    " if(grouping(months_since_index_band, sex, race, attained_age) = 15, 'all',"
    " coalesce(months_since_index_band, sex, race, attained_age, 'Unknown')) as level,"
    " sum(observed) as observed, sum(person_years) as person_years, sum(expected) as expected,"
    " sum(if(expected is null, person_years, 0)) as person_years_unmatched,"
    " sum(if(expected is null, observed, 0)) as observed_unmatched"
    " from (select cells.*, (select ages.attained_age from build.study.study_attained_ages as ages"
    " where cast(left(cells.attained_age_group, 2) as integer) >= ages.first_age_years"
    " and cast(left(cells.attained_age_group, 2) as integer) <= ages.last_age_years) as attained_age"
    " from build.marts.person_time as cells) as cells"
    " group by grouping sets ((), (months_since_index_band), (sex), (race), (attained_age))"
    " having grouping(attained_age) = 1 or attained_age is not null"
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


def of(table: str, columns: str) -> str:
    """SQL: columns named with their table, in the order given."""
    return ", ".join(f"{table}.{column.strip()}" for column in columns.split(","))


def part_of(table: str, other: str, columns: str, **words: str) -> Expectation:
    """Each row of a table says of its patient what another table says."""
    return no_result(
        f"select 1 from (select {columns} from {{batch}}"
        f" except select {columns} from build.{other}) as others",
        counted=f"count(distinct ({of('ours', columns)}))",
        counted_from=f"{{batch}} as ours where not exists (select 1 from build.{other} as theirs"
        " where ours.patient_id = theirs.patient_id"
        f" and ({of('ours', columns)}) is not distinct from ({of('theirs', columns)}))",
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
        counted="count(*)",
        counted_from=differing(
            "select * from {batch} where grouping in"
            " ('from_latency', 'months_since_index', 'sex', 'race', 'attained_age')",
            CELLS_GROUPED,
            "grouping, level",
            same=("observed", "observed_unmatched"),
            close=("person_years", "person_years_unmatched", "expected"),
        ),
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
        counted="count(*)",
        counted_from=differing(
            "select distinct grouping, sum(observed) over of_a_grouping as observed,"
            " sum(person_years) over of_a_grouping as person_years,"
            " sum(expected) over of_a_grouping as expected"
            " from {batch} where grouping <> 'from_index' window of_a_grouping as (partition by grouping)",
            "select groupings.grouping, whole.observed, whole.person_years, whole.expected"
            " from (select distinct grouping from {batch} where grouping <> 'from_index') as groupings"
            " inner join {batch} as whole on whole.grouping = 'from_latency'",
            "grouping",
            same=("observed",),
            close=("person_years", "expected"),
        ),
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
        counted="count(*)",
        counted_from=differing(
            "select level, observed, person_years from {batch} where grouping = 'era'",
            "select distinct era as level, sum(observed) over of_an_era as observed,"
            " sum(person_years) over of_an_era as person_years"
            " from build.marts.person_time_by_era window of_an_era as (partition by era)",
            "level",
            same=("observed",),
            close=("person_years",),
        ),
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
        counted=rows(
            "(expected is null) <> (worked_out is null)"
            " or abs(expected - worked_out) > 1e-6 * worked_out + 1e-9"
        ),
        counted_from="(select expected, person_years * (select max(rates.n_cases / rates.population)"
        " from build.intermediate.int_reference_cases_counted as rates"
        " where rates.sex = cells.sex and rates.race = cells.race"
        " and rates.age_group_number = if(cells.age = 0 and length(cells.attained_age_group) = 2, 0,"
        " 1 + cells.age // 5) and rates.period_first_year = cells.first_of_five) as worked_out"
        " from (select *, cast(left(attained_age_group, 2) as integer) as age,"
        " calendar_year - (calendar_year - (select first_year from build.study.study)) % 5 as first_of_five"
        " from {batch}) as cells) as cells",
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
        counted="count(*)",
        counted_from=differing(
            "select definition, n_second, is_selected, if(is_selected, n_second, null) as n_shown"
            " from {batch}",
            "select definition, sum(if(source = 'seer' and has_second_primary, 1, 0)) as n_second,"
            " definition = any_value(second_definition) as is_selected,"
            " if(definition = any_value(second_definition),"
            " (select count(*) from build.marts.second_primaries), null) as n_shown"
            " from build.intermediate.int_patients_screened cross join"
            " (select second_definition from build.study.study) as study group by definition",
            "definition",
            same=("n_second", "is_selected", "n_shown"),
        ),
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
        counted="count(*)",
        counted_from=differing(
            "select era, n_index, n_second from {batch}",
            "select eras.era, count(patients.patient_id) as n_index,"
            " count(case when patients.has_second_primary then 1 end) as n_second"
            " from build.study.study_eras as eras left join build.marts.index_patients as patients"
            " on patients.era = eras.era group by eras.era",
            "era",
            same=("n_index", "n_second"),
        ),
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
        counted="count(*)",
        counted_from="(select index_year, era from {batch} union all"
        " select index_year, era from build.marts.index_patients_corrected union all"
        " select index_year, era from build.marts.survival_intervals) as patients"
        " where not exists (select 1 from build.study.study_eras as eras where eras.era = patients.era"
        " and eras.first_year <= patients.index_year and eras.last_year >= patients.index_year)",
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
        counted=rows("n_second - n_cases <> 0"),
        counted_from="{batch} cross join (select count(patient_id) as n_cases"
        " from build.marts.institution_cases) as cases",
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
        counted="count(*)",
        counted_from="(select load_id from (select load_id, rows_landed as n from {batch} where is_current"
        " and role in ('tumors', 'patients', 'second_cancers', 'populations') union all "
        + " union all ".join(
            f"select load_id, -count(*) from build.staging.{table} group by load_id" for table in STAGED
        )
        + ") as signed group by load_id having sum(n) <> 0) as left_over",
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
        counted="count(*)",
        counted_from="{batch} as seconds where not exists (select 1"
        " from build.marts.index_patients as patients where patients.patient_id = seconds.patient_id"
        " and patients is not distinct from seconds)",
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
        counted="count(*)",
        counted_from=differing(
            "select patient_id, max(stop_months) as stop_months, count_if(died) > 0 as died,"
            " count_if(exposed) > 0 as exposed, min(if(exposed, start_months, null)) as exposed_from"
            " from {batch} group by patient_id",
            "select patient_id, died_in_follow_up as died, has_second_cancer as exposed,"
            " case when has_second_cancer then latency end as exposed_from,"
            " case when has_second_cancer and followed <= latency then latency + 0.5 else followed end"
            " as stop_months from (select *, 12.0 * latency_ticks / ticks_per_year as latency,"
            " 12.0 * followed_ticks / ticks_per_year as followed"
            " from build.intermediate.int_patients_at_risk cross join (select max(ticks_per_year)"
            " as ticks_per_year from build.intermediate.int_follow_up_clocked) as clock) as patients"
            " where is_at_risk and followed is not null and died_in_follow_up is not null",
            "patient_id",
            same=("died", "exposed"),
            close=("exposed_from", "stop_months"),
        ),
        table="marts.survival_intervals",
        says="Everybody's intervals end where the follow-up ends, and are exposed from the second cancer on",
        because="the intervals cut up the follow-up of each patient at risk, and nothing else",
        means="Hazard ratios are of other times than the patients lived.",
        severity="critical",
    ),
    no_result(
        f"select 1 from ({RECORDED}) as patients cross join build.study.study as study"
        " left join build.intermediate.int_tumors_conformed as tumors using (load_id, source_line)"
        " where tumors.patient_id is distinct from patients.patient_id"
        " or tumors.diagnosis_year is distinct from patients.index_year"
        " or tumors.age_at_diagnosis_years is distinct from patients.age_at_index_years"
        " or tumors.sex is distinct from patients.sex or tumors.race is distinct from patients.race"
        " or tumors.died is distinct from patients.died or patients.survival_months is distinct from"
        " if(tumors.survival_months = 0, study.zero_survival_months, tumors.survival_months)",
        counted="count(*)",
        counted_from=f"({RECORDED}) as patients"
        " where not exists (select 1 from build.intermediate.int_tumors_conformed as tumors"
        " where tumors.load_id = patients.load_id and tumors.source_line = patients.source_line"
        " and tumors.patient_id = patients.patient_id"
        " and (tumors.diagnosis_year, tumors.age_at_diagnosis_years, tumors.sex, tumors.race, tumors.died,"
        " cast(coalesce(nullif(tumors.survival_months, 0), tumors.survival_months"
        " + (select zero_survival_months from build.study.study)) as double))"
        " is not distinct from (patients.index_year, patients.age_at_index_years, patients.sex,"
        " patients.race, patients.died, patients.survival_months))",
        table=PATIENTS,
        says="Everybody's age, year, sex, race, survival and death are those of the record they came from",
        because="each patient names a line of a delivery",
        means="Patients, or what became of them, are not the registry's.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    native(
        known("is_followed"),
        among("is_followed", [True], row_condition=both(DIED_KNOWN, SURVIVAL_KNOWN)),
        among("is_followed", [False], row_condition=either(null("died"), null("survival_months"))),
        counted=f"count(*) - {rows('is_followed = (survival_months + cast(died as integer) is not null)')}",
        table=PATIENTS,
        says="Whoever is followed has a known survival, and is known to be dead or alive",
        because="survival is estimated of those patients and nobody else",
        means="Survival curves leave somebody out, or take in somebody of whom nothing is known.",
        severity="critical",
    ),
    no_result(
        "select 1 from (select * from {batch}) as patients"
        " left join build.intermediate.int_patients_screened as screened"
        " on screened.source = patients.source and screened.patient_id = patients.patient_id"
        " and screened.is_selected_definition"
        " left join build.intermediate.int_second_tumors_linked_to_index as linked"
        " on linked.source = screened.source and linked.patient_id = screened.patient_id"
        " and linked.definition = screened.definition"
        " where patients.has_second_primary is distinct from screened.has_second_primary"
        " or patients.latency_months is distinct from"
        " if(screened.has_second_primary, linked.latency_months, null)",
        counted="count(*)",
        counted_from="(select patient_id, has_second_primary, latency_months from {batch}"
        " except select patient_id, has_second_primary, case when has_second_primary then latency end"
        " from (select patient_id, has_second_primary, (select max(linked.latency_months)"
        " from build.intermediate.int_second_tumors_linked_to_index as linked"
        " where linked.source = 'seer' and linked.patient_id = screened.patient_id"
        " and linked.definition = screened.definition) as latency"
        " from build.intermediate.int_patients_screened as screened where source = 'seer'"
        " and definition = (select second_definition from build.study.study)) as told) as others",
        table=PATIENTS,
        says="Who has a second primary, and after how many months, is as it was screened and linked",
        because="the cohort takes both over from the models that decide them",
        means="Second primaries, or their latencies, are other ones than the rules gave.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_result(
        "select 1 from (select * from {batch}) as patients cross join build.study.study as study"
        " where age_at_index_years not between 0 and 125"
        " or (not age_is_top_coded and (age_at_second_years < age_at_index_years"
        " or age_at_second_years > age_at_index_years + study.last_year - index_year + 1))",
        counted=rows(
            "age_at_index_years < 0 or age_at_index_years > 125 or (age_at_second_years not between"
            " age_at_index_years and age_at_index_years + last_year + 1 - index_year"
            " and not age_is_top_coded)"
        ),
        counted_from="{batch} cross join (select last_year from build.study.study) as study",
        table=PATIENTS,
        says="Ages are possible, and nobody is younger at the second cancer than at the first",
        because="nobody grows younger, nor older than the years of the study allow",
        means="An age was read from another column or another person.",
        severity="critical",
        asked_when=DELIVERED,
    ),
)


# What the definition says at a place, and the column that the study's tables keep it in.
SAID = (
    ("name", "name"),
    ("second.definition", "second_definition"),
    ("settings.min_age_years", "min_age_years"),
    ("settings.min_latency_months", "min_latency_months"),
    ("settings.max_primaries", "max_primaries"),
    ("settings.apply_to_everyone", "apply_to_everyone"),
    ("settings.keep_nonqualifying_second", "keep_nonqualifying_second"),
    ("sources.seer.first_year", "first_year"),
    ("sources.seer.last_year", "last_year"),
)
LISTED = (
    ("eras[*].first_year", "first_year", "study_eras"),
    ("eras[*].last_year", "last_year", "study_eras"),
    ("settings.landmark_months[*]", "landmark_months", "study_landmarks"),
)
DEFINITION = (
    "(select definition from build.provenance.studies"
    " where study in (select study from build.provenance.tables)) as said"
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


def in_pairs() -> str:
    """SQL for the second opinion: what the definition says beside what is kept, a pair a row."""
    said = [f"definition ->> '$.{place}'" for place, _ in SAID]
    said += [
        f"nullif(array_to_string(list_sort(definition ->> '$.{place}'), ' '), '')" for place, *_ in LISTED
    ]
    kept = [f"cast({column} as varchar)" for _, column in SAID]
    kept += [
        f"(select string_agg(cast(kept.{column} as varchar), ' ' order by cast(kept.{column} as varchar))"
        f" from build.study.{table} as kept)"
        for _, column, table in LISTED
    ]
    return (
        f"(select unnest([{', '.join(said)}]) as said, unnest([{', '.join(kept)}]) as kept"
        f" from {{batch}} as study cross join {DEFINITION}) as pairs"
    )


def items_staged_again() -> str:
    """SQL for the second opinion: the items counted in one pass over the tumours and one over each form."""
    texts = ", ".join(f"count({text}) as {text}" for _, text, _ in ITEMS)
    forms = " union all ".join(f"select {texts} from build.staging.{form}" for form in REGISTRY_FORMS)
    return (
        f"select unnest([{', '.join(repr(item) for item, *_ in ITEMS)}]) as item, n_rows,"
        " unnest(known) as n_known, unnest(known) + unnest(written) > 0 as is_delivered"
        f" from (select count(*) as n_rows, [{', '.join(f'count({column})' for *_, column in ITEMS)}]"
        " as known from build.staging.stg_seer__tumors) as tumors"
        f" cross join (select [{', '.join(f'sum({text})' for _, text, _ in ITEMS)}] as written"
        f" from ({forms}) as forms) as texts"
    )


STUDY: tuple[Expectation, ...] = (
    no_result(
        f"select 1 from (select * from {{batch}}) as study cross join {DEFINITION} where "
        + " or ".join([otherwise(*each) for each in SAID] + [listed_otherwise(*each) for each in LISTED]),
        counted=f"cast({rows('said <> kept')} > 0 as integer)",
        counted_from=in_pairs(),
        table="study.study",
        says="The study's tables say what its definition says",
        because="the definition is kept beside the tables that were made with it",
        means="Patients were screened, or eras cut, otherwise than the report says.",
        severity="critical",
    ),
    no_result(
        "select 1 from (select * from {batch}) as bands cross join build.study.study as study"
        " where counts_second_primaries is distinct from first_months >= study.min_latency_months",
        counted=rows(
            "counts_second_primaries is null or (counts_second_primaries and first_months < shortest)"
            " or (not counts_second_primaries and first_months >= shortest)"
        ),
        counted_from="{batch} cross join"
        " (select min_latency_months as shortest from build.study.study) as study",
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
        counted="count(*)",
        counted_from=differing(
            "select item, is_delivered, n_rows, n_known from {batch}"
            " where not starts_with(item, 'second_cancer')",
            items_staged_again(),
            "item",
            same=("is_delivered", "n_rows", "n_known"),
        ),
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
        counted="count(*)",
        counted_from=differing(
            "select source, patient_id, has_second_primary from {batch}",
            "select source, patient_id, has_second_primary from build.intermediate.int_patients_screened"
            " where is_eligible and definition = (select second_definition from build.study.study)",
            "source, patient_id",
            same=("has_second_primary",),
        ),
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
        counted="count(*)",
        counted_from=differing(
            "select 1 as summary, n_index, n_second, first_year, last_year from {batch}",
            "select 1 as summary, count(*) as n_index,"
            " coalesce(sum(cast(has_second_primary as integer)), 0) as n_second,"
            " (select first_year from build.study.study_sources where source = 'institution') as first_year,"
            " (select last_year from build.study.study_sources where source = 'institution') as last_year"
            " from build.intermediate.int_patients_eligible where source = 'institution'",
            "summary",
            same=("n_index", "n_second", "first_year", "last_year"),
        ),
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
