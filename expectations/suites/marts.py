"""What is expected of the marts: counts that add up, patients who meet the rules, likely figures."""

from __future__ import annotations

from expectations.expectation import (
    Expectation,
    figure_between,
    median_between,
    never_null,
    no_result,
    no_row,
    some_rows,
    unique,
    value_between,
    value_in,
)
from expectations.suites.registry import DELIVERED

PATIENTS = "marts.index_patients"
SECONDS = "marts.second_primaries"
HOSPITAL = DELIVERED.replace("seer", "institution")


def flow_adds_up(table: str, patients: str, asked_when: str) -> Expectation:
    return no_result(
        "select 1 from (select *, lead(n_in) over (order by step) as next_in from {batch}) as steps"
        " where n_left is distinct from n_in - n_removed"
        f" or n_left is distinct from coalesce(next_in, ({patients}))",
        table=table,
        says="Each step of the screening starts with what the last one left, and the cohort is what is left",
        because="attrition is a table, and it adds up",
        means="Patients appear or vanish between two rules.",
        severity="critical",
        asked_when=asked_when,
        observed="select count(*) as steps, max(n_in) as persons, min(n_left) as left_over from {batch}",
    )


SCREENING: tuple[Expectation, ...] = (
    flow_adds_up("marts.cohort_flow", "select count(*) from build.marts.index_patients", DELIVERED),
    flow_adds_up("marts.institution_flow", "select n_index from build.marts.institution_summary", HOSPITAL),
    some_rows(
        table=PATIENTS,
        says="The cohort is not empty",
        because="no patients at all is a wrong export or a wrong study, not a finding",
        means="There is nothing to report.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    unique(
        "patient_id",
        table=PATIENTS,
        says="Each patient is in the cohort once",
        because="the row of this table is a patient",
        means="Counts and survival would weigh some patients double.",
        severity="critical",
    ),
    value_in(
        "source",
        ["seer"],
        table=PATIENTS,
        says="Only the registry's patients are in the cohort",
        because="registry and hospital records must not be linked, and a patient may be in both",
        means="Patients may be counted twice, and the data-use agreement is broken.",
        severity="critical",
    ),
    no_result(
        "select 1 from (select * from {batch}) as patients cross join build.study.study"
        " where age_at_index_years is null or age_at_index_years < min_age_years",
        table=PATIENTS,
        says="Everyone in the cohort is of the study's age",
        because="the first rules of the study",
        means="The screening did not do what the study says.",
        severity="critical",
        observed="select count(*) as patients, median(age_at_index_years) as median_age from {batch}",
    ),
    no_result(
        "select 1 from (select * from {batch}) as patients cross join build.study.study"
        " where has_second_primary and coalesce(latency_months < min_latency_months, true)",
        table=PATIENTS,
        says="Every second primary came after the study's shortest latency",
        because="Warren and Gates, as the study reads them",
        means="Synchronous cancers are counted as second ones.",
        severity="critical",
        observed="select count(latency_months) as known, median(latency_months) as median from {batch}",
    ),
    no_result(
        "select 1 from (select * from {batch}) as patients"
        " full join build.marts.second_primaries as seconds using (patient_id)"
        " where patients.load_id is null"
        " or patients.has_second_primary is distinct from (seconds.load_id is not null)",
        table=PATIENTS,
        says="The second primaries are exactly the patients who have one",
        because="one table is a part of the other",
        means="Tables and figures of one report would disagree.",
        severity="critical",
        observed="select count(*) as patients, count(*) filter (where has_second_primary) as with_second"
        " from {batch}",
    ),
    no_result(
        "select 1 from {batch} having sum(n_index) is distinct from"
        " (select count(*) from build.marts.index_patients)"
        " or sum(n_second) is distinct from (select count(*) from build.marts.second_primaries)",
        table="marts.second_primaries_by_era",
        says="The eras together hold every patient and every second primary",
        because="an era is a year of diagnosis, and everyone has one",
        means="Incidence by era rests on other people than the cohort.",
        severity="critical",
        observed="select sum(n_index) as patients, sum(n_second) as second_primaries from {batch}",
    ),
    never_null(
        "era",
        table=PATIENTS,
        says="Every patient belongs to an era",
        because="eras cover the years of the study",
        means="Some patients are in no comparison by era.",
        severity="critical",
    ),
)

