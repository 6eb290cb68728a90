{#
    Where and when the listing counted tumours: one row per registry (or whole state) and one for everything together. A
    registry's years are those between its first and last tumour; one with fewer than five a year is taken to have been open in
    all years of the listing, for its empty years may be chance.
#}
with

study_registries as (

    select * from {{ ref('study_registries') }}
    where source = 'seer'

),

loads as (

    select * from {{ ref('stg_ledger__loads') }}
    where is_current and source = 'seer' and role = 'tumors'

),

tumors as (

    select
        registry_code,
        diagnosis_year,
        {{ whole_state_written('registry') }} as whole_state

    from {{ ref('int_tumors_conformed') }}

    where
        source = 'seer'
        and diagnosis_year is not null
        and {{ registry_is_of_the_study('source', 'registry_code', whole_state_written('registry')) }}

),

{# One row: how many registries the database says that it has, where all files say one number. #}
database as (

    select case when count(*) = count(registries) and min(registries) = max(registries) then max(registries) end as registries

    from loads

),

whole_states as (

    select
        whole_state,
        max(registry_code) as whole_state_code

    from tumors

    where whole_state is not null

    group by whole_state

),

tumors_with_area as (

    select
        tumors.diagnosis_year,
        whole_states.whole_state is not null as is_whole_state,
        whole_states.whole_state_code,
        coalesce(whole_states.whole_state, tumors.registry_code) as area

    from tumors

    left join whole_states
        on coalesce(tumors.whole_state, {{ whole_state_of('tumors.registry_code') }}) = whole_states.whole_state

),

everything as (

    select
        count(*) as n_tumors,
        min(diagnosis_year) as first_year,
        max(diagnosis_year) as last_year

    from tumors_with_area

),

areas as (

    select
        area,
        is_whole_state,
        max(whole_state_code) as whole_state_code,
        count(*) as n_tumors,
        min(diagnosis_year) as first_year,
        max(diagnosis_year) as last_year

    from tumors_with_area

    where area is not null

    group by area, is_whole_state

),

areas_covered as (

    select
        areas.area,
        areas.is_whole_state,
        areas.whole_state_code,
        case when areas.is_whole_state then database.registries end as database_registries,
        true as is_told,
        false as is_everything,
        areas.n_tumors,
        case
            when areas.n_tumors >= 5 * (areas.last_year - areas.first_year + 1) then areas.first_year
            else everything.first_year
        end as first_year,
        case
            when areas.n_tumors >= 5 * (areas.last_year - areas.first_year + 1) then areas.last_year
            else everything.last_year
        end as last_year

    from areas

    cross join everything

    cross join database

    union all

    select
        'all' as area,
        false as is_whole_state,
        cast(null as {{ string_type() }}) as whole_state_code,
        cast(null as bigint) as database_registries,
        false as is_told,
        true as is_everything,
        n_tumors,
        first_year,
        last_year

    from everything

    where n_tumors > 0

)

select * from areas_covered
