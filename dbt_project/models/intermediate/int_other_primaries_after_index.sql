{#
    The first other primary after the index cancer, of whoever has one: any malignancy but the person's first second cancer.
    It ends a person's time at risk where the study says so (other_primaries: censor).
#}
with

study as (

    select * from {{ ref('study') }}

),

tumors as (

    select * from {{ ref('int_tumors_conformed') }}
    where is_malignant_primary

),

index_tumors as (

    select * from {{ ref('int_index_tumors_chosen') }}

),

second_tumors as (

    select second_tumors_linked.*

    from {{ ref('int_second_tumors_linked_to_index') }} as second_tumors_linked

    inner join study
        on second_tumors_linked.definition = study.second_definition

),

other_primaries as (

    select
        index_tumor.source,
        index_tumor.patient_id,
        index_tumor.survival_days - other_primary.survival_days as days_between,
        coalesce(
            {{ completed_months('index_tumor.survival_days - other_primary.survival_days') }},
            index_tumor.survival_months - other_primary.survival_months,
            {{ months_between_diagnoses('index_tumor', 'other_primary') }},
            {{ months_between_years('other_primary.diagnosis_year - index_tumor.diagnosis_year') }}
        ) as months_between

    from index_tumors as index_tumor

    inner join tumors as other_primary
        on
            index_tumor.source = other_primary.source
            and index_tumor.patient_id = other_primary.patient_id
            and index_tumor.tumor_id <> other_primary.tumor_id

    left join second_tumors
        on
            index_tumor.source = second_tumors.source
            and index_tumor.patient_id = second_tumors.patient_id

    where
        coalesce({{ first_tumor_precedes('index_tumor', 'other_primary') }}, false)
        and other_primary.tumor_id <> coalesce(second_tumors.second_tumor_id, '')

),

other_primaries_after_index as (

    select
        source,
        patient_id,
        greatest(min(months_between), 0) as months_to_other_primary,
        case when min(days_between) is not null then greatest(min(days_between), 0) end as days_to_other_primary

    from other_primaries

    where months_between is not null

    group by source, patient_id

)

select * from other_primaries_after_index
