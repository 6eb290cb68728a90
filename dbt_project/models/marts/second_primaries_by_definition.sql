with

second_primaries as (

    select
        definition,
        count(*) as n_second

    from {{ ref('int_patients_screened') }}

    where source = 'seer' and has_second_primary

    group by definition

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
        coalesce(second_primaries.n_second, 0) as n_second

    from definitions

    cross join study

    left join second_primaries
        on definitions.definition = second_primaries.definition

)

select * from second_primaries_counted_by_definition
