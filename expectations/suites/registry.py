"""What is expected of the registry's tumours as staged: one person, one story; codes where they belong."""

from __future__ import annotations

from expectations.expectation import Expectation, figure_between, no_result, no_row, value_between, value_in

TUMORS = "staging.stg_seer__tumors"
CONFORMED = "intermediate.int_tumors_conformed"
DELIVERED = "select count(*) > 0 from build.staging.stg_ledger__loads where is_current and source = 'seer'"

# Years of diagnosis in which a histology may occur (SEER's haematopoietic validity tables).
VALID_YEARS = (
    "(values ('9733', 1975, 2009), ('9835', 1975, 2009), ('9836', 1975, 2009), ('9728', 1975, 2009),"
    " ('9729', 1975, 2009), ('9811', 2010, 2100), ('9812', 2010, 2100), ('9813', 2010, 2100),"
    " ('9814', 2010, 2100), ('9815', 2010, 2100), ('9816', 2010, 2100), ('9817', 2010, 2100),"
    " ('9818', 2010, 2100), ('9819', 2021, 2100)) as validity (code, first_valid_year, last_valid_year)"
)

# Columns that carry more than one value in any registry of some size.
VARYING = (
    *("registry", "sequence_code", "diagnosis_year", "sex_code", "race_code", "marital_status_code"),
    *("chemotherapy", "vital_status", "survival_months", "icdo3_site_code"),
)


def of_persons(having: str) -> str:
    """One row for each person of the registry of whom the condition is true."""
    return f"select 1 from {{batch}} group by registry_code, patient_id having {having}"


def share_unknown(column: str, most: float, *, says: str, because: str, means: str) -> Expectation:
    return figure_between(
        f"avg(cast({column} is null as integer))",
        0,
        most,
        name="share_unknown",
        table=TUMORS,
        says=says,
        because=because,
        means=means,
        severity="warning",
        asked_when=DELIVERED,
    )


ONE_PERSON: tuple[Expectation, ...] = (
    no_result(
        of_persons("count(distinct sex_code) > 1"),
        table=TUMORS,
        says="A person has the same sex on all rows",
        because="the registry keeps sex per person",
        means="Patient numbers point to more than one person: linking tumours by them is wrong.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_result(
        of_persons("count(distinct vital_status) > 1"),
        table=TUMORS,
        says="A person is dead or alive on all rows alike",
        because="vital status at the study cutoff is kept per person",
        means="Patient numbers are broken or two databases were mixed; survival cannot be trusted.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_result(
        of_persons("count(distinct race_code) filter (where race_code <> '9') > 1"),
        table=TUMORS,
        says="A person has the same race on all rows",
        because="the registry keeps race per person",
        means="The rows by race in table 1 depend on which record is read.",
        severity="warning",
        asked_when=DELIVERED,
    ),
    no_result(
        "select 1 from (select survival_months, diagnosis_year, max(survival_months) over (partition by"
        " registry_code, patient_id order by diagnosis_year desc groups between 1 preceding and 1 preceding)"
        " as later_months from {batch} where coalesce(survival_flag_code not in ('8', '9'), true)) as tumors"
        " where later_months > survival_months",
        table=TUMORS,
        says="Survival from an earlier tumour is at least as long as from a later one",
        because="both end on the same day",
        means="Latency, which is their difference, would be negative.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_result(
        of_persons(
            "count(*) filter (where is_malignant_primary and source = 'seer') > max(lifetime_primaries)"
        ),
        table=CONFORMED,
        says="Nobody has more malignant records than the registry counts malignancies",
        because="the lifetime count covers every record and more",
        means="The rule on third primaries counts too few.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_result(
        "select 1 from {batch} where source = 'seer' and sequence_number is not null"
        " group by registry_code, patient_id, sequence_number having count(*) > 1",
        table=CONFORMED,
        says="No two tumours of a person carry the same number in the sequence",
        because="numbers are given once; two rows with one are copies that differ",
        means="A tumour may be counted twice, or two persons taken for one.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_result(
        of_persons("bool_or(sequence_code = 0) and count(*) filter (where sequence_family = 'federal') > 1"),
        table=TUMORS,
        says="Whoever has one primary only has one row",
        because="sequence 00 says that there is no other",
        means="A second cancer may have come after the sequence was last updated.",
        severity="warning",
        asked_when=DELIVERED,
    ),
    no_result(
        "select 1 from (select diagnosis_year, lag(diagnosis_year) over"
        " (partition by registry_code, patient_id order by sequence_number) as before"
        " from {batch} where sequence_number is not null) as tumors where diagnosis_year < before",
        table=TUMORS,
        says="A person's tumours are numbered in the order of their diagnosis",
        because="the sequence is assigned by date of diagnosis",
        means="Which cancer came first is not certain for these persons.",
        severity="warning",
        asked_when=DELIVERED,
    ),
)

