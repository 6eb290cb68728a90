with

study as (

    select * from {{ ref('study') }}

),

definitions as (

    select distinct definition from {{ ref('study_cancers') }}
    where role = 'second'

),

tumors as (

    select * from {{ ref('int_tumors_conformed') }}

),

index_tumors as (

    select * from {{ ref('int_index_tumors_chosen') }}

),

second_tumors as (

    select * from {{ ref('int_second_tumors_linked_to_index') }}

),

{# Everyone in the delivery, so that whoever is left out is counted. #}
patients as (

    select
        source,
        patient_id,
        max(lifetime_primaries) as lifetime_primaries,
        max(sequence_total) as sequence_total,
        count(*) filter (where is_malignant_primary) as n_malignant_records

    from tumors

    group by source, patient_id

),

{# A rule that has nothing to refuse is kept: each is true unless the patient is known to break it. #}
patients_under_each_rule as (

    select
        patients.source,
        patients.patient_id,
        definitions.definition,
        definitions.definition = study.second_definition as is_selected_definition,
        patients.lifetime_primaries,
        patients.sequence_total,
        patients.n_malignant_records,
        second_tumors.second_tumor_id is not null as has_a_second_cancer,
        coalesce(second_tumors.latency_status = 'qualifies', false) as second_cancer_qualifies,
        coalesce(second_tumors.latency_status = 'qualifies', false) or study.apply_to_everyone as is_held_to_case_rules,

        index_tumors.tumor_id is not null as has_an_index_cancer,

        index_tumors.tumor_id is null
        or coalesce(index_tumors.age_at_diagnosis_years >= study.min_age_years, false) as is_adult_at_index,

        study.keep_nonqualifying_second
        or coalesce(second_tumors.latency_status, '') <> 'not_after_index' as second_cancer_is_not_first,

        study.keep_nonqualifying_second
        or coalesce(second_tumors.latency_status, '') <> 'unknown' as latency_is_known,

        study.keep_nonqualifying_second
        or coalesce(second_tumors.latency_status, '') <> 'too_soon' as latency_is_long_enough,

        coalesce(patients.lifetime_primaries, 0) <= study.max_primaries
        and coalesce(patients.sequence_total, 0) <= study.max_primaries
        and patients.n_malignant_records <= study.max_primaries as has_few_enough_primaries,

        index_tumors.survival_months is not null
        and (
            second_tumors.second_tumor_id is null
            or second_tumors.survival_months_after_second is not null
        ) as has_known_survival

    from patients

    cross join definitions

    cross join study

    left join index_tumors
        on
            patients.source = index_tumors.source
            and patients.patient_id = index_tumors.patient_id

    left join second_tumors
        on
            patients.source = second_tumors.source
            and patients.patient_id = second_tumors.patient_id
            and definitions.definition = second_tumors.definition

),

patients_with_case_rules as (

    select
        patients_under_each_rule.*,
        has_few_enough_primaries or not is_held_to_case_rules as has_no_third_primary,
        has_known_survival or not is_held_to_case_rules as survival_is_known

    from patients_under_each_rule

),

patients_with_the_first_rule_failed as (

    select
        patients_with_case_rules.*,

        case
            when not has_an_index_cancer then 1
            when not is_adult_at_index then 2
            when not second_cancer_is_not_first then 3
            when not latency_is_known then 4
            when not latency_is_long_enough then 5
            when not has_no_third_primary then 6
            when not survival_is_known then 7
        end as first_rule_failed

    from patients_with_case_rules

),

patients_screened as (

    select
        source,
        patient_id,
        definition,
        is_selected_definition,

        -- what the rules looked at
        has_a_second_cancer,
        second_cancer_qualifies,
        lifetime_primaries,
        sequence_total,
        n_malignant_records,

        -- one column a rule, in order
        has_an_index_cancer,
        is_adult_at_index,
        second_cancer_is_not_first,
        latency_is_known,
        latency_is_long_enough,
        has_no_third_primary,
        survival_is_known,

        -- the verdict
        first_rule_failed,
        first_rule_failed is null as is_eligible,
        first_rule_failed is null and second_cancer_qualifies as has_second_primary

    from patients_with_the_first_rule_failed

)

select * from patients_screened
