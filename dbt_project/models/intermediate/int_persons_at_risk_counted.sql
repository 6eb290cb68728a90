{#
    Whom each row of marts.sir is about. A level takes up a part of the follow-up, from one tick to another; a person is in
    it who spends time there, or whose second cancer is.
#}
with

levels as (

    select * from {{ ref('study_levels') }}

),

follow_up as (

    select * from {{ ref('int_follow_up_clocked') }}

),

persons_in_levels as (

    select
        levels.grouping,
        levels.level,
        greatest(
            cast(levels.first_months * follow_up.ticks_per_year / 12 as bigint),
            levels.first_age_years * follow_up.ticks_per_year - follow_up.age_tick
        ) as first_tick,
        least(
            cast((levels.last_months + 1) * follow_up.ticks_per_year / 12 as bigint),
            (levels.last_age_years + 1) * follow_up.ticks_per_year - follow_up.age_tick
        ) as end_tick,
        follow_up.*

    from follow_up

    inner join levels
        on {{ is_of_the_level('follow_up', 'levels') }}

),

{# When the population of a sex and race is covered by reference rates. #}
reference_times as (

    select
        sex,
        race,
        cast(min(period_first_year) as bigint) * {{ ticks_per_year() }} as covered_from_tick,
        cast(max(period_first_year) + 5 as bigint) * {{ ticks_per_year() }} as covered_to_tick

    from {{ ref('int_reference_cases_counted') }}

    group by sex, race

),

persons_with_what_they_bring as (

    select
        persons_in_levels.*,
        first_tick < exit_tick and (end_tick is null or first_tick < end_tick) as brings_time,
        has_second_cancer and first_tick <= exit_tick and (end_tick is null or exit_tick < end_tick) as brings_the_event

    from persons_in_levels

),

persons_who_bring_something as (

    select
        persons.grouping,
        persons.level,
        persons.age_at_index_years,
        persons.age_at_second_years,
        persons.brings_the_event,
        coalesce(
            persons.origin_tick + persons.first_tick < reference_times.covered_to_tick
            and persons.origin_tick + least(persons.exit_tick, coalesce(persons.end_tick, persons.exit_tick))
            >= reference_times.covered_from_tick,
            false
        ) as has_reference

    from persons_with_what_they_bring as persons

    left join reference_times
        on
            persons.sex = reference_times.sex
            and persons.race = reference_times.race

    where persons.brings_time or persons.brings_the_event

),

levels_with_reference as (

    select
        persons_who_bring_something.*,
        has_reference
        or max(case when has_reference then 1 else 0 end) over (partition by grouping, level) = 0 as is_counted_in_means

    from persons_who_bring_something

),

persons_at_risk_counted as (

    select
        grouping,
        level,
        count(*) as persons,
        count(*) filter (where not has_reference) as persons_unmatched,
        cast(sum(age_at_index_years) filter (where is_counted_in_means) as double)
        / nullif(count(age_at_index_years) filter (where is_counted_in_means), 0) as mean_age_at_index_years,
        cast(sum(age_at_second_years) filter (where brings_the_event and is_counted_in_means) as double)
        / nullif(count(age_at_second_years) filter (where brings_the_event and is_counted_in_means), 0)
            as mean_age_at_second_years

    from levels_with_reference

    group by grouping, level

)

select * from persons_at_risk_counted