# Index patients whose records tell of another primary, and whether a row of one was delivered.
TELLING = """
(
    select
        tumors.patient_id,
        count(*) filter (where tumors.tumor_id <> index_tumors.tumor_id) > 0 as has_another_row,
        max(coalesce(second_tumors.second_tumor_id, '')) <> '' as has_a_second_cancer,
        count(*) filter (
            where tumors.tumor_id <> index_tumors.tumor_id
            and tumors.tumor_id <> coalesce(second_tumors.second_tumor_id, '')
        ) > 0 as has_a_row_of_another_kind
    from {batch} as tumors
    inner join build.intermediate.int_index_tumors_chosen as index_tumors
        on tumors.source = index_tumors.source and tumors.patient_id = index_tumors.patient_id
    left join build.intermediate.int_second_tumors_linked_to_index as second_tumors
        on tumors.source = second_tumors.source and tumors.patient_id = second_tumors.patient_id
    where tumors.source = 'seer'
    group by tumors.patient_id
    having greatest(coalesce(max(tumors.lifetime_primaries), 1), coalesce(max(tumors.sequence_total), 1)) > 1
) as telling
"""
FEW_OF_THE_OTHERS = "count(*) >= 5 and count(*) filter (where has_another_row) * 2 < count(*)"
# A listing of the index and the second cancer alone: hardly any row of another kind, and second cancers.
INDEX_AND_SECOND_ALONE = (
    "(bool_or(has_a_second_cancer) and count(*) filter (where has_a_row_of_another_kind) * 2"
    " < count(*) filter (where has_another_row))"
)
NUMBERS = """
(
    select
        max(tumors.lifetime_primaries) as lifetime_primaries,
        max(tumors.sequence_total) as sequence_total
    from {batch} as tumors
    inner join build.intermediate.int_index_tumors_chosen as index_tumors
        on tumors.source = index_tumors.source and tumors.patient_id = index_tumors.patient_id
    where tumors.source = 'seer'
    group by tumors.patient_id
    having coalesce(max(tumors.lifetime_primaries), max(tumors.sequence_total)) is not null
) as numbers
"""
ONE_PRIMARY = "greatest(coalesce(lifetime_primaries, 1), coalesce(sequence_total, 1)) = 1"
NUMBERS_COUNTED = (
    f"select count(*) as patients, count(*) filter (where {ONE_PRIMARY}) as with_one_primary from {NUMBERS}"
)
TELLING_COUNTED = (
    "select count(*) as patients_with_another, count(*) filter (where has_another_row) as with_its_row"
    f" from {TELLING}"
)

