{#
    Every ratio of observed over expected at once: person-time, observed and expected second primaries by all traits and levels
    that the SIRs know, from the diagnosis of the index cancer on. A SIR is a sum of these rows, and so is that of any group made
    of them. Ticks and decimals add up to the same sum in any order.
#}
with

cells as (

    select * from {{ ref('int_person_time_expected') }}

),

attained_ages as (

    select * from {{ ref('study_attained_ages') }}

),

cells_in_levels as (

    select
        coalesce(cells.sex, 'Unknown') as sex,
        coalesce(cells.race, 'Unknown') as race,
        coalesce(cells.chemotherapy_index, 'Unknown') as chemotherapy_index,
        cells.era,
        cells.months_since_index,
        cells.months_since_index_band,
        cells.counts_second_primaries,
        attained_ages.attained_age,
        cells.expected is not null as has_reference_rate,
        cells.observed,
        cells.person_ticks,
        cells.ticks_per_year,
        cells.expected

    from cells

    inner join attained_ages
        on cells.attained_age_years between attained_ages.first_age_years and attained_ages.last_age_years

),

person_time_by_group as (

    select
        sex,
        race,
        chemotherapy_index,
        era,
        months_since_index,
        months_since_index_band,
        counts_second_primaries,
        attained_age,
        has_reference_rate,
        cast(sum(observed) as bigint) as observed,
        cast(sum(person_ticks) as bigint) as person_ticks,
        ticks_per_year,
        cast(sum(expected) as decimal(28, 15)) as expected

    from cells_in_levels

    group by
        sex, race, chemotherapy_index, era, months_since_index, months_since_index_band, counts_second_primaries, attained_age,
        has_reference_rate, ticks_per_year

)

select * from person_time_by_group
