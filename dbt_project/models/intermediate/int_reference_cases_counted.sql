{#
    The rate at which anyone in the registries' population gets the second cancer, in five calendar years at a time. Numerator
    and denominator are of the same registries and years; where they cannot be (reference_coverage) there is no rate.
#}
with

study as (

    select * from {{ ref('study') }}

),

coverage as (

    select * from {{ ref('int_reference_coverage_judged') }}
    where state = 'value'

),

cells as (

    select * from {{ ref('int_reference_cells_matched') }}

),

reference_cases_counted as (

    select
        cells.age_group_number,
        cells.sex,
        cells.race,
        {{ five_year_period('cells.calendar_year', 'study.first_year') }} as period_first_year,
        cast(sum(cells.n_cases) as bigint) as n_cases,
        sum(cells.population) as population

    from cells

    cross join coverage

    cross join study

    group by 1, 2, 3, 4

)

select * from reference_cases_counted
