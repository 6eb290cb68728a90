with

patients_with_second_primary as (

    select * from {{ ref('int_patients_screened') }}
    where source = 'seer' and has_second_primary

),

definitions as (

    select distinct definition from {{ ref('study_cancers') }}
    where role = 'second'

),

study as (

    select * from {{ ref('study') }}

),

second_primaries_counted as (

    select
        definition,
        count(*) as n_second

    from patients_with_second_primary

    group by definition

),

{# Start from the definitions, so that one under which nobody has a second primary is a zero. #}
second_primaries_counted_by_definition as (

    select
        definitions.definition,
        definitions.definition = study.second_definition as is_selected,
        coalesce(second_primaries_counted.n_second, 0) as n_second

    from definitions

    cross join study

    left join second_primaries_counted
        on definitions.definition = second_primaries_counted.definition

)

select * from second_primaries_counted_by_definition
