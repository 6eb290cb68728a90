{#
    Who lived where, in the registries and years in which somebody counted the tumours as well. An area is a registry; it is a
    whole state where the listing writes California or Georgia, and everything where the population file tells no registry.
    Registry 99 is what no SEER registry covers. A year of an area counts if the population file holds all its registries.
#}
with

study as (

    select * from {{ ref('study') }}

),

study_registries as (

    select * from {{ ref('study_registries') }}
    where source = 'seer'

),

populations as (

    select
        populations_read.*,
        coalesce(populations_read.registry_code, '') not in ('', '99') as is_told,
        concat('15', populations_read.registry_code) as code

    from {{ ref('stg_reference__populations') }} as populations_read

    inner join study
        on populations_read.calendar_year between study.first_year and study.last_year

),

tumor_areas as (

    select * from {{ ref('int_reference_areas_covered') }}

),

{# One row: whether the population file tells registries. #}
sides as (

    select count(*) filter (where is_told) > 0 as populations_are_told from populations

),

populations_of_the_study as (

    select
        populations.*,
        sides.populations_are_told,
        case
            when not sides.populations_are_told then 'all'
            when whole_states.area is not null then whole_states.area
            else populations.code
        end as area

    from populations

    cross join sides

    left join tumor_areas as whole_states
        on
            whole_states.is_whole_state
            and {{ whole_state_of('populations.code') }} = whole_states.area

    where
        populations.is_told = sides.populations_are_told
        and coalesce(populations.registry_code, '') <> '99'
        and (not sides.populations_are_told or {{ registry_is_of_the_study("'seer'", 'populations.code') }})

),

registries_with_area as (

    select coalesce(whole_states.area, study_registries.registry_code) as area

    from study_registries

    cross join sides

    left join tumor_areas as whole_states
        on
            whole_states.is_whole_state
            and {{ whole_state_of('study_registries.registry_code') }} = whole_states.area

    where sides.populations_are_told

),

{# The registries that the study expects of an area, where it lists any. #}
registries_expected as (

    select
        area,
        count(*) as n_registries

    from registries_with_area

    group by area

),

area_years as (

    select
        area,
        calendar_year,
        count(distinct code) as n_registries

    from populations_of_the_study

    group by area, calendar_year

),

area_years_with_what_is_expected as (

    select
        area_years.*,
        coalesce(
            registries_expected.n_registries, max(area_years.n_registries) over (partition by area_years.area)
        ) as n_registries_expected

    from area_years

    left join registries_expected
        on area_years.area = registries_expected.area

),

covered_area_years as (

    select
        area_years.area,
        area_years.calendar_year,
        area_years.n_registries

    from area_years_with_what_is_expected as area_years

    inner join tumor_areas
        on
            area_years.calendar_year between tumor_areas.first_year and tumor_areas.last_year
            and (area_years.area = tumor_areas.area or (area_years.area = 'all' and tumor_areas.is_everything))

    where area_years.n_registries >= area_years.n_registries_expected

),

populations_placed as (

    select
        populations_of_the_study.area,
        populations_of_the_study.calendar_year,
        populations_of_the_study.age_group_number,
        populations_of_the_study.sex,
        populations_of_the_study.race,
        sum(populations_of_the_study.population) as population

    from populations_of_the_study

    inner join covered_area_years
        on
            populations_of_the_study.area = covered_area_years.area
            and populations_of_the_study.calendar_year = covered_area_years.calendar_year

    group by
        populations_of_the_study.area,
        populations_of_the_study.calendar_year,
        populations_of_the_study.age_group_number,
        populations_of_the_study.sex,
        populations_of_the_study.race

)

select * from populations_placed
where population > 0
