with

patients as (

    select *

    from {{ ref('int_patients_eligible') }}

    where source = 'seer' and survival_months is not null and died is not null

),

{# With a second primary a patient has two intervals: exposed from the latency on, for half a month at the least. #}
unexposed_intervals as (

    select
        patients.*,

        cast(0 as double) as start_months,
        case when has_second_primary then cast(latency_months as double) else survival_months end as stop_months,
        false as exposed,
        died and not has_second_primary as died_in_interval,
        has_second_primary as second_cancer

    from patients

),

exposed_intervals as (

    select
        patients.*,

        cast(latency_months as double) as start_months,
        case
            when survival_months > latency_months then survival_months else latency_months + cast(0.5 as double)
        end as stop_months,
        true as exposed,
        died as died_in_interval,
        false as second_cancer

    from patients

    where has_second_primary

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
    age_at_index_years,
    chemotherapy_index

from intervals
