{# The published cohort: whoever passes all rules. A second cancer that does not qualify is as if it were not there. #}
{% set of_the_second = [
    'latency_months', 'latency_method', 'latency_is_uncertain', 'second_histology_code', 'chemotherapy_second',
    'age_at_second_years', 'age_group_at_second', 'months_after_second', 'second_load_id', 'second_source_line',
] %}
with

study as (

    select * from {{ ref('study') }}

),

screened_patients as (

    select * from {{ ref('int_patients_with_their_tumors') }}

),

patients as (

    select
        screened_patients.*,

        study.min_latency_months

    from screened_patients

    cross join study

    where screened_patients.is_eligible

),

eligible_patients as (

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
        is_followed,

        -- the second cancer, where it qualifies
        has_second_primary,
        {% for column in of_the_second %}
            case when has_second_primary then {{ column }} end as {{ column }},
        {% endfor %}
        has_second_primary and is_followed_after_second as is_followed_after_second,
        case when has_second_primary then latency_days end as latency_days,
        case when has_second_primary then latency_ticks end as latency_ticks,

        {# Only second cancers after the shortest latency count, so only the time after it is at risk. #}
        greatest(
            0,
            {{ last_tick('has_second_primary', 'survival_ticks') }} - {{ half_months_as_ticks('min_latency_months * 2') }}
        ) as ticks_at_risk,

        -- where it is written
        load_id,
        source_line

    from patients

),

{# What happened first after the index cancer, and when; null where neither is known. #}
eligible_patients_with_first_event as (

    select
        eligible_patients.*,

        case
            when has_second_primary then cast(latency_months as double)
            when died is not null then survival_months
        end as months_to_first_event,

        case
            when has_second_primary then 'second_primary'
            when survival_months is null then null
            when died then 'death'
            when not died then 'none'
        end as first_event

    from eligible_patients

)

select * from eligible_patients_with_first_event
