"""One planted defect for each expectation: what it says, and the SQL that makes it untrue."""

from __future__ import annotations

LOADS = "landed.raw.loads"
STAGED_LOADS = "build.staging.stg_ledger__loads"
TUMORS = "build.staging.stg_seer__tumors"
CONFORMED = "build.intermediate.int_tumors_conformed"
PATIENTS = "build.marts.index_patients"
PERSON_TIME = "build.marts.person_time"
POPULATIONS = "build.staging.stg_reference__populations"
SIR = "build.marts.sir"
SECONDS = "build.marts.second_primaries"
CORRECTED = "build.marts.index_patients_corrected"
INTERVALS = "build.marts.survival_intervals"
COVERAGE = "build.marts.reference_coverage"
ITEMS = "build.marts.delivered_items"
LINKED = "build.intermediate.int_second_tumors_linked_to_index"
HOSPITAL = "build.staging.stg_institution__patients"

# A person with two tumours, and a person with one.
TWO = f"(select min(patient_id) from {TUMORS} where sequence_code = 2)"
ONE = f"(select min(patient_id) from {TUMORS} where sequence_code = 0)"
FIRST_PATIENT = f"(select min(patient_id) from {PATIENTS})"
FIRST_CASE = f"(select min(patient_id) from {SECONDS})"

# Raw table -> a delivery of three rows in it, and the loss of one of them.
RECOUNTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    table: (
        (
            f"insert into landed.raw.{table} (load_id, source_line)"
            " select 'counted', i from range(3) as lines (i)",
            f"insert into {LOADS} select * replace ('counted' as load_id, '{table}' as kind, 3 as rows_read,"
            f" 3 as rows_landed, 0 as rows_rejected) from {LOADS} limit 1",
        ),
        (f"delete from landed.raw.{table} where load_id = 'counted' and source_line = 1",),
    )
    for table in (
        *("seer_listing", "seer_ascii", "seer_matrix", "naaccr_tumors", "hospital_patients"),
        *("hospital_second_cancers", "redcap_records", "populations", "vocabulary_overlay"),
    )
}

