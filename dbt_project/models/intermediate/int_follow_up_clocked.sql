{#
    Follow-up in whole half-months, so that person-time adds up exactly on any number of threads. Of the date of diagnosis
    the year is known, seldom the month: it is put at mid-year (mid-month), or as early in the year as the cutoff demands
    of the survival recorded (completed months, so that follow-up ends before the cutoff and never on it). Of the age the
    completed years are known: half a year is added.
#}
with

study as (

    select * from {{ ref('study') }}

),

patients as (

    select * from {{ ref('int_patients_eligible') }}
    where source = 'seer' and months_to_first_event is not null and survival_months is not null

),

patients_with_a_cutoff as (

    select
        patients.*,

        24 as ticks_per_year,
        cast(extract(year from study.study_cutoff) as integer) * 24
        + cast(extract(month from study.study_cutoff) as integer) * 2
        - case when extract(day from study.study_cutoff) > 15 then 0 else 2 end as cutoff_tick

    from patients

    cross join study

),

patients_with_an_origin as (

    select
        patients_with_a_cutoff.*,

        greatest(
            index_year * 24,
            least(
                index_year * 24 + case when index_month is null then 12 else index_month * 2 - 1 end,
                cutoff_tick - survival_months_recorded * 2 - 1
            )
        ) as origin_tick

    from patients_with_a_cutoff

),

follow_up_clocked as (

    select
        -- who
        patient_id,
        sex,
        race,
        era,
        chemotherapy_index,
        age_at_index_years,
        age_at_second_years,

        -- when, in half-months
        ticks_per_year,
        origin_tick,
        age_at_index_years * 24 + 12 as age_tick,
        greatest(0, least(cast(months_to_first_event * 2 as integer), cutoff_tick - origin_tick - 1)) as exit_tick,

        -- how it ended
        has_second_primary

    from patients_with_an_origin

)

select * from follow_up_clocked
