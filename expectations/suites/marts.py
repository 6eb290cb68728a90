"""What is expected of the marts: counts that add up, patients who meet the rules, likely figures."""

from __future__ import annotations

from fractions import Fraction

from expectations.expectation import (
    SOME_ROWS,
    Expectation,
    Occasion,
    adding_up_to,
    among,
    between,
    exceeds,
    figure_between,
    in_order,
    known,
    median_between,
    native,
    never_null,
    no_result,
    rows,
    share_unknown,
    some_rows,
    unique,
    value_between,
    value_in,
    where,
)
from expectations.suites.occasions import DELIVERED, HOSPITAL

PATIENTS = "marts.index_patients"
SECONDS = "marts.second_primaries"
WITH_SECOND = where("has_second_primary", "==", True)


def flow_adds_up(table: str, patients: str, asked_when: Occasion) -> Expectation:
    return no_result(
        "select 1 from (select *, lead(n_in) over (order by step) as next_in from {batch}) as steps"
        " where n_left is distinct from n_in - n_removed"
        f" or n_left is distinct from coalesce(next_in, ({patients}))",
        counted=f"count(*) - {rows('n_left + n_removed = n_in and n_left = handed_on')}",
        counted_from="(select steps.*, coalesce((select arg_min(later.n_in, later.step) from {batch} as later"
        f" where later.step > steps.step), ({patients})) as handed_on from {{batch}} as steps) as steps",
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
    native(
        known("age_at_index_years"),
        between("age_at_index_years", {"$PARAMETER": "min_age_years"}),
        counted=f"count(*) - {rows('age_at_index_years >= min_age_years')}",
        counted_from="{batch} cross join (select min_age_years from build.study.study) as study",
        table=PATIENTS,
        says="Everyone in the cohort is of the study's age",
        because="the first rules of the study",
        means="The screening did not do what the study says.",
        severity="critical",
        observed="select count(*) as patients, median(age_at_index_years) as median_age from {batch}",
    ),
    native(
        known("latency_months", row_condition=WITH_SECOND),
        between("latency_months", {"$PARAMETER": "min_latency_months"}, row_condition=WITH_SECOND),
        counted=f"{rows('has_second_primary')}"
        f" - {rows('has_second_primary and latency_months >= min_latency_months')}",
        counted_from="{batch} cross join (select min_latency_months from build.study.study) as study",
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
        counted="count(distinct patient_id)",
        counted_from="((select patient_id from {batch} where has_second_primary"
        " except select patient_id from build.marts.second_primaries)"
        " union all (select patient_id from build.marts.second_primaries"
        " except select patient_id from {batch} where has_second_primary)) as one_sided",
        table=PATIENTS,
        says="The second primaries are exactly the patients who have one",
        because="one table is a part of the other",
        means="Tables and figures of one report would disagree.",
        severity="critical",
        observed="select count(*) as patients, count(*) filter (where has_second_primary) as with_second"
        " from {batch}",
    ),
    native(
        adding_up_to("n_index", "patients"),
        adding_up_to("n_second", "second_primaries"),
        counted=rows("n_index <> 0 or n_second <> 0"),
        counted_from="(select sum(n_index) as n_index, sum(n_second) as n_second from"
        " (select n_index, n_second from {batch}"
        " union all select -count(*), 0 from build.marts.index_patients"
        " union all select 0, -count(*) from build.marts.second_primaries) as signed) as left_over",
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
    native(
        in_order("months_after_second", "survival_months", or_equal=True),
        counted=rows("months_after_second > survival_months"),
        table=SECONDS,
        says="Nobody lives longer after the second cancer than after the first",
        because="the second came later and both end on the same day",
        means="Survival from one of the two origins is wrong.",
        severity="critical",
    ),
    native(
        in_order("start_months", "stop_months", or_equal=False),
        between("start_months", 0),
        counted=rows("stop_months <= start_months or start_months < 0"),
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
        counted="count(distinct patient_id)",
        counted_from="(select patient_id, start_months, lag(stop_months, 1, 0)"
        " over (partition by patient_id order by start_months, stop_months) as before,"
        " sum(cast(died as integer)) over (partition by patient_id) as deaths"
        " from {batch}) as intervals where deaths > 1 or start_months is distinct from before",
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
    share_unknown(
        "survival_months",
        Fraction(1, 20),
        table=PATIENTS,
        says="At most one patient in twenty has unknown survival",
        because="they stay in the counts and drop from the survival analyses",
        means="Survival is estimated from a part of the cohort.",
        severity="warning",
        asked_when=DELIVERED,
    ),
    native(
        SOME_ROWS,
        among("died", [True], mostly=0.01),
        among("died", [False], mostly=0.001),
        counted=f"cast(coalesce(100 * {rows('died')} < count(died) or 1000 * {rows('not died')} < count(died)"
        " or count(died) = 0, true) as integer)",
        observed="select round(avg(cast(died as integer)), 5) as share_dead from {batch}",
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
    native(
        SOME_ROWS,
        among("age_is_top_coded", [False], mostly=0.8),
        counted=f"cast(5 * {rows('age_is_top_coded')} > count(age_is_top_coded)"
        " or count(age_is_top_coded) = 0 as integer)",
        observed="select round(avg(cast(age_is_top_coded as integer)), 5) as share_top_coded from {batch}",
        table=PATIENTS,
        says="At most one patient in five has a top-coded age",
        because="medians survive top-coding (85+), means do not",
        means="Do not report a mean age.",
        severity="warning",
        asked_when=DELIVERED,
    ),
    native(
        known("latency_is_uncertain"),
        among("latency_is_uncertain", [False]),
        counted=f"count(*) - {rows('not latency_is_uncertain')}",
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
        counted="count(*)",
        counted_from="{batch} as seconds where not exists (select 1"
        " from build.staging.stg_institution__patients as patients"
        " where patients.patient_id = seconds.patient_id)",
        table="staging.stg_institution__second_cancers",
        says="Every second cancer of the hospital belongs to a patient of its list",
        because="the two files are one delivery, joined by the patient's key",
        means="Second cancers without a first are left out.",
        severity="critical",
        asked_when=HOSPITAL,
    ),
    native(
        in_order("birth_date", "diagnosis_date", or_equal=True),
        in_order("diagnosis_date", "last_contact_date", or_equal=True),
        counted=rows("last_contact_date < diagnosis_date or diagnosis_date < birth_date"),
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
        counted=exceeds(
            Fraction(1, 10),
            "coalesce(cast(last_contact_date as varchar), '') = '' or coalesce(vital_status, '') = ''",
        ),
        table="staging.stg_institution__patients",
        says="At most one hospital patient in ten has no known follow-up",
        because="a hospital loses sight of some, not of most",
        means="The hospital's survival rests on a part of its patients.",
        severity="warning",
        asked_when=HOSPITAL,
    ),
)

EXPECTATIONS = SCREENING + TIME + HOSPITAL_EXPECTATIONS
