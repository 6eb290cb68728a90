with

study as (

    select * from {{ ref('study') }}

),

tumors as (

    select * from {{ ref('int_tumors_conformed') }}

),

tumors_in_study as (

    select * from {{ ref('int_tumors_in_study') }}
    where role = 'second'

),

index_tumors as (

    select * from {{ ref('int_index_tumors_chosen') }}

),

{# Where the lists overlap, the index tumour itself is no second cancer. #}
second_tumors_of_index_patients as (

    select
        tumors_in_study.definition,
        tumors.*

    from tumors_in_study

    inner join index_tumors
        on
            tumors_in_study.source = index_tumors.source
            and tumors_in_study.patient_id = index_tumors.patient_id
            and tumors_in_study.tumor_id <> index_tumors.tumor_id

    inner join tumors
        on tumors_in_study.tumor_id = tumors.tumor_id

),

second_tumors_in_order as (

    select
        second_tumors_of_index_patients.*,

        row_number() over (
            partition by definition, source, patient_id
            order by {{ earliest_tumor_first() }}
        ) as order_number

    from second_tumors_of_index_patients

),

{# The person's earliest second-cancer record, whether it comes before or after the index: the rules need to know. #}
second_tumors_beside_index as (

    select
        second.definition,
        index_tumor.source,
        index_tumor.patient_id,
        index_tumor.tumor_id as index_tumor_id,
        second.tumor_id as second_tumor_id,
        second.load_id as second_load_id,
        second.source_line as second_source_line,
        second.icdo3_histology_code as second_histology_code,
        second.diagnosis_year as second_year,
        second.age_at_diagnosis_years as age_at_second_years,
        second.chemotherapy as chemotherapy_second,
        second.survival_months as survival_months_after_second,
        coalesce({{ first_tumor_precedes('index_tumor', 'second') }}, false) as is_after_index,

        -- the methods of study_defaults in order: what the hospital recorded, days, months, dates, years
        second.recorded_latency_months,
        index_tumor.survival_days - second.survival_days as days_between,
        {{ completed_months('index_tumor.survival_days - second.survival_days') }} as months_by_days,
        index_tumor.survival_months - second.survival_months as months_by_survival,
        {{ months_between_diagnoses('index_tumor', 'second') }} as months_by_dates,
        second.diagnosis_year - index_tumor.diagnosis_year as years_between,
        study.min_latency_months

    from second_tumors_in_order as second

    inner join index_tumors as index_tumor
        on
            second.source = index_tumor.source
            and second.patient_id = index_tumor.patient_id

    cross join study

    where second.order_number = 1

),

second_tumors_with_latency as (

    select
        second_tumors_beside_index.*,

        case
            when recorded_latency_months is not null then 'recorded'
            when months_by_days is not null then 'survival_days'
            when months_by_survival is not null then 'survival_months'
            when months_by_dates is not null then 'diagnosis_months'
            {# A difference of n years is more than n - 1: enough only where that is already long enough. #}
            when (years_between - 1) * 12 >= min_latency_months then 'diagnosis_years'
        end as latency_method,

        case
            when recorded_latency_months is not null then recorded_latency_months
            when months_by_days is not null then months_by_days
            when months_by_survival is not null then months_by_survival
            when months_by_dates is not null then months_by_dates
            when (years_between - 1) * 12 >= min_latency_months then years_between * 12
        end as latency_months,

        {{ months_between_years('years_between') }} as months_by_years

    from second_tumors_beside_index

),

second_tumors_linked_to_index as (

    select
        source,
        patient_id,
        definition,

        -- the two tumours
        index_tumor_id,
        second_tumor_id,
        second_load_id,
        second_source_line,

        -- the second
        second_histology_code,
        second_year,
        age_at_second_years,
        chemotherapy_second,
        survival_months_after_second,

        -- the time between
        is_after_index,
        latency_months,
        latency_method,
        abs(latency_months - min_latency_months) <= 1 as latency_is_uncertain,
        case when latency_method = 'survival_days' then days_between end as latency_days,
        case
            when coalesce(latency_months, months_by_years) is not null
                then greatest(coalesce(latency_months, months_by_years), 0)
        end as latency_placed_months,
        case
            when not is_after_index then 'not_after_index'
            when latency_months is null then 'unknown'
            when latency_months < min_latency_months then 'too_soon'
            else 'qualifies'
        end as latency_status

    from second_tumors_with_latency

)

select * from second_tumors_linked_to_index