TIME: tuple[Expectation, ...] = (
    no_row(
        "months_after_second > survival_months",
        table=SECONDS,
        says="Nobody lives longer after the second cancer than after the first",
        because="the second came later and both end on the same day",
        means="Survival from one of the two origins is wrong.",
        severity="critical",
    ),
    no_row(
        "stop_months <= start_months or start_months < 0",
        table="marts.survival_intervals",
        says="Every interval of follow-up goes forward",
        because="late entry and time-dependent exposure need intervals that tile a life",
        means="Cox models with time-dependent exposure would be wrong.",
        severity="critical",
    ),
    no_result(
        "select 1 from {batch} group by patient_id having count(*) filter (where died) > 1"
        " or max(stop_months) is distinct from sum(stop_months - start_months)"
        " or min(start_months) is distinct from 0",
        table="marts.survival_intervals",
        says="A patient's intervals follow each other without gap, and death ends at most one",
        because="a month of follow-up belongs to one interval",
        means="Person-time is lost or counted twice.",
        severity="critical",
    ),
    value_between(
        "survival_months",
        0,
        720,
        table=PATIENTS,
        says="Survival lies between 0 and 720 months",
        because="the registries have existed since 1973",
        means="A code for unknown was read as a time.",
        severity="critical",
    ),
    figure_between(
        "avg(cast(survival_months is null as integer))",
        0,
        0.05,
        name="share_unknown",
        table=PATIENTS,
        says="At most one patient in twenty has unknown survival",
        because="they stay in the counts and drop from the survival analyses",
        means="Survival is estimated from a part of the cohort.",
        severity="warning",
        asked_when=DELIVERED,
    ),
    figure_between(
        "avg(cast(died as integer))",
        0.01,
        0.999,
        name="share_dead",
        table=PATIENTS,
        says="Some patients have died and some have not",
        because="a column of one value is a column that was not exported as it is",
        means="No survival curve can be drawn.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    median_between(
        "age_at_index_years",
        30,
        90,
        table=PATIENTS,
        says="The median age at diagnosis is that of a disease of adults, from 30 to 90 years",
        because="ages swapped with another column of whole numbers would move it",
        means="Columns may have been swapped in the export.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    figure_between(
        "avg(cast(age_is_top_coded as integer))",
        0,
        0.2,
        name="share_top_coded",
        table=PATIENTS,
        says="At most one patient in five has a top-coded age",
        because="medians survive top-coding (85+), means do not",
        means="Do not report a mean age.",
        severity="warning",
        asked_when=DELIVERED,
    ),
    no_row(
        "latency_is_uncertain",
        table=SECONDS,
        says="No second primary hangs on a month more or less of latency",
        because="months are whole numbers; within one of the threshold either answer is possible",
        means="The number of second primaries is uncertain by as many.",
        severity="warning",
        observed="select count(*) as second_primaries,"
        " count(*) filter (where latency_is_uncertain) as uncertain from {batch}",
    ),
)

HOSPITAL_EXPECTATIONS: tuple[Expectation, ...] = (
    unique(
        "patient_id",
        table="marts.institution_cases",
        says="Each hospital case is shown once",
        because="a patient has one second primary in this study",
        means="The case table repeats a patient.",
        severity="critical",
        asked_when=HOSPITAL,
    ),
    no_result(
        "select 1 from (select * from {batch}) as seconds"
        " left join build.staging.stg_institution__patients as patients using (patient_id)"
        " where patients.patient_id is null",
        table="staging.stg_institution__second_cancers",
        says="Every second cancer of the hospital belongs to a patient of its list",
        because="the two files are one delivery, joined by the patient's key",
        means="Second cancers without a first are left out.",
        severity="critical",
        asked_when=HOSPITAL,
    ),
    no_row(
        "last_contact_date < diagnosis_date or diagnosis_date < birth_date",
        table="staging.stg_institution__patients",
        says="Birth, diagnosis and last contact follow in this order",
        because="no life runs otherwise; day and month may have been swapped",
        means="Survival at the hospital is wrong for these patients.",
        severity="critical",
        asked_when=HOSPITAL,
    ),
    figure_between(
        "avg(cast(vital_status is null or last_contact_date is null as integer))",
        0,
        0.1,
        name="share_unknown",
        table="staging.stg_institution__patients",
        says="At most one hospital patient in ten has no known follow-up",
        because="a hospital loses sight of some, not of most",
        means="The hospital's survival rests on a part of its patients.",
        severity="warning",
        asked_when=HOSPITAL,
    ),
)

EXPECTATIONS = SCREENING + TIME + HOSPITAL_EXPECTATIONS