CRITICAL: dict[str, tuple[str, ...]] = {
    "Observed, expected and person-time of each ratio are the sums of their cells": (
        f"update {SIR} set expected = expected / 2 where grouping in ('from_latency', 'sex')",
    ),
    "Whatever the ratios are grouped by, the groups add up to the whole": (
        f"update {SIR} set expected = expected / 2 where grouping = 'chemotherapy'",
    ),
    "The ratios of the eras are of the person-time of the eras": (
        f"update {SIR} set observed = observed + if(level = '1975-2002', 1, -1) where grouping = 'era'",
    ),
    "Each expected count is person-years times the population's rate": (
        f"update {PERSON_TIME} set expected = expected / 2",
    ),
    "Each definition counts those it screened, and the study's own the second primaries": (
        "update build.marts.second_primaries_by_definition set n_second = n_second + 1 where is_selected",
    ),
    "The eras counted are the study's, each with its own patients": (
        "update build.marts.second_primaries_by_era set era = '1975-1999' where era = '1975-2002'",
    ),
    "Everybody's era is the one of the year of diagnosis": (
        f"update {PATIENTS} set era = '2003-2018' where index_year = 1995",
    ),
    "The hospital has as many second primaries as cases that are shown": (
        "update build.marts.institution_summary set n_second = n_second + 1",
    ),
    "The study's tables say what its definition says": (
        "update build.study.study_eras set last_year = 2001 where last_year = 2002",
        "update build.study.study_eras set first_year = 2002 where first_year = 2003",
    ),
    "Time counts from the shortest latency on, and not before": (
        "update build.study.study_time_bands set counts_second_primaries = true",
    ),
    "What is called delivered is what tumours were staged with": (
        f"update {ITEMS} set is_delivered = not is_delivered where item = 'race'",
    ),
    "Whoever is eligible passed every rule of the study's own definition": (
        "delete from build.intermediate.int_patients_eligible where source = 'institution'"
        " and not has_second_primary",
    ),
    "The hospital's numbers are those of its eligible patients, in the years of the study": (
        "update build.marts.institution_summary set n_index = n_index + 100",
    ),
    "Each case of the hospital is one of its eligible patients, word for word": (
        "update build.marts.institution_cases set age_at_second_years = age_at_second_years - 1",
    ),
    "As many rows of each delivery in use are staged as were landed": (
        f"delete from {POPULATIONS} where calendar_year = 1999 and age_group_number = 3",
    ),
    "Each second primary is word for word its patient in the cohort": (
        f"update {SECONDS} set survival_months = survival_months + 1 where patient_id = {FIRST_CASE}",
    ),
    "The two cohorts say the same of whoever is in both": (
        f"update {PATIENTS} set race = if(race = 'White', 'Black', 'White')"
        f" where patient_id = {FIRST_PATIENT}",
    ),
    "Every interval says of its patient what the corrected cohort says": (
        f"update {INTERVALS} set chemotherapy_index = 'Yes'",
    ),
    "Everybody's intervals end where the follow-up ends, and are exposed from the second cancer on": (
        f"update {INTERVALS} set stop_months = stop_months + 200 where not exposed and not second_cancer",
    ),
    "Everybody's age, year, sex, race, survival and death are those of the record they came from": (
        f"update {PATIENTS} set age_at_index_years = age_at_index_years + 1"
        f" where patient_id = {FIRST_PATIENT}",
    ),
    "Whoever is followed has a known survival, and is known to be dead or alive": (
        f"update {PATIENTS} set is_followed = false where patient_id = {FIRST_PATIENT}",
    ),
    "Who has a second primary, and after how many months, is as it was screened and linked": (
        f"update {PATIENTS} set latency_months = latency_months + 1 where patient_id = {FIRST_CASE}",
    ),
    "Ages are possible, and nobody is younger at the second cancer than at the first": (
        f"update {PATIENTS} set age_at_second_years = age_at_index_years - 1 where patient_id = {FIRST_CASE}",
    ),
    "Where the study asks for a site, tumours of the histology have one": (
        f"update {CONFORMED} set icdo3_site_code = null where icdo3_histology_code between '9811' and '9819'",
    ),
    "At least one delivery has been loaded": (f"delete from {LOADS}",),
    "Every row read was landed or rejected": (f"update {LOADS} set rows_read = rows_read + 1",),
    "Each delivery still holds as many rows as were landed of it": (
        "delete from landed.raw.seer_listing where source_line = 7",
    ),
    "Each rejected row is kept with its line and its reason": (
        f"update {LOADS} set rows_rejected = 1, rows_read = rows_read + 1 where source = 'seer'",
    ),
    "No delivery was landed twice": (
        f"create table landed.raw.again as from {LOADS}",
        f"drop table {LOADS}",
        f"create table {LOADS} as from landed.raw.again union all from landed.raw.again",
    ),
    "No delivery had more than one row in a hundred rejected": (
        f"update {LOADS} set rows_rejected = 40, rows_read = rows_landed + 40 where source = 'seer'",
        "insert into landed.raw.rejects select load_id, i, 'sex', 'unknown_label', 'not a label', 'raw'"
        f" from {LOADS}, range(40) as lines (i) where source = 'seer'",
    ),
    "The build was made from exactly the deliveries that are loaded now": (
        f"delete from {STAGED_LOADS} where source = 'seer'",
    ),
    "All registry files in use come from one database of one submission": (
        f"insert into {STAGED_LOADS} select * replace ('another' as database_name) from {STAGED_LOADS}"
        " where source = 'seer'",
    ),
    "No source mixes real and synthetic deliveries": (
        f"insert into {STAGED_LOADS} select * replace (false as is_synthetic) from {STAGED_LOADS}"
        " where source = 'seer'",
    ),
    "Every row of a synthetic delivery says so, and no row of a real one does": (
        "update landed.raw.seer_listing set data_note = null where source_line = 9",
    ),
    "A person has the same sex on all rows": (
        f"update {TUMORS} set sex_code = cast(3 - cast(sex_code as integer) as varchar)"
        f" where patient_id = {TWO} and sequence_code = 2",
    ),
    "A person is dead or alive on all rows alike": (
        f"update {TUMORS} set vital_status = if(vital_status = 'dead', 'alive', 'dead')"
        f" where patient_id = {TWO} and sequence_code = 2",
    ),
    "Survival from an earlier tumour is at least as long as from a later one": (
        f"update {TUMORS} set survival_months = 121 where patient_id = {TWO} and sequence_code = 2",
    ),
    "Nobody has more malignant records than the registry counts malignancies": (
        f"update {CONFORMED} set lifetime_primaries = 1 where patient_id = {TWO}",
    ),
    "No two tumours of a person carry the same number in the sequence": (
        f"update {CONFORMED} set sequence_number = 1 where patient_id = {TWO}",
    ),
    "Where the registry counts another primary, its row was delivered": (
        f"delete from {CONFORMED} where sequence_number = 2",
        f"delete from {LINKED}",
    ),
    "Some index patients have another primary": (
        f"update {CONFORMED} set lifetime_primaries = 1, sequence_total = 1 where source = 'seer'",
    ),
    "Some index patients have one primary only": (
        f"update {CONFORMED} set lifetime_primaries = 2, sequence_total = 2 where source = 'seer'",
    ),
    "Where ten or more second cancers are expected, at least a tenth of them are there": (
        "update build.marts.sir set observed = 1, expected = 11",
    ),
    "Every year of diagnosis lies within the years that the database names": (
        f"update {TUMORS} set diagnosis_year = 1973 where patient_id = {ONE}",
    ),
    "Ages lie between 0 and 120 years": (
        f"update {TUMORS} set age_at_diagnosis_years = 999 where patient_id = {ONE}",
    ),
    "Nobody is followed beyond the study cutoff": (
        f"update {TUMORS} set survival_months = 700 where patient_id = {ONE}",
    ),
    "Histologies are ICD-O-3 codes from 8000 to 9999": (
        f"update {TUMORS} set icdo3_histology_code = '1732' where patient_id = {ONE}",
    ),
    "Primary sites are topography codes from C00.0 to C80.9": (
        f"update {TUMORS} set icdo3_site_code = 'C999' where patient_id = {ONE}",
    ),
    "Behaviour is a code of ICD-O-3": (
        f"update {TUMORS} set icdo3_behavior_code = '7' where patient_id = {ONE}",
    ),
    "Each step of the screening starts with what the last one left, and the cohort is what is left": (
        "update build.marts.cohort_flow set n_in = n_in + 1, n_left = n_left + 1 where step = 3",
        "update build.marts.institution_flow set n_removed = n_removed + 1 where step = 2",
    ),
    "The cohort is not empty": (f"delete from {PATIENTS}",),
    "Each patient is in the cohort once": (
        f"insert into {PATIENTS} select * from {PATIENTS} where patient_id = {FIRST_PATIENT}",
    ),
    "Only the registry's patients are in the cohort": (
        f"update {PATIENTS} set source = 'institution' where patient_id = {FIRST_PATIENT}",
    ),
    "Everyone in the cohort is of the study's age": (
        f"update {PATIENTS} set age_at_index_years = 17 where patient_id = {FIRST_PATIENT}",
    ),
    "Every second primary came after the study's shortest latency": (
        f"update {PATIENTS} set latency_months = 11 where patient_id = {FIRST_CASE}",
    ),
    "The second primaries are exactly the patients who have one": (
        f"delete from {SECONDS} where patient_id = {FIRST_CASE}",
    ),
    "The eras together hold every patient and every second primary": (
        "update build.marts.second_primaries_by_era set n_index = n_index - 1 where era = '1975-2002'",
    ),
    "Every patient belongs to an era": (
        f"alter table {PATIENTS} alter column era drop not null",
        f"update {PATIENTS} set era = null where patient_id = {FIRST_PATIENT}",
    ),
    "Nobody lives longer after the second cancer than after the first": (
        f"update {SECONDS} set months_after_second = survival_months + 1 where patient_id = {FIRST_CASE}",
    ),
    "Every interval of follow-up goes forward": (
        f"update {INTERVALS} set stop_months = start_months where patient_id = {FIRST_PATIENT}",
    ),
    "A patient's intervals follow each other without gap, and death ends at most one": (
        f"update {INTERVALS} set start_months = start_months + 1 where patient_id = {FIRST_CASE} and exposed",
    ),
    "Survival lies between 0 and 720 months": (
        f"update {PATIENTS} set survival_months = 9999 where patient_id = {FIRST_PATIENT}",
    ),
    "Some patients have died and some have not": (f"update {PATIENTS} set died = true",),
    "The median age at diagnosis is that of a disease of adults, from 30 to 90 years": (
        f"update {PATIENTS} set age_at_index_years = 18 + cast(survival_months as integer) % 10",
    ),
    "Every cell of person-time has time or a second primary in it, and nothing below zero": (
        f"update {PERSON_TIME} set person_years = 0, observed = 0 where calendar_year = 2000",
    ),
    "Person-time holds every second primary of the corrected cohort": (
        f"update {PERSON_TIME} set observed = 0",
    ),
    "Person-time by stratum and by era is the same": (
        f"update {PERSON_TIME} set person_years = 1.0001 * person_years",
    ),
    "Whether the population's rates could be made is told once": (f"delete from {COVERAGE}",),
    "Every row of the population file was understood": (
        f"update {POPULATIONS} set sex = null where calendar_year = 2000",
    ),
    "Each hospital case is shown once": (
        "insert into build.marts.institution_cases from build.marts.institution_cases",
    ),
    "Every second cancer of the hospital belongs to a patient of its list": (
        "update build.staging.stg_institution__second_cancers set patient_id = 'nobody'",
    ),
    "Birth, diagnosis and last contact follow in this order": (
        f"update {HOSPITAL} set last_contact_date = date '2001-01-01' where source_line = 5",
    ),
}

