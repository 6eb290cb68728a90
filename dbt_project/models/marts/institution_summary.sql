with

study_sources as (

    select * from {{ ref('study_sources') }}
    where source = 'institution'

),

patients as (

    select * from {{ ref('int_patients_eligible') }}
    where source = 'institution'

),

institution_counted as (

    select
        count(patients.patient_id) as n_index,
        count(patients.patient_id) filter (where patients.has_second_primary) as n_second,
        study_sources.first_year,
        study_sources.last_year

    from study_sources

    left join patients
        on study_sources.source = patients.source

    group by study_sources.first_year, study_sources.last_year

)

select * from institution_counted
