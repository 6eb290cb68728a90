with

study as (

    select * from {{ ref('study') }}

),

person_time as (

    select * from {{ ref('int_person_time_split') }}

),

bands as (

    select * from {{ ref('study_time_bands') }}

),

reference_cases as (

    select * from {{ ref('int_reference_cases_counted') }}

),

person_time_in_reference_strata as (

    select
        person_time.*,
        {{ age_group_number('person_time.attained_age_years') }} as age_group_number,
        {{ five_year_period('person_time.calendar_year', 'study.first_year') }} as period_first_year

    from person_time

    cross join study

),

person_time_expected as (

    select
        person_time.sex,
        person_time.race,
        person_time.era,
        person_time.chemotherapy_index,
        person_time.attained_age_years,
        person_time.age_group_number,
        person_time.calendar_year,
        person_time.band_first_months,
        bands.months_since_index,
        bands.months_since_index_band,
        bands.counts_second_primaries,
        person_time.observed,
        person_time.person_ticks,
        person_time.ticks_per_year,

        {{ exact_decimal(
            "person_time.person_ticks * reference_cases.n_cases"
            " / (person_time.ticks_per_year * cast(reference_cases.population as double))"
        ) }} as expected

    from person_time_in_reference_strata as person_time

    inner join bands
        on person_time.band_first_months = bands.first_months

    left join reference_cases
        on
            person_time.age_group_number = reference_cases.age_group_number
            and person_time.sex = reference_cases.sex
            and person_time.race = reference_cases.race
            and person_time.period_first_year = reference_cases.period_first_year

)

select * from person_time_expected
