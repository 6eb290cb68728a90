{#
    The population of each registry, year, age group, sex and race beside the cases of the second cancer that its registry
    counted in it, de novo or not, as SEER*Stat's MP-SIR takes them. A case outside every cell has no population and makes no rate.
#}
with

tumors as (

    select * from {{ ref('int_tumors_conformed') }}
    where source = 'seer'

),

second_tumors as (

    select * from {{ ref('int_tumors_in_study') }}
    where role = 'second' and is_selected_definition

),

index_tumors as (

    select * from {{ ref('int_index_tumors_chosen') }}

),

tumor_areas as (

    select * from {{ ref('int_reference_areas_covered') }}

),

populations as (

    select * from {{ ref('int_reference_populations_placed') }}

),

{# One row: whether the populations were matched as a whole. #}
sides as (

    select count(*) filter (where area = 'all') > 0 as is_pooled from populations

),

cases as (

    select
        tumors.source,
        tumors.patient_id,
        tumors.diagnosis_year as calendar_year,
        {{ age_group_number('tumors.age_at_diagnosis_years') }} as age_group_number,
        tumors.sex,
        tumors.race,
        coalesce(tumors.sequence_number = 0 or tumors.lifetime_primaries = 1, false) as is_only_primary,
        coalesce(tumors.sequence_number > 0 or tumors.lifetime_primaries > 1, false) as is_one_of_several,
        case
            when sides.is_pooled then 'all'
            when whole_states.area is not null then whole_states.area
            else tumors.registry_code
        end as area

    from tumors

    inner join second_tumors
        on tumors.tumor_id = second_tumors.tumor_id

    cross join sides

    left join tumor_areas as whole_states
        on
            whole_states.is_whole_state
            and coalesce({{ whole_state_written('tumors.registry') }}, {{ whole_state_of('tumors.registry_code') }})
            = whole_states.area

),

cases_counted as (

    select
        cases.area,
        cases.calendar_year,
        cases.age_group_number,
        cases.sex,
        cases.race,
        count(*) as n_cases,
        count(*) filter (where index_tumors.patient_id is null) as n_cases_without_index,
        count(*) filter (where cases.is_only_primary) as n_cases_of_only_primary,
        count(*) filter (where cases.is_one_of_several) as n_cases_of_several

    from cases

    left join index_tumors
        on
            cases.source = index_tumors.source
            and cases.patient_id = index_tumors.patient_id

    group by 1, 2, 3, 4, 5

),

{# Start from the populations: where people lived and nobody fell ill the rate is zero, and known. #}
cells_matched as (

    select
        populations.area,
        populations.calendar_year,
        populations.age_group_number,
        populations.sex,
        populations.race,
        populations.population,
        coalesce(cases_counted.n_cases, 0) as n_cases,
        coalesce(cases_counted.n_cases_without_index, 0) as n_cases_without_index,
        coalesce(cases_counted.n_cases_of_only_primary, 0) as n_cases_of_only_primary,
        coalesce(cases_counted.n_cases_of_several, 0) as n_cases_of_several

    from populations

    left join cases_counted
        on
            populations.area = cases_counted.area
            and populations.calendar_year = cases_counted.calendar_year
            and populations.age_group_number = cases_counted.age_group_number
            and populations.sex = cases_counted.sex
            and populations.race = cases_counted.race

)

select * from cells_matched
