with

study_sources as (

    select * from {{ ref('study_sources') }}
    where source = 'institution'

),

patients as (

    select * from {{ ref('int_patients_eligible') }}
    where source = 'institution'

),

looked_for as (

    select * from {{ ref('int_institution_looked_for') }}

),

institution_counted as (

    select
        count(patients.patient_id) as n_index,
        count(patients.patient_id) filter (where patients.has_second_primary) as n_second,
        study_sources.first_year,
        study_sources.last_year,
        looked_for.second_is_looked_for

    from study_sources

    cross join looked_for

    left join patients
        on study_sources.source = patients.source

    group by study_sources.first_year, study_sources.last_year, looked_for.second_is_looked_for

)

select * from institution_counted
