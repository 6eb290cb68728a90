{#
    Lexis splitting without a row per person and cell. Persons who share age, date and group share every boundary: birthdays,
    new years and the bands of time since the index cancer. With F(t) the time that a group spends beyond t, which is the sum
    of (exit - t) over those who exit later, the time between two boundaries is F(first) - F(next). F needs two running sums.
#}
with

follow_up as (

    select * from {{ ref('int_follow_up_clocked') }}

),

{# Who share their exit as well are one row from here on, so that only these rows are ranked. #}
follow_up_counted as (

    select
        sex,
        race,
        era,
        chemotherapy_index,
        ticks_per_year,
        origin_tick,
        age_tick,
        exit_tick,
        count(*) as n_exits,
        count(*) filter (where has_second_cancer) as n_second

    from follow_up

    group by sex, race, era, chemotherapy_index, ticks_per_year, origin_tick, age_tick, exit_tick

),

bands as (

    select * from {{ ref('study_time_bands') }}

),

digits as (

    select written.digit from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as written (digit)

),

years as (

    select tens.digit * 10 + ones.digit as year_number

    from digits as tens

    cross join digits as ones

),

follow_up_in_groups as (

    select
        follow_up_counted.*,
        dense_rank() over (
            order by
                sex asc nulls last, race asc nulls last, era asc nulls last, chemotherapy_index asc nulls last,
                origin_tick asc, age_tick asc
        ) as group_number

    from follow_up_counted

),

groups as (

    select
        group_number,
        sex,
        race,
        era,
        chemotherapy_index,
        ticks_per_year,
        origin_tick,
        age_tick,
        max(exit_tick) as last_exit_tick

    from follow_up_in_groups

    group by group_number, sex, race, era, chemotherapy_index, ticks_per_year, origin_tick, age_tick

),

exits as (

    select
        group_number,
        exit_tick as tick,
        n_exits

    from follow_up_in_groups

),

boundaries as (

    select
        groups.group_number,
        years.year_number * groups.ticks_per_year - groups.origin_tick % groups.ticks_per_year as tick

    from groups

    inner join years
        on years.year_number between 1 and groups.last_exit_tick / groups.ticks_per_year + 1

    union

    select
        groups.group_number,
        years.year_number * groups.ticks_per_year - groups.age_tick % groups.ticks_per_year as tick

    from groups

    inner join years
        on years.year_number between 1 and groups.last_exit_tick / groups.ticks_per_year + 1

    union

    select
        groups.group_number,
        cast(bands.first_months * groups.ticks_per_year / 12 as bigint) as tick

    from groups

    cross join bands

),

boundaries_and_exits as (

    select
        group_number,
        tick,
        true as is_boundary,
        0 as n_exits

    from boundaries

    union all

    select
        group_number,
        tick,
        false as is_boundary,
        n_exits

    from exits

),

{# Whether an exit on a boundary is among those beyond it does not matter: it adds nothing to F. #}
boundaries_with_those_beyond as (

    select
        group_number,
        tick,
        is_boundary,
        sum(n_exits) over (
            partition by group_number
            order by tick desc, is_boundary asc
            rows between unbounded preceding and current row
        ) as n_beyond,
        sum(n_exits * tick) over (
            partition by group_number
            order by tick desc, is_boundary asc
            rows between unbounded preceding and current row
        ) as exit_ticks_beyond

    from boundaries_and_exits

),

boundaries_with_time_beyond as (

    select
        group_number,
        tick,
        exit_ticks_beyond - n_beyond * tick as ticks_beyond,
        lead(exit_ticks_beyond - n_beyond * tick, 1, 0) over (partition by group_number order by tick) as ticks_beyond_next

    from boundaries_with_those_beyond

    where is_boundary

),

pieces as (

    select
        group_number,
        tick,
        ticks_beyond - ticks_beyond_next as person_ticks,
        0 as observed

    from boundaries_with_time_beyond

    where ticks_beyond > ticks_beyond_next

    union all

    {# A second cancer on a boundary falls into the cell that begins there, where its person may have no time at all. #}
    select
        group_number,
        exit_tick as tick,
        0 as person_ticks,
        n_second as observed

    from follow_up_in_groups

    where n_second > 0

),

pieces_placed as (

    select
        groups.sex,
        groups.race,
        groups.era,
        groups.chemotherapy_index,
        groups.ticks_per_year,
        cast(floor((groups.origin_tick + pieces.tick) / groups.ticks_per_year) as integer) as calendar_year,
        cast(floor((groups.age_tick + pieces.tick) / groups.ticks_per_year) as integer) as attained_age_years,
        bands.first_months as band_first_months,
        pieces.person_ticks,
        pieces.observed

    from pieces

    inner join groups
        on pieces.group_number = groups.group_number

    inner join bands
        on
            pieces.tick * 12 >= bands.first_months * groups.ticks_per_year
            and (bands.last_months is null or pieces.tick * 12 < (bands.last_months + 1) * groups.ticks_per_year)

),

person_time_split as (

    select
        sex,
        race,
        era,
        chemotherapy_index,
        attained_age_years,
        calendar_year,
        band_first_months,
        ticks_per_year,
        cast(sum(person_ticks) as bigint) as person_ticks,
        cast(sum(observed) as bigint) as observed

    from pieces_placed

    group by
        sex, race, era, chemotherapy_index, attained_age_years, calendar_year, band_first_months, ticks_per_year

)

select * from person_time_split
