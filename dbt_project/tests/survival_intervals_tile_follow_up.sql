{# From 0 to the end of follow-up without gap or overlap, each interval of some length, and one death at the most. #}
with

intervals as (

    select
        survival_intervals.*,
        lag(stop_months) over (partition by patient_id order by start_months) as stop_before,
        lead(start_months) over (partition by patient_id order by start_months) as start_after

    from {{ ref('survival_intervals') }}

),

patients as (

    select
        patients_at_risk.*,
        cast(latency_ticks as double) * 12 / {{ ticks_per_year() }} as exposed_from_months,
        cast(followed_ticks as double) * 12 / {{ ticks_per_year() }} as exit_months

    from {{ ref('int_patients_at_risk') }} as patients_at_risk

)

select
    intervals.patient_id,
    intervals.start_months,
    intervals.stop_months

from intervals

left join patients
    on intervals.patient_id = patients.patient_id

where
    intervals.start_months is distinct from coalesce(intervals.stop_before, 0)
    or intervals.stop_months <= intervals.start_months
    or (intervals.start_after is not null and intervals.died)
    or (intervals.start_after is null and intervals.died is distinct from patients.died_in_follow_up)
    or intervals.second_cancer is distinct from (intervals.start_after is not null)
    or (
        intervals.start_after is null
        and intervals.stop_months <> patients.exit_months
        and intervals.stop_months <> patients.exposed_from_months + 0.5
    )
