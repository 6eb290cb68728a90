{# Splitting loses nothing: the cells hold the follow-up and the second cancers, each once. #}
with

cells as (

    select
        coalesce(sum(person_ticks), 0) as person_ticks,
        coalesce(sum(observed), 0) as observed

    from {{ ref('int_person_time_split') }}

),

follow_up as (

    select
        coalesce(sum(exit_tick), 0) as person_ticks,
        count(*) filter (where has_second_cancer) as observed

    from {{ ref('int_follow_up_clocked') }}

)

select
    cells.person_ticks as person_ticks_in_cells,
    follow_up.person_ticks as person_ticks_of_persons,
    cells.observed as observed_in_cells,
    follow_up.observed as observed_of_persons

from cells

cross join follow_up

where
    cells.person_ticks is distinct from follow_up.person_ticks
    or cells.observed is distinct from follow_up.observed