OTHER_ROWS: tuple[Expectation, ...] = (
    no_result(
        f"select 1 from {TELLING} having {FEW_OF_THE_OTHERS} and not {INDEX_AND_SECOND_ALONE}",
        table=CONFORMED,
        says="Where the registry counts another primary, its row was delivered",
        because="a label such as '2nd of 2 or more' tells of a tumour; most index patients with such a label"
        " have no other row here. Only a listing of the two cancers alone may lack the rest",
        means="A zero would say nothing: nobody looked for the other tumours. Export all of each patient.",
        severity="critical",
        asked_when=DELIVERED,
        observed=TELLING_COUNTED,
    ),
    no_result(
        f"select 1 from {NUMBERS} having count(*) >= 100 and count(*) filter (where not {ONE_PRIMARY}) = 0",
        table=CONFORMED,
        says="Some index patients have another primary",
        because="one in ten or more has; none in a hundred is a listing of single primaries",
        means="A zero would say nothing: whoever has a second cancer was left out. Export all patients.",
        severity="critical",
        asked_when=DELIVERED,
        observed=NUMBERS_COUNTED,
    ),
    no_result(
        f"select 1 from {NUMBERS} having count(*) >= 20 and count(*) filter (where {ONE_PRIMARY}) = 0",
        table=CONFORMED,
        says="Some index patients have one primary only",
        because="most have; none in twenty is a listing of persons with several, chosen by what came later",
        means="Every proportion, rate and hazard ratio would be far too high. Export all patients.",
        severity="critical",
        asked_when=DELIVERED,
        observed=NUMBERS_COUNTED,
    ),
    no_result(
        f"select 1 from {TELLING} having {FEW_OF_THE_OTHERS}",
        table=CONFORMED,
        says="Most of the other primaries that the registry counts were delivered",
        because="third primaries and earlier cancers are seen by their rows; few lie outside the registry",
        means="Other primaries are known by the registry's count alone. Export all of each patient.",
        severity="warning",
        asked_when=DELIVERED,
        observed=TELLING_COUNTED,
    ),
    no_result(
        "select 1 from {batch} where not is_delivered and item not like 'second_cancer%'",
        table="marts.delivered_items",
        says="Every item that analyses need was delivered",
        because="what nobody exported is neither a zero nor an unknown",
        means="Analyses by that item are left out; the report names it.",
        severity="warning",
        asked_when=DELIVERED,
        observed="select count(*) as items, count(*) filter (where is_delivered) as delivered from {batch}",
    ),
    no_result(
        "select 1 from {batch} where not is_delivered and item = 'second_cancer'",
        table="marts.delivered_items",
        says="Somebody in the delivery has the second cancer",
        because="a code that no row has is a wrong code or a wrong export more often than a rare disease",
        means="There is no number of second primaries: a zero could mean that nobody looked.",
        severity="warning",
        asked_when=DELIVERED,
    ),
)

# The histologies of the index cancer and of the second cancer as the study defines it.
CODES = """
(
    select
        cancers.role,
        cancers.first_histology_code,
        cancers.last_histology_code,
        bool_or(cancers.first_site_code is not null) as has_sites,
        min(coalesce(cancers.first_year, 0)) as first_year,
        max(coalesce(cancers.last_year, 9999)) as last_year
    from {batch} as cancers
    cross join build.study.study as study
    where cancers.role = 'index' or cancers.definition = study.second_definition
    group by all
) as codes
"""
OF_A_CODE = (
    "tumors.source = 'seer' and tumors.is_malignant_primary"
    " and tumors.icdo3_histology_code between codes.first_histology_code and codes.last_histology_code"
)
CODES_COUNTED = (
    "select count(*) as codes, count(*) filter (where exists"
    f" (select 1 from build.intermediate.int_tumors_conformed as tumors where {OF_A_CODE})) as with_a_row"
    f" from {CODES}"
)

CODES_OF_STUDY: tuple[Expectation, ...] = (
    no_result(
        f"select 1 from {CODES} inner join build.intermediate.int_tumors_conformed as tumors on {OF_A_CODE}"
        " where codes.has_sites group by codes.role, codes.first_histology_code, codes.last_histology_code"
        " having count(tumors.icdo3_site_code) = 0",
        table="study.study_cancers",
        says="Where the study asks for a site, tumours of the histology have one",
        because="a code that counts in some sites only cannot be looked for without the site",
        means="Cancers of that code count as none, and every number of them is too small. Export the site.",
        severity="critical",
        asked_when=DELIVERED,
        observed=CODES_COUNTED,
    ),
    no_result(
        f"select 1 from {CODES} where not exists"
        f" (select 1 from build.intermediate.int_tumors_conformed as tumors where {OF_A_CODE})"
        " and exists (select 1 from build.intermediate.int_tumors_conformed as tumors"
        " where source = 'seer' and diagnosis_year between codes.first_year and codes.last_year)",
        table="study.study_cancers",
        says="Each code of the study is on some row of the delivery",
        because="a code that no row of anybody has is more often wrong, or left out of the export, than rare",
        means="No cancer is counted under that code: the counts are of the other codes alone.",
        severity="warning",
        asked_when=DELIVERED,
        observed=CODES_COUNTED,
    ),
)

