with

loads as (

    select * from {{ ref('stg_ledger__loads') }}

),

populations as (

    select * from {{ source('raw', 'populations') }}

),

populations_read as (

    select
        -- ids
        populations.load_id,
        populations.source_line,

        -- where
        {{ trimmed('populations.state') }} as state,
        {{ trimmed('populations.registry') }} as registry_code,

        -- who and when
        {{ safe_integer(trimmed('populations.year')) }} as calendar_year,
        case {{ trimmed('populations.sex') }} when '1' then 'Male' when '2' then 'Female' end as sex,
        case {{ trimmed('populations.race') }}
            when '1' then 'White'
            when '2' then 'Black'
            when '3' then 'Other'
            when '4' then 'Other'
        end as race,
        {{ safe_integer(trimmed('populations.age')) }} as age_delivered,
        max({{ safe_integer(trimmed('populations.age')) }}) over (partition by populations.load_id) as oldest_delivered,

        -- how many: the older layout has one decimal
        cast({{ trimmed('populations.population') }} as decimal(14, 1)) as population

    from populations

    inner join loads
        on
            populations.load_id = loads.load_id
            and loads.is_current

),

{# A load has the nineteen groups, or those with 85 to 89 and 90 and over apart, or single years of age. #}
populations_grouped as (

    select
        load_id,
        source_line,
        state,
        registry_code,
        calendar_year,
        sex,
        race,
        case
            when oldest_delivered <= 18 then age_delivered
            when oldest_delivered = 19 then least(age_delivered, 18)
            else {{ age_group_number('age_delivered') }}
        end as age_group_number,
        population

    from populations_read

)

select * from populations_grouped
