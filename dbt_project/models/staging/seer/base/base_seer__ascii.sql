{# Lines of SEER's fixed-width files: the columns of a case listing, in codes. #}
{% set texts = [
    'registry', 'record_no', 'sequence', 'n_malignant', 'hist_behav', 'behavior', 'site', 'site_recode', 'dx_conf', 'rept_src',
    'month_dx', 'age_single', 'age_group', 'sex', 'race3', 'race4', 'marital', 'chemo', 'radiation', 'surv_months', 'surv_days',
    'surv_flag', 'vital', 'css',
] %}

with

loads as (

    select * from {{ ref('stg_ledger__loads') }}

),

records as (

    select * from {{ source('raw', 'seer_ascii') }}

),

current_rows as (

    select
        records.load_id,
        records.source_line,
        {{ trimmed('records.patient_id') }} as patient_id,
        {{ seer_stat_year('records.year_dx') }} as diagnosis_year,
        {{ seer_stat_histology('records.hist') }} as histology_number,

        -- as delivered
        {% for column in texts %}
            {{ trimmed('records.' ~ column) }} as {{ column }}_text,
        {% endfor %}

        -- what only other forms have
        cast(null as {{ string_type() }}) as registry_number,
        cast(null as date) as birth_date,
        cast(null as date) as diagnosis_date,
        cast(null as date) as last_contact_date

    from records

    inner join loads
        on
            records.load_id = loads.load_id
            and loads.is_current

)

select * from current_rows
