{# Events and person-time alike start with the shortest latency. A cell without a reference rate has no expected count. #}
with

person_time as (

    select * from {{ ref('int_person_time_expected') }}
    where counts_second_primaries

),

person_time_counted as (

    select
        {{ age_group_label('age_group_number') }} as attained_age_group,
        calendar_year,
        sex,
        race,
        months_since_index_band,
        cast(sum(observed) as bigint) as observed,
        cast(sum(person_ticks) as double) / min(ticks_per_year) as person_years,
        {{ decimal_as_double('sum(expected)') }} as expected

    from person_time

    group by age_group_number, calendar_year, sex, race, months_since_index_band

)

select * from person_time_counted
