{#
    Standardised incidence ratios in SEER*Stat's own words, without their limits, which are Python's. Cells that no reference
    rate covers are in observed and person_years and not in expected; how much of both they hold is told beside.
#}
with

cells as (

    select * from {{ ref('int_person_time_expected') }}

),

levels as (

    select * from {{ ref('study_levels') }}

),

persons as (

    select * from {{ ref('int_persons_at_risk_counted') }}

),

cells_in_levels as (

    select
        levels.grouping,
        levels.level,
        cells.observed,
        cells.expected,
        cells.person_ticks,
        cells.ticks_per_year

    from cells

    inner join levels
        on
            {{ is_of_the_level('cells', 'levels') }}
            and cells.band_first_months >= levels.first_months
            and (levels.last_months is null or cells.band_first_months <= levels.last_months)
            and (levels.first_age_years is null or cells.attained_age_years >= levels.first_age_years)
            and (levels.last_age_years is null or cells.attained_age_years <= levels.last_age_years)

),

cells_counted as (

    select
        grouping,
        level,
        cast(sum(observed) as bigint) as observed,
        {{ decimal_as_double('sum(expected)') }} as expected,
        cast(sum(person_ticks) as double) / min(ticks_per_year) as person_years,
        count(*) filter (where expected is null) as n_unmatched_cells,
        cast(coalesce(sum(observed) filter (where expected is null), 0) as bigint) as observed_unmatched,
        cast(coalesce(sum(person_ticks) filter (where expected is null), 0) as double)
        / min(ticks_per_year) as person_years_unmatched

    from cells_in_levels

    group by grouping, level

),

sir as (

    select
        cells_counted.grouping,
        cells_counted.level,
        cells_counted.observed,
        cells_counted.expected,
        cells_counted.person_years,
        persons.persons,
        persons.persons_unmatched,
        persons.mean_age_at_index_years,
        persons.mean_age_at_second_years,
        cells_counted.n_unmatched_cells,
        cells_counted.observed_unmatched,
        cells_counted.person_years_unmatched

    from cells_counted

    inner join persons
        on
            cells_counted.grouping = persons.grouping
            and cells_counted.level = persons.level

)

select * from sir