CODES_AND_YEARS: tuple[Expectation, ...] = (
    no_result(
        "select 1 from (select * from {batch}) as tumors inner join build.staging.stg_ledger__loads as loads"
        " on tumors.load_id = loads.load_id"
        " where tumors.diagnosis_year not between loads.first_year and loads.last_year",
        table=TUMORS,
        says="Every year of diagnosis lies within the years that the database names",
        because="an export cannot hold years that its database does not",
        means="The file and its dictionary are not of the same export.",
        severity="critical",
        asked_when=DELIVERED,
        observed="select min(diagnosis_year) as first_year, max(diagnosis_year) as last_year from {batch}",
    ),
    value_between(
        "age_at_diagnosis_years",
        0,
        120,
        table=TUMORS,
        says="Ages lie between 0 and 120 years",
        because="anything else is an undecoded number or another column",
        means="Columns may have been swapped in the export.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_result(
        "select 1 from (select * from {batch}) as tumors inner join build.study.study_sources as sources"
        " on sources.source = 'seer' where tumors.survival_months >"
        " 12 * (extract(year from sources.study_cutoff) - tumors.diagnosis_year + 1)",
        table=TUMORS,
        says="Nobody is followed beyond the study cutoff",
        because="the registry computes survival to the cutoff of its submission",
        means="The study definition names an earlier cutoff than the delivery has.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_row(
        "not regexp_full_match(icdo3_histology_code, '[89][0-9]{{3}}')",
        table=TUMORS,
        says="Histologies are ICD-O-3 codes from 8000 to 9999",
        because="SEER*Stat writes them less 8000 in its own numbering",
        means="Tumours would be put under other cancers.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_row(
        "not regexp_full_match(icdo3_site_code, 'C[0-7][0-9]{{2}}|C80[0-9]')",
        table=TUMORS,
        says="Primary sites are topography codes from C00.0 to C80.9",
        because="the leukaemia codes count only in blood and bone marrow, by site",
        means="Leukaemias may be left out or lymphomas taken in.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    value_in(
        "icdo3_behavior_code",
        ["0", "1", "2", "3", "6", "9"],
        table=TUMORS,
        says="Behaviour is a code of ICD-O-3",
        because="only malignant tumours (3) are primaries of the study",
        means="Tumours that are not cancers would be counted, or cancers left out.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_result(
        f"select 1 from {{batch}}, {VALID_YEARS} where icdo3_histology_code = code"
        " and diagnosis_year not between first_valid_year and last_valid_year",
        table=TUMORS,
        says="Haematopoietic codes occur only in the years in which they were valid",
        because="the classification changed in 2010: 9733, 9835 and 9836 ended, 9811 to 9818 began",
        means="Trends across 2010 may be changes of coding.",
        severity="warning",
        asked_when=DELIVERED,
    ),
    no_row(
        "survival_flag_code = '8' and coalesce(reporting_source_code not in ('6', '7'), true)",
        table=TUMORS,
        says="Only tumours known from autopsy or death certificate lack survival for that reason",
        because="SEER's survival flag 8 is defined by reporting source 6 or 7",
        means="Survival may be missing for another reason than is assumed.",
        severity="warning",
        asked_when=DELIVERED,
    ),
    no_row(
        "survival_months is null and coalesce(survival_flag_code not in ('8', '9'), true)",
        table=TUMORS,
        says="Where survival is unknown the registry's flag says why",
        because="9999 goes with flag 8 or 9",
        means="Patients drop out of survival analyses without a known reason.",
        severity="warning",
        asked_when=DELIVERED,
    ),
    no_row(
        "lower(trim(vital)) like 'dead%' and lower(trim(cod)) = 'alive'",
        table="raw.seer_listing",
        says="No dead person's cause of death says alive",
        because="both come from the same follow-up",
        means="Deaths may be misclassified.",
        severity="warning",
        asked_when=DELIVERED,
    ),
)

