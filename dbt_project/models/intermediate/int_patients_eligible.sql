with

study as (

    select * from {{ ref('study') }}

),

eras as (

    select * from {{ ref('study_eras') }}

),

patients_screened as (

    select * from {{ ref('int_patients_screened') }}

),

index_tumors as (

    select * from {{ ref('int_index_tumors_chosen') }}

),

second_tumors as (

    select * from {{ ref('int_second_tumors_linked_to_index') }}

),

eligible_patients as (

    select
        source,
        patient_id,
        definition,
        has_second_primary

    from patients_screened

    where is_selected_definition and is_eligible

),

eligible_patients_with_their_tumors as (

    select
        -- who
        eligible_patients.patient_id,
        eligible_patients.source,
        index_tumors.registry,
        index_tumors.sex,
        index_tumors.race,
        index_tumors.marital_status,

        -- the index cancer
        index_tumors.age_at_diagnosis_years as age_at_index_years,
        index_tumors.age_is_top_coded,
        index_tumors.diagnosis_year as index_year,
        index_tumors.diagnosis_month as index_month,
        eras.era,
        index_tumors.chemotherapy as chemotherapy_index,
        index_tumors.had_prior_cancer,

        -- what became of the patient
        case
            when index_tumors.survival_months = 0 then study.zero_survival_months
            else cast(index_tumors.survival_months as double)
        end as survival_months,
        index_tumors.survival_months as survival_months_recorded,
        index_tumors.died,

        -- the second cancer, where it qualifies
        eligible_patients.has_second_primary,
        second_tumors.latency_months,
        second_tumors.latency_method,
        second_tumors.latency_is_uncertain,
        second_tumors.second_histology_code,
        second_tumors.chemotherapy_second,
        second_tumors.age_at_second_years,
        case
            when second_tumors.age_at_second_years >= 65 then '65+'
            when second_tumors.age_at_second_years >= 18 then '18-64'
        end as age_group_at_second,
        case
            when second_tumors.survival_months_after_second = 0 then study.zero_survival_months
            else cast(second_tumors.survival_months_after_second as double)
        end as months_after_second,

        -- where it is written
        index_tumors.load_id,
        index_tumors.source_line,
        second_tumors.second_load_id,
        second_tumors.second_source_line

    from eligible_patients

    cross join study

    inner join index_tumors
        on
            eligible_patients.source = index_tumors.source
            and eligible_patients.patient_id = index_tumors.patient_id

    left join eras
        on index_tumors.diagnosis_year between eras.first_year and eras.last_year

    left join second_tumors
        on
            eligible_patients.has_second_primary
            and eligible_patients.source = second_tumors.source
            and eligible_patients.patient_id = second_tumors.patient_id
            and eligible_patients.definition = second_tumors.definition

),

{# What happened first after the index cancer, and when; null where neither is known. #}
eligible_patients_with_first_event as (

    select
        eligible_patients_with_their_tumors.*,

        case
            when has_second_primary then cast(latency_months as double)
            when died is not null then survival_months
        end as months_to_first_event,

        case
            when has_second_primary then 'second_primary'
            when survival_months is null then null
            when died then 'death'
            when not died then 'none'
        end as first_event

    from eligible_patients_with_their_tumors

)

select * from eligible_patients_with_first_event
