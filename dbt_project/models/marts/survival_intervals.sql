{#
    Times are those of person-time, in months: to the day where days are delivered, else to the middle of the last month. Were
    everybody's death half a month early and nobody's exposure, a second cancer would seem to do harm.
#}
with

patients as (

    select
        patients_at_risk.*,
        cast(latency_ticks as double) * 12 / {{ ticks_per_year() }} as exposed_from_months,
        cast(followed_ticks as double) * 12 / {{ ticks_per_year() }} as exit_months

    from {{ ref('int_patients_at_risk') }} as patients_at_risk

    where is_at_risk and is_followed

),

{# With a second cancer a patient has two intervals: exposed from the latency on, for half a month at the least. #}
unexposed_intervals as (

    select
        patients.*,

        cast(0 as double) as start_months,
        case when has_second_cancer then exposed_from_months else exit_months end as stop_months,
        false as exposed,
        died_in_follow_up and not has_second_cancer as died_in_interval,
        has_second_cancer as second_cancer

    from patients

    where not has_second_cancer or exposed_from_months > 0

),

exposed_intervals as (

    select
        patients.*,

        exposed_from_months as start_months,
        case
            when exit_months > exposed_from_months then exit_months else exposed_from_months + cast(0.5 as double)
        end as stop_months,
        true as exposed,
        died_in_follow_up as died_in_interval,
        false as second_cancer

    from patients

    where has_second_cancer

),

intervals as (

    select * from unexposed_intervals
    union all
    select * from exposed_intervals

)

select
    patient_id,
    start_months,
    stop_months,
    exposed,
    died_in_interval as died,
    second_cancer,
    sex,
    race,
    era,
    index_year,
    age_at_index_years,
    chemotherapy_index

from intervals
