with

tumors as (

    select * from {{ ref('int_tumors_conformed') }}

),

tumors_in_study as (

    select * from {{ ref('int_tumors_in_study') }}
    where role = 'index'

),

index_tumors as (

    select tumors.*

    from tumors

    inner join tumors_in_study
        on tumors.tumor_id = tumors_in_study.tumor_id

),

index_tumors_in_order as (

    select
        index_tumors.*,

        row_number() over (
            partition by source, patient_id
            order by {{ earliest_tumor_first() }}
        ) as order_number

    from index_tumors

),

earliest_index_tumors as (

    select * from index_tumors_in_order
    where order_number = 1

),

{# A central sequence above 1 tells of an earlier tumour even where its record is not in the delivery. #}
patients_with_a_prior_cancer as (

    select distinct
        earliest_index_tumors.source,
        earliest_index_tumors.patient_id

    from earliest_index_tumors

    inner join tumors
        on
            earliest_index_tumors.source = tumors.source
            and earliest_index_tumors.patient_id = tumors.patient_id
            and earliest_index_tumors.tumor_id <> tumors.tumor_id
            and tumors.is_malignant_primary
            and {{ first_tumor_precedes('tumors', 'earliest_index_tumors') }}

    union

    select
        source,
        patient_id

    from earliest_index_tumors

    where sequence_number >= 2

),

index_tumors_chosen as (

    select
        chosen.tumor_id,
        chosen.source,
        chosen.patient_id,
        chosen.load_id,
        chosen.source_line,
        chosen.registry,
        chosen.record_number,
        chosen.sequence_number,
        chosen.diagnosis_year,
        chosen.diagnosis_month,
        chosen.age_at_diagnosis_years,
        chosen.age_is_top_coded,
        chosen.sex,
        chosen.race,
        chosen.marital_status,
        chosen.chemotherapy,
        chosen.survival_months,
        chosen.survival_days,
        chosen.died,
        earlier.patient_id is not null as had_prior_cancer

    from earliest_index_tumors as chosen

    left join patients_with_a_prior_cancer as earlier
        on
            chosen.source = earlier.source
            and chosen.patient_id = earlier.patient_id

)

select * from index_tumors_chosen
