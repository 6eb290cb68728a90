{#
    Every adult with the index cancer, whatever came later: the index tumour, the first second cancer under the selected
    definition if there is one, before or after the index, and the verdict of the screening. The published cohort is a part
    of it; the corrected one does not ask what came later.
#}
with

study as (

    select * from {{ ref('study') }}

),

eras as (

    select * from {{ ref('study_eras') }}

),

patients_screened as (

    select * from {{ ref('int_patients_screened') }}
    where is_selected_definition and has_an_index_cancer and is_adult_at_index

),

index_tumors as (

    select * from {{ ref('int_index_tumors_chosen') }}

),

second_tumors as (

    select * from {{ ref('int_second_tumors_linked_to_index') }}

),

other_primaries as (

    select * from {{ ref('int_other_primaries_after_index') }}

),

patients_with_their_tumors as (

    select
        -- who
        patients_screened.patient_id,
        patients_screened.source,
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
        index_tumors.survival_days,
        {{ follow_up_as_ticks('index_tumors.survival_days', 'index_tumors.survival_months') }} as survival_ticks,
        index_tumors.died,
        index_tumors.survival_months is not null and index_tumors.died is not null as is_followed,

        -- the second cancer
        second_tumors.second_tumor_id is not null as has_a_second_cancer,
        coalesce(second_tumors.is_after_index, false) as second_cancer_is_after_index,
        second_tumors.latency_months,
        second_tumors.latency_method,
        second_tumors.latency_is_uncertain,
        second_tumors.latency_days,
        second_tumors.latency_placed_months,

        {# A latency taken from two survival times is whole months: both are cut short alike. #}
        case
            when second_tumors.latency_days is not null then {{ days_as_ticks('greatest(second_tumors.latency_days, 0)') }}
            else {{ half_months_as_ticks('cast(second_tumors.latency_placed_months as bigint) * 2') }}
        end as latency_ticks,
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
        second_tumors.survival_months_after_second is not null and index_tumors.died is not null as is_followed_after_second,

        -- any other primary after the index cancer
        other_primaries.months_to_other_primary,
        other_primaries.days_to_other_primary,

        -- where it is written
        index_tumors.load_id,
        index_tumors.source_line,
        second_tumors.second_load_id,
        second_tumors.second_source_line,

        -- the verdict of the screening
        patients_screened.first_rule_failed,
        patients_screened.is_eligible,
        patients_screened.has_second_primary

    from patients_screened

    cross join study

    inner join index_tumors
        on
            patients_screened.source = index_tumors.source
            and patients_screened.patient_id = index_tumors.patient_id

    left join eras
        on index_tumors.diagnosis_year between eras.first_year and eras.last_year

    left join second_tumors
        on
            patients_screened.source = second_tumors.source
            and patients_screened.patient_id = second_tumors.patient_id
            and patients_screened.definition = second_tumors.definition

    left join other_primaries
        on
            patients_screened.source = other_primaries.source
            and patients_screened.patient_id = other_primaries.patient_id

)

select * from patients_with_their_tumors
