with

patients_screened as (

    select * from {{ ref('int_patients_screened') }}
    where source = 'seer'

),

definitions as (

    select distinct definition from {{ ref('study_cancers') }}
    where role = 'second'

),

study as (

    select * from {{ ref('study') }}

),

{# Start from the definitions, so that one under which nobody has a second primary is a zero. #}
second_primaries_counted_by_definition as (

    select
        definitions.definition,
        definitions.definition = study.second_definition as is_selected,
        count(patients_screened.patient_id) filter (where patients_screened.has_second_primary) as n_second

    from definitions

    cross join study

    left join patients_screened
        on definitions.definition = patients_screened.definition

    group by definitions.definition, study.second_definition

)

select * from second_primaries_counted_by_definition
