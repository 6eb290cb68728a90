{# A delivery replaces the one before it, whatever its form: the tumours of one form are current, of the other there are none. #}
{% set columns = [
    'load_id', 'source_line', 'patient_id', 'registry_code', 'registry', 'record_number', 'sequence_code',
    'sequence_family', 'sequence_number', 'sequence_total', 'lifetime_primaries', 'icdo3_histology_code',
    'icdo3_behavior_code', 'icdo3_site_code', 'site_recode_code', 'diagnostic_confirmation_code',
    'reporting_source_code', 'diagnosis_date', 'diagnosis_year', 'diagnosis_month', 'age_at_diagnosis_years',
    'age_precision', 'sex_code', 'race_code', 'marital_status_code', 'chemotherapy', 'radiation_code',
    'survival_months', 'survival_months_status', 'survival_days', 'survival_flag_code', 'last_contact_date',
    'vital_status', 'cause_specific_death_code',
] %}

with

research_tumors as (

    select * from {{ ref('stg_seer__research_tumors') }}

),

naaccr_tumors as (

    select * from {{ ref('stg_seer__naaccr_tumors') }}

),

tumors as (

    select {{ columns | join(', ') }} from research_tumors

    union all

    select {{ columns | join(', ') }} from naaccr_tumors

)

select * from tumors
