"""What is expected of the registry's tumours as staged: one person, one story; codes where they belong."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from expectations.expectation import (
    Expectation,
    Question,
    among,
    between,
    both,
    either,
    exceeds,
    figure_between,
    known,
    native,
    no_result,
    no_row,
    null,
    rows,
    share_unknown,
    value_between,
    value_in,
    where,
)
from expectations.suites.occasions import BOTH_ARE_LARGE, DELIVERED, MANY_A_YEAR

TUMORS = "staging.stg_seer__tumors"
CONFORMED = "intermediate.int_tumors_conformed"

# Years of diagnosis in which a histology may occur (SEER's haematopoietic validity tables).
VALID_YEARS = (
    (("9728", "9729", "9733", "9835", "9836"), 1975, 2009),
    (("9811", "9812", "9813", "9814", "9815", "9816", "9817", "9818"), 2010, 2100),
    (("9819",), 2021, 2100),
)

# Columns that carry more than one value in any registry of some size.
VARYING = (
    *("registry", "sequence_code", "diagnosis_year", "sex_code", "race_code", "marital_status_code"),
    *("chemotherapy", "vital_status", "survival_months", "icdo3_site_code"),
)


def of_persons(having: str) -> str:
    """One row for each person of the registry of whom the condition is true."""
    return f"select 1 from {{batch}} group by registry_code, patient_id having {having}"


def seldom_unknown(column: str, most: Fraction, **words: Any) -> Expectation:
    """At most this share of tumours has no value in a column."""
    return share_unknown(column, most, table=TUMORS, severity="warning", asked_when=DELIVERED, **words)


def seldom_coded_unknown(column: str, most: Fraction, **words: Any) -> Expectation:
    """At most this share of tumours has no value in a column, or the code 9 for unknown."""
    return figure_between(
        f"avg(cast(nullif({column}, '9') is null as integer))",
        0,
        float(most),
        name="share_unknown",
        counted=exceeds(most, f"coalesce({column}, '9') = '9'"),
        table=TUMORS,
        severity="warning",
        asked_when=DELIVERED,
        **words,
    )


# One row for each person, with what the second opinions on persons need: one scan for all of them.
PERSONS = (
    "(select min(sex_code) as first_sex, max(sex_code) as last_sex,"
    " min(vital_status) as first_status, max(vital_status) as last_status,"
    " min(nullif(race_code, '9')) as first_race, max(nullif(race_code, '9')) as last_race,"
    " max(if(sequence_code = 0, 1, 0)) as says_one, sum(if(sequence_family = 'federal', 1, 0)) as n_rows"
    " from {batch} group by registry_code, patient_id) as persons"
)
# Tumours with a place in the sequence, numbered by it within their person.
NUMBERED = (
    "(select registry_code, patient_id, diagnosis_year, row_number() over (partition by registry_code,"
    " patient_id order by sequence_number, diagnosis_year) as place"
    " from {batch} where sequence_number is not null)"
)
# The longest survival known of each person's tumours of a year, and of the next year in which one is.
YEARS_OF_PERSONS = (
    "(select registry_code, patient_id, diagnosis_year, lag(longest) over (partition by registry_code,"
    " patient_id order by diagnosis_year desc) as longest_of_the_next"
    " from (select registry_code, patient_id, diagnosis_year, max(survival_months) as longest"
    " from {batch} where survival_months is not null"
    " and (survival_flag_code is null or survival_flag_code not in ('8', '9'))"
    " group by registry_code, patient_id, diagnosis_year) as years) as years"
)

ONE_PERSON: tuple[Expectation, ...] = (
    no_result(
        of_persons("count(distinct sex_code) > 1"),
        counted=rows("first_sex < last_sex"),
        counted_from=PERSONS,
        table=TUMORS,
        says="A person has the same sex on all rows",
        because="the registry keeps sex per person",
        means="Patient numbers point to more than one person: linking tumours by them is wrong.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_result(
        of_persons("count(distinct vital_status) > 1"),
        counted=rows("first_status < last_status"),
        counted_from=PERSONS,
        table=TUMORS,
        says="A person is dead or alive on all rows alike",
        because="vital status at the study cutoff is kept per person",
        means="Patient numbers are broken or two databases were mixed; survival cannot be trusted.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_result(
        of_persons("count(distinct race_code) filter (where race_code <> '9') > 1"),
        counted=rows("first_race < last_race"),
        counted_from=PERSONS,
        table=TUMORS,
        says="A person has the same race on all rows",
        because="the registry keeps race per person",
        means="The rows by race in table 1 depend on which record is read.",
        severity="warning",
        asked_when=DELIVERED,
    ),
    no_result(
        "select 1 from (select survival_months, diagnosis_year, max(survival_months) over (partition by"
        " registry_code, patient_id order by diagnosis_year desc"
        " groups between unbounded preceding and 1 preceding)"
        " as later_months from {batch} where coalesce(survival_flag_code not in ('8', '9'), true)) as tumors"
        " where later_months > survival_months",
        counted="count(*)",
        counted_from=f"{{batch}} as tumors inner join {YEARS_OF_PERSONS}"
        " on tumors.registry_code is not distinct from years.registry_code"
        " and tumors.patient_id = years.patient_id"
        " and tumors.diagnosis_year is not distinct from years.diagnosis_year"
        " where tumors.survival_months < longest_of_the_next"
        " and (survival_flag_code is null or survival_flag_code not in ('8', '9'))",
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
        counted=rows("n_malignant > lifetime_primaries"),
        counted_from="(select max(lifetime_primaries) as lifetime_primaries,"
        " sum(if(source = 'seer' and is_malignant_primary, 1, 0)) as n_malignant"
        " from {batch} group by registry_code, patient_id) as persons",
        table=CONFORMED,
        says="Nobody has more malignant records than the registry counts malignancies",
        because="the lifetime count covers every record and more",
        means="The rule on third primaries counts too few.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    native(
        Question(
            "ExpectCompoundColumnsToBeUnique",
            {
                "column_list": ["registry_code", "patient_id", "sequence_number"],
                "row_condition": both(where("source", "==", "seer"), null("sequence_number", is_null=False)),
                "ignore_row_if": "never",
            },
        ),
        counted="count(*)",
        counted_from="(select 1 from {batch} where source = 'seer' and sequence_number is not null"
        " group by registry_code, patient_id, sequence_number having count(*) > 1) as doubled",
        table=CONFORMED,
        says="No two tumours of a person carry the same number in the sequence",
        because="numbers are given once; two rows with one are copies that differ",
        means="A tumour may be counted twice, or two persons taken for one.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_result(
        of_persons("bool_or(sequence_code = 0) and count(*) filter (where sequence_family = 'federal') > 1"),
        counted=rows("says_one = 1 and n_rows > 1"),
        counted_from=PERSONS,
        table=TUMORS,
        says="Whoever has one primary only has one row",
        because="sequence 00 says that there is no other",
        means="A second cancer may have come after the sequence was last updated.",
        severity="warning",
        asked_when=DELIVERED,
    ),
    no_result(
        "select 1 from (select diagnosis_year, lag(diagnosis_year) over"
        " (partition by registry_code, patient_id order by sequence_number, diagnosis_year) as before"
        " from {batch} where sequence_number is not null) as tumors where diagnosis_year < before",
        counted="count(*)",
        counted_from=f"{NUMBERED} as earlier inner join {NUMBERED} as later"
        " on later.place = earlier.place + 1"
        " and later.registry_code is not distinct from earlier.registry_code"
        " and later.patient_id = earlier.patient_id and later.diagnosis_year < earlier.diagnosis_year",
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
# The same persons for the second opinions, from the side of their index tumours: lists in place of joins.
INDEX_PATIENTS = """
(
    select
        len(list_distinct(tumors.ids)) - is_listed > 0 as has_another_row,
        seconds.ids is not null as has_a_second_cancer,
        len(list_distinct(tumors.ids)) - is_listed - if(
            len(seconds.ids) = 1 and list_contains(tumors.ids, seconds.ids[1]), 1, 0
        ) > 0 as has_a_row_of_another_kind,
        tumors.lifetime_primaries is not null or tumors.sequence_total is not null as has_a_number,
        coalesce(tumors.lifetime_primaries > 1, false) or coalesce(tumors.sequence_total > 1, false) as tells
    from (
        select patient_id, tumor_id from build.intermediate.int_index_tumors_chosen where source = 'seer'
    ) as index_tumors
    inner join (
        select
            patient_id,
            list(tumor_id) as ids,
            max(lifetime_primaries) as lifetime_primaries,
            max(sequence_total) as sequence_total
        from {batch} where source = 'seer' group by patient_id
    ) as tumors using (patient_id)
    left join (
        select patient_id, list(distinct second_tumor_id) as ids
        from build.intermediate.int_second_tumors_linked_to_index where source = 'seer' group by patient_id
    ) as seconds using (patient_id)
    cross join lateral (select if(list_contains(tumors.ids, index_tumors.tumor_id), 1, 0)) as own (is_listed)
) as persons
"""
FEW_COUNTED = f"{rows('tells')} >= 5 and 2 * {rows('tells and has_another_row')} < {rows('tells')}"
LISTED_ALONE = (
    f"{rows('tells and has_a_second_cancer')} > 0 and 2 * {rows('tells and has_a_row_of_another_kind')}"
    f" < {rows('tells and has_another_row')}"
)
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

NEEDED = "not starts_with(item, 'second_cancer')"

OTHER_ROWS: tuple[Expectation, ...] = (
    no_result(
        f"select 1 from {TELLING} having {FEW_OF_THE_OTHERS} and not {INDEX_AND_SECOND_ALONE}",
        counted=f"cast({FEW_COUNTED} and not ({LISTED_ALONE}) as integer)",
        counted_from=INDEX_PATIENTS,
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
        counted="cast(count_if(has_a_number) >= 100 and count_if(tells) = 0 as integer)",
        counted_from=INDEX_PATIENTS,
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
        counted="cast(count_if(has_a_number) >= 20 and count_if(has_a_number) = count_if(tells) as integer)",
        counted_from=INDEX_PATIENTS,
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
        counted=f"cast({FEW_COUNTED} as integer)",
        counted_from=INDEX_PATIENTS,
        table=CONFORMED,
        says="Most of the other primaries that the registry counts were delivered",
        because="third primaries and earlier cancers are seen by their rows; few lie outside the registry",
        means="Other primaries are known by the registry's count alone. Export all of each patient.",
        severity="warning",
        asked_when=DELIVERED,
        observed=TELLING_COUNTED,
    ),
    no_result(
        "select 1 from {batch} where is_delivered is not true and item not like 'second_cancer%'",
        counted=f"{rows(NEEDED)} - {rows(f'{NEEDED} and is_delivered')}",
        table="marts.delivered_items",
        says="Every item that analyses need was delivered",
        because="what nobody exported is neither a zero nor an unknown",
        means="Analyses by that item are left out; the report names it.",
        severity="warning",
        asked_when=DELIVERED,
        observed="select count(*) as items, count(*) filter (where is_delivered) as delivered from {batch}",
    ),
    native(
        known("is_delivered", row_condition=where("item", "==", "second_cancer")),
        among("is_delivered", [True], row_condition=where("item", "==", "second_cancer")),
        counted=rows("item = 'second_cancer' and is_delivered is distinct from true"),
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

# The same codes for the second opinions: tumours are counted by histology, and codes look them up.
CODES_FOUND = """
(
    select
        codes.*,
        coalesce(sum(found.n_rows), 0) as n_rows,
        coalesce(sum(found.n_with_site), 0) as n_with_site,
        (
            select count(*) from (
                select distinct diagnosis_year as year
                from build.intermediate.int_tumors_conformed where source = 'seer'
            ) as years where years.year >= codes.first_year and years.year <= codes.last_year
        ) as n_years
    from (
        select
            role,
            first_histology_code,
            last_histology_code,
            count(first_site_code) as n_sites,
            min(ifnull(first_year, 0)) as first_year,
            max(ifnull(last_year, 9999)) as last_year
        from {batch}
        where role = 'index' or definition in (select second_definition from build.study.study)
        group by role, first_histology_code, last_histology_code
    ) as codes
    left join (
        select icdo3_histology_code as code, count(*) as n_rows, count(icdo3_site_code) as n_with_site
        from build.intermediate.int_tumors_conformed
        where source = 'seer' and is_malignant_primary
        group by icdo3_histology_code
    ) as found on found.code >= codes.first_histology_code and found.code <= codes.last_histology_code
    group by all
) as codes
"""

CODES_OF_STUDY: tuple[Expectation, ...] = (
    no_result(
        f"select 1 from {CODES} inner join build.intermediate.int_tumors_conformed as tumors on {OF_A_CODE}"
        " where codes.has_sites group by codes.role, codes.first_histology_code, codes.last_histology_code"
        " having count(tumors.icdo3_site_code) = 0",
        counted=rows("n_sites > 0 and n_rows > 0 and n_with_site = 0"),
        counted_from=CODES_FOUND,
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
        counted=rows("n_rows = 0 and n_years > 0"),
        counted_from=CODES_FOUND,
        table="study.study_cancers",
        says="Each code of the study is on some row of the delivery",
        because="a code that no row of anybody has is more often wrong, or left out of the export, than rare",
        means="No cancer is counted under that code: the counts are of the other codes alone.",
        severity="warning",
        asked_when=DELIVERED,
        observed=CODES_COUNTED,
    ),
)

SURVIVAL_UNKNOWN_AND_FLAGGED = "survival_months is null and survival_flag_code in ('8', '9')"

FLAGGED = "survival_flag_code = '8'"
REPORTED_AFTER_DEATH = " and reporting_source_code in ('6', '7')"

CODES_AND_YEARS: tuple[Expectation, ...] = (
    no_result(
        "select 1 from (select * from {batch}) as tumors inner join build.staging.stg_ledger__loads as loads"
        " on tumors.load_id = loads.load_id"
        " where tumors.diagnosis_year not between loads.first_year and loads.last_year",
        counted="coalesce(sum(n), 0)",
        counted_from="(select load_id, diagnosis_year, count(*) as n from {batch}"
        " group by load_id, diagnosis_year) as years"
        " inner join build.staging.stg_ledger__loads as loads using (load_id)"
        " where diagnosis_year < loads.first_year or diagnosis_year > loads.last_year",
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
        counted=rows("survival_months - 12 * (cutoff_year + 1 - diagnosis_year) > 0"),
        counted_from="{batch} cross join (select year(study_cutoff) as cutoff_year"
        " from build.study.study_sources where source = 'seer') as cutoff",
        table=TUMORS,
        says="Nobody is followed beyond the study cutoff",
        because="the registry computes survival to the cutoff of its submission",
        means="The study definition names an earlier cutoff than the delivery has.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_row(
        "not regexp_full_match(icdo3_histology_code, '[89][0-9]{{3}}')",
        counted=rows(
            "length(icdo3_histology_code) <> 4 or icdo3_histology_code not between '8000' and '9999'"
            " or translate(icdo3_histology_code, '0123456789', '') <> ''"
        ),
        table=TUMORS,
        says="Histologies are ICD-O-3 codes from 8000 to 9999",
        because="SEER*Stat writes them less 8000 in its own numbering",
        means="Tumours would be put under other cancers.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    no_row(
        "not regexp_full_match(icdo3_site_code, 'C[0-7][0-9]{{2}}|C80[0-9]')",
        counted=rows(
            "length(icdo3_site_code) <> 4 or icdo3_site_code not between 'C000' and 'C809'"
            " or translate(substr(icdo3_site_code, 2), '0123456789', '') <> ''"
        ),
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
        may_be_unknown=True,
        table=TUMORS,
        says="Behaviour is a code of ICD-O-3",
        because="only malignant tumours (3) are primaries of the study",
        means="Tumours that are not cancers would be counted, or cancers left out.",
        severity="critical",
        asked_when=DELIVERED,
    ),
    native(
        *(
            between(
                "diagnosis_year", first, last, row_condition=where("icdo3_histology_code", "IN", list(codes))
            )
            for codes, first, last in VALID_YEARS
        ),
        counted=rows(
            "case when icdo3_histology_code in ('9728', '9729', '9733', '9835', '9836')"
            " then diagnosis_year < 1975 or diagnosis_year > 2009"
            " when icdo3_histology_code between '9811' and '9818'"
            " then diagnosis_year < 2010 or diagnosis_year > 2100"
            " when icdo3_histology_code = '9819' then diagnosis_year < 2021 or diagnosis_year > 2100 end"
        ),
        table=TUMORS,
        says="Haematopoietic codes occur only in the years in which they were valid",
        because="the classification changed in 2010: 9733, 9835 and 9836 ended, 9811 to 9818 began",
        means="Trends across 2010 may be changes of coding.",
        severity="warning",
        asked_when=DELIVERED,
    ),
    native(
        known("reporting_source_code", row_condition=where("survival_flag_code", "==", "8")),
        among("reporting_source_code", ["6", "7"], row_condition=where("survival_flag_code", "==", "8")),
        counted=f"{rows(FLAGGED)} - {rows(FLAGGED + REPORTED_AFTER_DEATH)}",
        table=TUMORS,
        says="Only tumours known from autopsy or death certificate lack survival for that reason",
        because="SEER's survival flag 8 is defined by reporting source 6 or 7",
        means="Survival may be missing for another reason than is assumed.",
        severity="warning",
        asked_when=DELIVERED,
    ),
    native(
        known(
            "survival_months",
            row_condition=either(
                null("survival_flag_code"), where("survival_flag_code", "NOT_IN", ["8", "9"])
            ),
        ),
        counted=f"{rows('survival_months is null')} - {rows(SURVIVAL_UNKNOWN_AND_FLAGGED)}",
        table=TUMORS,
        says="Where survival is unknown the registry's flag says why",
        because="9999 goes with flag 8 or 9",
        means="Patients drop out of survival analyses without a known reason.",
        severity="warning",
        asked_when=DELIVERED,
    ),
    no_row(
        "lower(trim(vital)) like 'dead%' and lower(trim(cod)) = 'alive'",
        counted=rows("starts_with(ltrim(lower(vital)), 'dead') and regexp_full_match(cod, ' *(?i:alive) *')"),
        table="raw.seer_listing",
        says="No dead person's cause of death says alive",
        because="both come from the same follow-up",
        means="Deaths may be misclassified.",
        severity="warning",
        asked_when=DELIVERED,
    ),
)

# The years of diagnosis that there are, numbered in their order.
YEARS_IN_ORDER = (
    "(select count(*) as n, row_number() over (order by diagnosis_year) as place"
    " from {batch} group by diagnosis_year)"
)

# How far the years may be spread otherwise than in the last release (Kullback-Leibler divergence, in nats),
# and the weight that years have together which that release had not.
FAR, OF_NEW_YEARS = 0.1, 0.05
# Each year of the delivery with its share of the tumours now, and of those of the last release.
YEARS_THEN_AND_NOW = (
    "(select now.n / sum(now.n) over () as share_now, years_released.n_tumors"
    " / (select sum(n_tumors) from years_released) as share_then,"
    " sum(if(years_released.year is null, 1, 0)) over () as n_new"
    " from (select diagnosis_year as year, count(*) as n from {batch}"
    " where diagnosis_year is not null group by diagnosis_year) as now left join years_released using (year))"
    " as years"
)
DIVERGENCE = (
    "sum(share_now * ln(share_now / case when share_then is null then"
    f" {OF_NEW_YEARS} / n_new when n_new > 0 then {1 - OF_NEW_YEARS} * share_then else share_then end))"
)

SHAPE: tuple[Expectation, ...] = (
    no_result(
        "select 1 from (select "
        + ", ".join(f"count(distinct {column}) as {column}" for column in VARYING)
        + ", count(*) as n_rows from {batch}) as counted unpivot (n_values for column_name in ("
        + ", ".join(VARYING)
        + ")) where n_values = 1 and n_rows >= 1000",
        counted="if(count(*) < 1000, 0, "
        + " + ".join(f"cast(coalesce(min({column}) = max({column}), false) as integer)" for column in VARYING)
        + ")",
        table=TUMORS,
        says="No column of substance holds a single value throughout",
        because="merged or filtered variables collapse silently to one value",
        means="Tables by that column would show one row; the export has to be made again.",
        severity="warning",
        asked_when=DELIVERED,
    ),
    native(
        Question(
            "ExpectColumnUniqueValueCountToBeBetween",
            {"column": "registry", "min_value": {"$PARAMETER": "registries_of_study"}},
        ),
        counted=f"cast({rows('is_named')} > {rows('sent')} as integer)",
        counted_from="(select true as is_named, false as sent from build.study.study_registries"
        " where source = 'seer' union all select false, true from {batch}"
        " where registry is not null group by registry) as registries",
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
        counted=rows("10 * now.n < 6 * before.n or 10 * now.n > 16 * before.n"),
        counted_from=f"{YEARS_IN_ORDER} as before inner join {YEARS_IN_ORDER} as now"
        " on now.place = before.place + 1 and before.n >= 200",
        table=TUMORS,
        says="The number of tumours changes by less than 40% to 60% from one year to the next",
        because="cancers follow the population; a jump is a registry opened or closed, or a cut file",
        means="Look at the years before reading a trend.",
        severity="warning",
        asked_when=DELIVERED,
        observed="select count(distinct diagnosis_year) as years from {batch}",
    ),
    native(
        Question(
            "ExpectColumnDistinctValuesToContainSet",
            {"column": "diagnosis_year", "value_set": {"$PARAMETER": "years_delivered"}},
        ),
        counted="coalesce(sum(greatest(1 + last_year - first_year, 0) - n_years), 0)",
        counted_from="(select first_year, last_year, (select count(distinct diagnosis_year) from {batch}"
        " where diagnosis_year >= first_year and diagnosis_year <= last_year) as n_years from (select"
        " greatest((select first_year from build.study.study), ifnull(first_named, first_found))"
        " as first_year, least((select last_year from build.study.study),"
        " ifnull(last_named, last_found)) as last_year"
        " from (select min(first_year) as first_named, max(last_year) as last_named"
        " from build.staging.stg_ledger__loads where is_current and source = 'seer' and role = 'tumors')"
        " as named, (select min(diagnosis_year) as first_found, max(diagnosis_year) as last_found"
        " from {batch}) as found) as limits) as years",
        table=TUMORS,
        says="Every year of the study that the database names has tumours",
        because="where there are fifty a year, none in a whole year is a year left out of the export",
        means="Patients of that year are missing: counts by year and era are too small.",
        severity="warning",
        asked_when=MANY_A_YEAR,
        observed="select count(distinct diagnosis_year) as years from {batch}",
    ),
    native(
        Question(
            "ExpectColumnKLDivergenceToBeLessThan",
            {
                "column": "diagnosis_year",
                "partition_object": {"$PARAMETER": "years_released"},
                "threshold": FAR,
                "tail_weight_holdout": OF_NEW_YEARS,
            },
        ),
        counted=f"cast(coalesce({DIVERGENCE} > {FAR}, true) as integer)",
        counted_from=YEARS_THEN_AND_NOW,
        observed=f"select round({DIVERGENCE}, 5) as divergence from {YEARS_THEN_AND_NOW}",
        table=TUMORS,
        says="Years of diagnosis are spread as in the last release",
        because="a new submission adds a year or two; another spread is a period left out or cut"
        " short. A registry left out of every year alike is not seen here",
        means="Compare the selection of the two exports before reading any trend.",
        severity="warning",
        asked_when=BOTH_ARE_LARGE,
    ),
    seldom_unknown(
        "diagnosis_year",
        Fraction(0),
        says="Every tumour has a year of diagnosis",
        because="SEER does not release a tumour without one",
        means="Tumours without a year are in no era.",
    ),
    seldom_unknown(
        "sex_code",
        Fraction(1, 1000),
        says="Sex is unknown for at most one tumour in a thousand",
        because="SEER 9 has almost none",
        means="Table 1 by sex loses patients.",
    ),
    seldom_unknown(
        "age_at_diagnosis_years",
        Fraction(5, 1000),
        says="Age is unknown for at most five tumours in a thousand",
        because="SEER 9 has almost none; unknown age excludes a patient",
        means="Adults may be excluded for want of an age.",
    ),
    seldom_coded_unknown(
        "race_code",
        Fraction(1, 20),
        says="Race is unknown for at most one tumour in twenty",
        because="the paper's cohort had 224 in 64,611 without",
        means="Comparisons by race leave these patients out.",
    ),
    seldom_coded_unknown(
        "marital_status_code",
        Fraction(15, 100),
        says="Marital status is unknown for at most 15% of tumours",
        because="the paper's cohort had 6% without",
        means="Comparisons by marital status leave these patients out.",
    ),
    seldom_unknown(
        "survival_months",
        Fraction(1, 20),
        says="Survival is unknown for at most one tumour in twenty",
        because="only autopsy and death-certificate cases should lack it",
        means="Patients without survival drop from the survival analyses; their share is large.",
    ),
    seldom_unknown(
        "icdo3_behavior_code",
        Fraction(1, 1000),
        says="Behaviour is unknown for at most one tumour in a thousand",
        because="a tumour of unknown behaviour is not counted as a cancer",
        means="Cancers may be left out.",
    ),
)

EXPECTATIONS = ONE_PERSON + OTHER_ROWS + CODES_OF_STUDY + CODES_AND_YEARS + SHAPE