SHAPE: tuple[Expectation, ...] = (
    no_result(
        "select 1 from (select "
        + ", ".join(f"count(distinct {column}) as {column}" for column in VARYING)
        + ", count(*) as n_rows from {batch}) as counted unpivot (n_values for column_name in ("
        + ", ".join(VARYING)
        + ")) where n_values = 1 and n_rows >= 1000",
        table=TUMORS,
        says="No column of substance holds a single value throughout",
        because="merged or filtered variables collapse silently to one value",
        means="Tables by that column would show one row; the export has to be made again.",
        severity="warning",
        asked_when=DELIVERED,
    ),
    no_result(
        "select 1 from {batch} having count(distinct registry) <"
        " (select count(*) from build.study.study_registries where source = 'seer')",
        table=TUMORS,
        says="At least as many registries sent tumours as the study names",
        because="a registry that is absent lowers every count; they are counted and not named, for some"
        " exports write California and Georgia for the registries in them, and the study takes in all those",
        means="Counts are too small; rates per person-year are not affected.",
        severity="warning",
        asked_when=DELIVERED,
        observed="select count(distinct registry) as registries from {batch}",
    ),
    no_result(
        "select 1 from (select diagnosis_year, count(*) as n, lag(count(*)) over (order by diagnosis_year)"
        " as before from {batch} group by diagnosis_year) as years"
        " where before >= 200 and n not between 0.6 * before and 1.6 * before",
        table=TUMORS,
        says="The number of tumours changes by less than 40% to 60% from one year to the next",
        because="cancers follow the population; a jump is a registry opened or closed, or a cut file",
        means="Look at the years before reading a trend.",
        severity="warning",
        asked_when=DELIVERED,
        observed="select count(distinct diagnosis_year) as years from {batch}",
    ),
    share_unknown(
        "diagnosis_year",
        0.0,
        says="Every tumour has a year of diagnosis",
        because="SEER does not release a tumour without one",
        means="Tumours without a year are in no era.",
    ),
    share_unknown(
        "sex_code",
        0.001,
        says="Sex is unknown for at most one tumour in a thousand",
        because="SEER 9 has almost none",
        means="Table 1 by sex loses patients.",
    ),
    share_unknown(
        "age_at_diagnosis_years",
        0.005,
        says="Age is unknown for at most five tumours in a thousand",
        because="SEER 9 has almost none; unknown age excludes a patient",
        means="Adults may be excluded for want of an age.",
    ),
    share_unknown(
        "nullif(race_code, '9')",
        0.05,
        says="Race is unknown for at most one tumour in twenty",
        because="the paper's cohort had 224 in 64,611 without",
        means="Comparisons by race leave these patients out.",
    ),
    share_unknown(
        "nullif(marital_status_code, '9')",
        0.15,
        says="Marital status is unknown for at most 15% of tumours",
        because="the paper's cohort had 6% without",
        means="Comparisons by marital status leave these patients out.",
    ),
    share_unknown(
        "survival_months",
        0.05,
        says="Survival is unknown for at most one tumour in twenty",
        because="only autopsy and death-certificate cases should lack it",
        means="Patients without survival drop from the survival analyses; their share is large.",
    ),
    share_unknown(
        "icdo3_behavior_code",
        0.001,
        says="Behaviour is unknown for at most one tumour in a thousand",
        because="a tumour of unknown behaviour is not counted as a cancer",
        means="Cancers may be left out.",
    ),
)

EXPECTATIONS = ONE_PERSON + OTHER_ROWS + CODES_OF_STUDY + CODES_AND_YEARS + SHAPE
