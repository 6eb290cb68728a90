{# Tumours of NAACCR files, in codes. The registry's own derivation goes before what it was derived from. #}
{% set texts = [
    'registry', 'record_no', 'behavior', 'dx_conf', 'rept_src', 'age_single', 'sex', 'marital', 'chemo', 'radiation',
    'surv_months', 'surv_flag', 'css',
] %}
{% set not_items = ['n_malignant', 'hist_behav', 'site_recode', 'age_group', 'race4', 'surv_days'] %}

with

loads as (

    select * from {{ ref('stg_ledger__loads') }}

),

tumors as (

    select * from {{ source('raw', 'naaccr_tumors') }}

),

current_rows as (

    select
        tumors.load_id,
        tumors.source_line,
        {{ trimmed('tumors.patient_id') }} as patient_id,
        {{ naaccr_year('tumors.date_of_diagnosis') }} as diagnosis_year,
        {{ safe_integer(trimmed('tumors.hist')) }} as histology_number,
        nullif(trim(leading '0' from {{ trimmed('tumors.registry') }}), '') as registry_number,
        {{ naaccr_date('tumors.date_of_birth') }} as birth_date,
        {{ naaccr_date('tumors.date_of_diagnosis') }} as diagnosis_date,
        {{ naaccr_date('tumors.date_of_last_contact') }} as last_contact_date,

        -- what only research data have
        {% for column in not_items %}
            cast(null as {{ string_type() }}) as {{ column }}_text,
        {% endfor %}

        -- as delivered, or what comes nearest; a blank is as good as no item
        {% for column in texts %}
            {{ trimmed('tumors.' ~ column) }} as {{ column }}_text,
        {% endfor %}
        coalesce(nullif({{ trimmed('tumors.sequence') }}, ''), {{ trimmed('tumors.sequence_number_hospital') }}) as sequence_text,
        coalesce(
            nullif({{ trimmed('tumors.vital') }}, ''), nullif({{ trimmed('tumors.vital_status') }}, '')
        ) as vital_text,
        case
            when upper(replace({{ trimmed('tumors.site') }}, '.', '')) like 'C___' then {{ trimmed('tumors.site') }}
        end as site_text,
        {{ naaccr_month('tumors.date_of_diagnosis') }} as month_dx_text,
        {{ naaccr_race_recode('tumors.race_detail', 'tumors.ihs_link') }} as race3_text

    from tumors

    inner join loads
        on
            tumors.load_id = loads.load_id
            and loads.is_current

)

select * from current_rows
