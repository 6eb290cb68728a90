{#
    Standardised incidence ratios in SEER*Stat's own words, without their limits, which are Python's. Overall from diagnosis
    and from the shortest latency; all else from the shortest latency. Cells that no reference rate covers are in observed
    and person_years and not in expected; how much of both they hold is told beside.
#}
with

cells as (

    select * from {{ ref('int_person_time_expected') }}

),

cells_at_risk as (

    select * from cells
    where counts_second_primaries

),

attained_ages as (

    select * from {{ ref('study_attained_ages') }}

),

persons as (

    select * from {{ ref('int_persons_at_risk_counted') }}

),

cells_in_levels as (

    select
        'from_index' as grouping,
        'all' as level,
        cells.*
    from cells
    union all
    select
        'from_latency' as grouping,
        'all' as level,
        cells_at_risk.*
    from cells_at_risk
    union all
    select
        'months_since_index' as grouping,
        months_since_index_band as level,
        cells_at_risk.*
    from cells_at_risk
    union all
    select
        'era' as grouping,
        era as level,
        cells_at_risk.*
    from cells_at_risk
    union all
    select
        'sex' as grouping,
        coalesce(sex, 'Unknown') as level,
        cells_at_risk.*
    from cells_at_risk
    union all
    select
        'race' as grouping,
        coalesce(race, 'Unknown') as level,
        cells_at_risk.*
    from cells_at_risk
    union all
    select
        'chemotherapy' as grouping,
        coalesce(chemotherapy_index, 'Unknown') as level,
        cells_at_risk.*
    from cells_at_risk
    union all
    select
        'attained_age' as grouping,
        attained_ages.attained_age as level,
        cells_at_risk.*
    from cells_at_risk
    inner join attained_ages
        on cells_at_risk.attained_age_years between attained_ages.first_age_years and attained_ages.last_age_years

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
