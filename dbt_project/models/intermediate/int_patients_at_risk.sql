{#
    The corrected cohort of the registry: nothing that came after the index cancer decides who is in it. Every first second
    cancer is an event, whatever its latency and whoever has a third primary; a latency that no method gives is placed by the
    years of diagnosis. Whoever had the second cancer before the index cancer, or with it, is in the table and never at risk.
#}
with

study as (

    select * from {{ ref('study') }}

),

patients as (

    select * from {{ ref('int_patients_with_their_tumors') }}
    where source = 'seer'

),

patients_censored as (

    select
        patients.*,

        study.min_latency_months,
        study.zero_survival_months,
        not patients.has_a_second_cancer or patients.second_cancer_is_after_index as is_at_risk,
        case when study.other_primaries = 'censor' then patients.months_to_other_primary end as months_to_censoring,
        case when study.other_primaries = 'censor' then patients.days_to_other_primary end as days_to_censoring

    from patients

    cross join study

),

{# A second cancer in the very month of another primary is counted: events come before censorings. #}
patients_with_second_cancer as (

    select
        patients_censored.*,

        second_cancer_is_after_index
        and latency_placed_months is not null
        and latency_placed_months <= coalesce(months_to_censoring, latency_placed_months) as has_second_cancer

    from patients_censored

),

{# Where another primary ends the follow-up, nobody dies of it. #}
patients_with_follow_up as (

    select
        patients_with_second_cancer.*,

        case
            when months_to_censoring < survival_months_recorded
                then greatest(cast(months_to_censoring as double), cast(0.5 as double))
            else survival_months
        end as followed_months,
        case when months_to_censoring < survival_months_recorded then false else died end as died_in_follow_up,

        {# On the clock of person-time. Whose follow-up ends with another primary on the first day has half a day. #}
        case
            when coalesce(months_to_censoring >= survival_months_recorded, true) then survival_ticks
            when days_to_censoring > 0 then {{ days_as_ticks('days_to_censoring') }}
            when days_to_censoring is null and months_to_censoring > 0
                then {{ half_months_as_ticks('months_to_censoring * 2') }}
            else cast(300 as bigint)
        end as followed_ticks

    from patients_with_second_cancer

),

{# What happened first, and when; null where neither is known. #}
patients_with_first_event as (

    select
        patients_with_follow_up.*,

        case
            when has_second_cancer and latency_placed_months = 0 then zero_survival_months
            when has_second_cancer then cast(latency_placed_months as double)
            when died is not null then followed_months
        end as months_to_first_event,
        case
            when has_second_cancer then 'second_primary'
            when followed_months is null then null
            when died_in_follow_up then 'death'
            when not died_in_follow_up then 'none'
        end as first_event

    from patients_with_follow_up

),

patients_at_risk as (

    select
        -- who
        patient_id,
        source,
        registry,
        sex,
        race,
        marital_status,

        -- the index cancer
        age_at_index_years,
        age_is_top_coded,
        index_year,
        index_month,
        era,
        chemotherapy_index,
        had_prior_cancer,

        -- what became of the patient
        survival_months,
        survival_months_recorded,
        survival_days,
        survival_ticks,
        died,
        first_rule_failed,
        is_at_risk,

        -- the second cancer
        has_second_cancer,
        has_second_cancer and latency_placed_months >= min_latency_months as has_second_primary,
        case when has_second_cancer then latency_placed_months end as latency_months,
        case when has_second_cancer then coalesce(latency_method, 'diagnosis_years') end as latency_method,
        case
            when has_second_cancer
                then latency_method is null or abs(latency_placed_months - min_latency_months) <= 1
        end as latency_is_uncertain,
        case when has_second_cancer then latency_days end as latency_days,
        case when has_second_cancer then second_histology_code end as second_histology_code,
        case when has_second_cancer then chemotherapy_second end as chemotherapy_second,
        case when has_second_cancer then age_at_second_years end as age_at_second_years,
        case when has_second_cancer then age_group_at_second end as age_group_at_second,
        case when has_second_cancer then months_after_second end as months_after_second,

        -- the follow-up, which another primary may end
        followed_months,
        died_in_follow_up,
        case when has_second_cancer then latency_ticks end as latency_ticks,
        followed_ticks,
        followed_ticks is not null and died_in_follow_up is not null as is_followed,

        -- what happened first
        months_to_first_event,
        first_event,
        months_to_first_event is not null and first_event is not null as first_event_is_known,
        is_at_risk and coalesce(months_to_first_event >= min_latency_months, false) as is_at_risk_after_latency,

        -- where it is written
        load_id,
        source_line,
        case when has_second_cancer then second_load_id end as second_load_id,
        case when has_second_cancer then second_source_line end as second_source_line

    from patients_with_first_event

)

select * from patients_at_risk
