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
            and (
                populations.code = whole_states.whole_state_code
                or (
                    {{ whole_state_of('populations.code') }} = whole_states.area
                    and {{ is_in_database_of('populations.code', 'whole_states.database_registries') }}
                )
            )

    {# A whole state is of the study, or no tumour of it is; then it is with all its registries, listed or not. #}
    where
        populations.is_told = sides.populations_are_told
        and coalesce(populations.registry_code, '') <> '99'
        and (
            not sides.populations_are_told
            or whole_states.area is not null
            or {{ registry_is_of_the_study("'seer'", 'populations.code', 'whole_states.area') }}
        )

),

{# A population file that knows a state by the code of the listing's dictionary alone has it as one. #}
whole_states_held as (

    select
        whole_states.area,
        max(whole_states.database_registries) as database_registries,
        count(distinct populations_of_the_study.code) = 1
        and max(populations_of_the_study.code) = max(whole_states.whole_state_code) as is_one_registry

    from tumor_areas as whole_states

    inner join populations_of_the_study
        on whole_states.area = populations_of_the_study.area

    where whole_states.is_whole_state

    group by whole_states.area

),

study_registries_of_states as (

    select
        {{ whole_state_of('registry_code') }} as area,
        count(*) as n_registries

    from study_registries

    group by {{ whole_state_of('registry_code') }}

),

{#
    The registries that a whole state needs: those that the listing's database has. Where the database does not say, those that
    the study lists, and exactly those: of more or fewer nobody knows whether their tumours are in the listing.
#}
registries_expected as (

    select
        whole_states_held.area,
        case
            when whole_states_held.is_one_registry then 1
            else coalesce(
                {{ registries_of_whole_state('whole_states_held.area', 'whole_states_held.database_registries') }},
                study_registries_of_states.n_registries
            )
        end as n_registries

    from whole_states_held

    left join study_registries_of_states
        on whole_states_held.area = study_registries_of_states.area

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

    where area_years.n_registries = area_years.n_registries_expected

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
