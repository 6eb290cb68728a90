with

study as (

    select * from {{ ref('study') }}

),

second_tumors as (

    select * from {{ ref('int_tumors_in_study') }}
    where source = 'institution' and role = 'second' and is_selected_definition

),

{# What the hospital's files say that they cover: everything, or ranges of histologies and sites. #}
cancers_looked_for as (

    select max(cancers_looked_for) as said

    from {{ ref('stg_ledger__loads') }}
    where source = 'institution' and is_current

),

study_cancers_covered as (

    select {{ is_looked_for('cancers_looked_for.said', 'study_cancers') }} as is_covered

    from {{ ref('study_cancers') }} as study_cancers

    cross join study

    cross join cancers_looked_for

    where study_cancers.role = 'second' and study_cancers.definition = study.second_definition

),

{# A file that has the cancer looked for it, whatever it says; without one, a file that says nothing leaves it open. #}
looked_for as (

    select
        case
            when (select count(*) from second_tumors) > 0 then true
            when coalesce((select said from cancers_looked_for), '') = '' then cast(null as boolean)
            else (select min(case when is_covered then 1 else 0 end) from study_cancers_covered) = 1
        end as second_is_looked_for

)

select * from looked_for