# None of these touches the same rows as another, so that one copy holds them all.
WARNINGS: dict[str, tuple[str, ...]] = {
    "No row was rejected": (
        f"update {LOADS} set rows_rejected = 1, rows_read = rows_landed + 1 where source = 'seer'",
        "insert into landed.raw.rejects select load_id, 3, 'sex', 'unknown_label', 'not a label', 'raw'"
        f" from {LOADS} where source = 'seer'",
    ),
    "No delivery has values that its dictionary or the vocabulary does not know": (
        f"update {LOADS} set events = '[\"unread_values:''Grade'' (1 value)\"]' where source = 'seer'",
    ),
    "Registry and hospital are both real or both synthetic": (
        f"update {STAGED_LOADS} set is_synthetic = false where source = 'institution'",
    ),
    "No delivery is a fifth smaller than the one before it": (
        f"insert into {STAGED_LOADS} select * replace (false as is_current, 0 as load_sequence,"
        f" 9000 as rows_landed) from {STAGED_LOADS} where source = 'seer'",
    ),
    "A person has the same race on all rows": (
        f"update {TUMORS} set race_code = if(race_code = '1', '2', '1')"
        f" where patient_id = {TWO} and sequence_code = 2",
    ),
    "Whoever has one primary only has one row": (
        f"update {TUMORS} set sequence_code = 0 where patient_id = {TWO} and sequence_code = 1",
    ),
    "A person's tumours are numbered in the order of their diagnosis": (
        f"update {TUMORS} set sequence_number = 3 - sequence_number"
        f" where patient_id = (select max(patient_id) from {TUMORS} where sequence_code = 2)",
    ),
    "Haematopoietic codes occur only in the years in which they were valid": (
        f"update {TUMORS} set icdo3_histology_code = '9811' where patient_id = {ONE}",
    ),
    "Only tumours known from autopsy or death certificate lack survival for that reason": (
        f"update {TUMORS} set survival_flag_code = '8' where patient_id = {ONE}",
    ),
    "Where survival is unknown the registry's flag says why": (
        f"update {TUMORS} set survival_months = null, survival_flag_code = '1' where source_line % 10 = 3",
    ),
    "No dead person's cause of death says alive": (
        "update landed.raw.seer_listing set cod = 'Alive' where source_line = 2",
    ),
    "At least as many registries sent tumours as the study names": (
        f"update {TUMORS} set registry = 'Connecticut' where registry_code in ('1527', '1526')",
    ),
    "The number of tumours changes by less than 40% to 60% from one year to the next": (
        f"create table build.staging.old as from {TUMORS} where diagnosis_year = 1990",
        f"insert into {TUMORS} select old.* replace (if(i < 300, 1890, 1891) as diagnosis_year,"
        " 'x' || i as patient_id, 0 as sequence_code, null as sequence_number)"
        " from (from build.staging.old limit 1) as old, range(1000) as numbers (i)",
    ),
    "No column of substance holds a single value throughout": (
        f"update {TUMORS} set radiation_code = null, chemotherapy = 'yes'",
    ),
    "Every tumour has a year of diagnosis": (
        f"update {TUMORS} set diagnosis_year = null where source_line = 11",
    ),
    "Sex is unknown for at most one tumour in a thousand": (
        f"update {TUMORS} set sex_code = null where source_line % 10 = 1",
    ),
    "Age is unknown for at most five tumours in a thousand": (
        f"update {TUMORS} set age_at_diagnosis_years = null where source_line % 10 = 1",
    ),
    "Race is unknown for at most one tumour in twenty": (
        f"update {TUMORS} set race_code = '9' where source_line % 3 = 1 and patient_id <> {TWO}",
    ),
    "Marital status is unknown for at most 15% of tumours": (
        f"update {TUMORS} set marital_status_code = '9' where source_line % 2 = 1 or patient_id like 'x%'",
    ),
    "Survival is unknown for at most one tumour in twenty": (
        f"update {TUMORS} set survival_months = null, survival_flag_code = '9' where patient_id like 'x%'",
    ),
    "Behaviour is unknown for at most one tumour in a thousand": (
        f"update {TUMORS} set icdo3_behavior_code = null where source_line % 10 = 1",
    ),
    "At most one patient in twenty has unknown survival": (
        f"update {PATIENTS} set survival_months = null where source_line % 10 = 3",
    ),
    "At most one patient in five has a top-coded age": (f"update {PATIENTS} set age_is_top_coded = true",),
    "No second primary hangs on a month more or less of latency": (
        f"update {SECONDS} set latency_is_uncertain = true where patient_id = {FIRST_CASE}",
    ),
    "Most of the other primaries that the registry counts were delivered": (
        f"update {CONFORMED} set lifetime_primaries = 3 where source = 'seer'",
    ),
    "Every item that analyses need was delivered": (
        f"update {ITEMS} set is_delivered = false where item = 'chemotherapy'",
    ),
    "Each code of the study is on some row of the delivery": (
        "insert into build.study.study_cancers select * replace"
        " ('9999' as first_histology_code, '9999' as last_histology_code)"
        " from build.study.study_cancers where role = 'index'",
    ),
    "Somebody in the delivery has the second cancer": (
        f"update {ITEMS} set is_delivered = false where item = 'second_cancer'",
    ),
    "The delivery tells how often the population gets the second cancer": (
        f"update {COVERAGE} set state = 'not_delivered'",
    ),
    "Every row of the population file names a SEER registry": (
        f"update {COVERAGE} set n_population_rows_set_aside = 7",
    ),
    "Tumours and populations are of all the study's registries": (
        f"update {COVERAGE} set n_registries_matched = 3",
    ),
    "The population file covers every year of the study": (
        f"delete from {POPULATIONS} where calendar_year = 1999",
    ),
    "At most a tenth of person-time has no expected count": (
        f"update {PERSON_TIME} set expected = null where calendar_year % 2 = 0",
    ),
    "At most one hospital patient in ten has no known follow-up": (
        f"update {HOSPITAL} set vital_status = null where source_line % 2 = 0",
    ),
}
