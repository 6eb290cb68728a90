{#
    Follow-up of the corrected cohort on the calendar, in whole ticks (macros/time.sql). Of the date of diagnosis the year is
    known, seldom the month: it is put at mid-year (mid-month), or as early in the year as the cutoff demands of the follow-up.
    Of the age the completed years are known: half a year is added. What ends on the cutoff falls a tick before it, into the
    last year of the study.
#}
with

study as (

    select * from {{ ref('study') }}

),

patients as (

    select * from {{ ref('int_patients_at_risk') }}
    where is_at_risk and first_event_is_known

),

patients_with_ticks as (

    select
        patients.*,

        {{ ticks_per_year() }} as ticks_per_year,
        cast(extract(year from study.study_cutoff) as bigint) * {{ ticks_per_year() }}
        + {{ half_months_as_ticks(
            'extract(month from study.study_cutoff) * 2 - case when extract(day from study.study_cutoff) > 15 then 0 else 2 end'
        ) }} as cutoff_tick

    from patients

    cross join study

),

patients_with_an_origin as (

    select
        patients_with_ticks.*,

        greatest(
            index_year * ticks_per_year,
            least(
                index_year * ticks_per_year
                + {{ half_months_as_ticks('case when index_month is null then 12 else index_month * 2 - 1 end') }},
                cutoff_tick - coalesce(survival_ticks, 0) - 1
            )
        ) as origin_tick

    from patients_with_ticks

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

        -- when, in ticks
        ticks_per_year,
        origin_tick,
        cast(age_at_index_years * ticks_per_year + ticks_per_year / 2 as bigint) as age_tick,
        greatest(0, least(
            {{ last_tick('has_second_cancer', 'followed_ticks') }},
            cutoff_tick - origin_tick - 1
        )) as exit_tick,

        -- how it ended
        has_second_cancer

    from patients_with_an_origin

)

select * from follow_up_clocked
