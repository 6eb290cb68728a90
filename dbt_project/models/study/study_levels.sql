{#
    The groupings by which observed second cancers are held against expected ones, level by level. A level is of persons with
    one trait, of some time since the index cancer, or of some ages; null is any. Second primaries count from the shortest
    latency on, and so do all groupings but the one that shows what the time before it does.
#}
with

study as (

    select * from {{ ref('study') }}

),

eras as (

    select * from {{ ref('study_eras') }}

),

bands as (

    select
        months_since_index_band,
        min(first_months) as first_months,
        case when count(last_months) = count(*) then max(last_months) end as last_months

    from {{ ref('study_time_bands') }}

    where counts_second_primaries

    group by months_since_index_band

),

attained_ages as (

    select * from {{ ref('study_attained_ages') }}

),

traits as (

    select * from (
        values
        ('sex', 'Male'),
        ('sex', 'Female'),
        ('sex', 'Unknown'),
        ('race', 'White'),
        ('race', 'Black'),
        ('race', 'Other'),
        ('race', 'Unknown'),
        ('chemotherapy', 'Yes'),
        ('chemotherapy', 'No/Unknown'),
        ('chemotherapy', 'Unknown')
    ) as written (trait, level)

),

levels as (

    select
        'from_index' as grouping,
        'all' as level,
        0 as first_months,
        cast(null as integer) as last_months,
        cast(null as integer) as first_age_years,
        cast(null as integer) as last_age_years

    from study

    union all

    select
        'from_latency' as grouping,
        'all' as level,
        min_latency_months as first_months,
        null as last_months,
        null as first_age_years,
        null as last_age_years

    from study

    union all

    select
        'months_since_index' as grouping,
        months_since_index_band as level,
        first_months,
        last_months,
        null as first_age_years,
        null as last_age_years

    from bands

    union all

    select
        'attained_age' as grouping,
        attained_ages.attained_age as level,
        study.min_latency_months as first_months,
        null as last_months,
        attained_ages.first_age_years,
        attained_ages.last_age_years

    from attained_ages

    cross join study

    union all

    select
        'era' as grouping,
        eras.era as level,
        study.min_latency_months as first_months,
        null as last_months,
        null as first_age_years,
        null as last_age_years

    from eras

    cross join study

    union all

    select
        traits.trait as grouping,
        traits.level,
        study.min_latency_months as first_months,
        null as last_months,
        null as first_age_years,
        null as last_age_years

    from traits

    cross join study

),

levels_with_traits as (

    select
        grouping,
        level,

        -- of whom
        case when grouping = 'era' then level end as era,
        case when grouping = 'sex' then level end as sex,
        case when grouping = 'race' then level end as race,
        case when grouping = 'chemotherapy' then level end as chemotherapy_index,

        -- of when
        first_months,
        last_months,
        first_age_years,
        last_age_years

    from levels

)

select * from levels_with_traits
