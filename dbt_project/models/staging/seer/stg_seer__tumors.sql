{# Every form's tumours, decoded once: each label looked up, each value read. Labels and codes are both in the vocabulary. #}
{% set columns = [
    'load_id', 'source_line', 'patient_id', 'diagnosis_year', 'histology_number', 'registry_number', 'birth_date',
    'diagnosis_date', 'last_contact_date', 'registry_text', 'record_no_text', 'sequence_text', 'n_malignant_text',
    'hist_behav_text', 'behavior_text', 'site_text', 'site_recode_text', 'dx_conf_text', 'rept_src_text', 'month_dx_text',
    'age_single_text', 'age_group_text', 'sex_text', 'race3_text', 'race4_text', 'marital_text', 'chemo_text',
    'radiation_text', 'surv_months_text', 'surv_days_text', 'surv_flag_text', 'vital_text', 'css_text',
] %}
{% set coded = [
    'registry', 'sequence', 'behavior', 'site_recode', 'dx_conf', 'rept_src', 'month_dx', 'age_group', 'sex', 'race3', 'race4',
    'marital', 'chemo', 'radiation', 'surv_flag', 'vital', 'css',
] %}
{% set not_coded = ['age_single', 'surv_months', 'surv_days'] %}

with

codes as (

    select * from {{ source('raw', 'vocabulary') }}

),

tumors as (

    {{ tumors_of_every_form(columns) }}

),

{# Labels in the form that the vocabulary keys. #}
tumors_labelled as (

    select
        tumors.*,
        {% for column in coded + not_coded %}
            {{ normalised_label('tumors.' ~ column ~ '_text') }} as {{ column }}_label,
        {% endfor %}
        upper(replace(tumors.site_text, '.', '')) as site_letters

    from tumors

),

{# Each label's code. A label that says nothing (Blank(s), an empty cell) has none. #}
tumors_coded as (

    select
        tumors_labelled.*,
        {% for column in coded %}
            {{ column }}_codes.code as {{ column }}_code,
        {% endfor %}
        registry_codes.meaning as registry_name

    from tumors_labelled

    {% for column in coded %}
        left join codes as {{ column }}_codes
            on
                {{ column }}_codes.column_name = '{{ column }}'
                and tumors_labelled.{{ column }}_label = {{ column }}_codes.label

    {% endfor %}

),

tumors_with_numbers as (

    select
        tumors_coded.*,
        coalesce({{ safe_integer('sequence_code') }}, 99) as sequence_number_code,
        nullif({{ safe_integer('month_dx_code') }}, 99) as diagnosis_month,
        nullif({{ safe_integer('age_group_code') }}, 99) as age_group_number,

        {# SEER writes 999 for an unknown age in its coded files, and bands where single years are not exported. #}
        nullif({{ safe_integer("regexp_extract(age_single_label, '^([0-9]+)', 1)") }}, 999) as age_single_years,
        regexp_extract(age_single_label, '^([0-9]+).*[+]', 1) <> '' as age_is_over,
        {{ completed_years('birth_date', 'diagnosis_date') }} as age_from_dates_years,

        {# Code 9999 stands for unknown in months; in days it would be an ordinary number. #}
        nullif({{ safe_integer('surv_months_label') }}, 9999) as survival_months,
        {{ safe_integer('surv_days_label') }} as survival_days

    from tumors_coded

),

{# The nineteen groups: under 1, 1 to 4, then fives of years up to 85 and over (18, or 90 and over as 19). #}
tumors_with_age_groups as (

    select
        tumors_with_numbers.*,

        case
            when age_group_number <= 1 then age_group_number
            else (age_group_number - 1) * 5
        end as age_group_first_years

    from tumors_with_numbers

),

tumors_decoded as (

    select
        -- ids
        load_id,
        source_line,
        patient_id,
        coalesce(registry_code, registry_number) as registry_code,
        coalesce(registry_name, nullif(registry_text, '')) as registry,
        {{ safe_integer('record_no_text') }} as record_number,

        -- how many
        sequence_number_code as sequence_code,
        {{ sequence_family('sequence_number_code') }} as sequence_family,
        {{ sequence_number('sequence_number_code') }} as sequence_number,
        {{ sequence_total('sequence_number_code') }} as sequence_total,
        nullif({{ safe_integer('n_malignant_text') }}, 99) as lifetime_primaries,

        -- what it was
        coalesce(
            cast(histology_number as {{ string_type() }}),
            nullif(regexp_extract(hist_behav_text, '^([0-9]{4})/[0-9]', 1), '')
        ) as icdo3_histology_code,
        coalesce(
            behavior_code,
            nullif(regexp_extract(hist_behav_text, '^[0-9]{4}/([0-9])', 1), '')
        ) as icdo3_behavior_code,
        case
            when regexp_extract(site_letters, '^C?([0-9]{3})', 1) <> ''
                then concat('C', regexp_extract(site_letters, '^C?([0-9]{3})', 1))
        end as icdo3_site_code,
        site_recode_code,
        dx_conf_code as diagnostic_confirmation_code,
        rept_src_code as reporting_source_code,

        -- when
        diagnosis_date,
        diagnosis_year,
        diagnosis_month,

        {# Dates say how much over a top code; elsewhere the delivered age goes before them. #}
        case
            when age_is_over and age_from_dates_years is not null then age_from_dates_years
            else coalesce(age_single_years, age_group_first_years, age_from_dates_years)
        end as age_at_diagnosis_years,
        case
            when age_is_over and age_from_dates_years is not null then 'single_year'
            when age_is_over then 'top_coded'
            when age_single_years is not null then 'single_year'
            when age_group_first_years is not null and age_group_label like '%+%' then 'top_coded'
            when age_group_first_years is not null then 'band'
            when age_from_dates_years is not null then 'single_year'
            else 'unknown'
        end as age_precision,

        -- who
        sex_code,
        coalesce(race3_code, case race4_code when '4' then '3' else race4_code end) as race_code,
        marital_code as marital_status_code,

        -- treatment
        case chemo_code when '1' then 'yes' when '0' then 'no_or_unknown' end as chemotherapy,
        radiation_code,

        -- what became of it
        survival_months,
        case
            when survival_months is not null then 'known'
            when surv_months_label in ('unknown', '9999') then 'unknown'
            when surv_months_label = 'blank(s)' then 'blank'
            when coalesce(surv_months_label, '') = '' then 'missing'
            else 'unreadable'
        end as survival_months_status,
        survival_days,
        surv_flag_code as survival_flag_code,
        last_contact_date,
        case vital_code when '1' then 'alive' when '0' then 'dead' end as vital_status,
        css_code as cause_specific_death_code

    from tumors_with_age_groups

)

select * from tumors_decoded
