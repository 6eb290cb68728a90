{# Events and person-time from the shortest latency on, at equal times since the index cancer and equal ages. #}
with

person_time as (

    select * from {{ ref('int_person_time_expected') }}
    where counts_second_primaries

),

person_time_counted as (

    select
        era,
        months_since_index,
        {{ age_group_label('age_group_number') }} as attained_age,
        cast(sum(observed) as bigint) as observed,
        cast(sum(person_ticks) as double) / min(ticks_per_year) as person_years

    from person_time

    group by era, months_since_index, age_group_number

)

select * from person_time_counted
