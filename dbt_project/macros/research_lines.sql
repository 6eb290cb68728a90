{# Current lines of a raw table that has the columns of a SEER*Stat case listing: trimmed and renamed, in its own words. #}
{% macro research_lines(raw_table) -%}
{% set texts = [
    'registry', 'record_no', 'sequence', 'n_malignant', 'hist_behav', 'behavior', 'site', 'site_recode', 'dx_conf', 'rept_src',
    'month_dx', 'age_single', 'age_group', 'sex', 'race3', 'race4', 'marital', 'chemo', 'radiation', 'surv_months', 'surv_days',
    'surv_flag', 'vital', 'css',
] %}

with

loads as (

    select * from {{ ref('stg_ledger__loads') }}

),

lines_delivered as (

    select * from {{ source('raw', raw_table) }}

),

current_rows as (

    select
        lines_delivered.load_id,
        lines_delivered.source_line,
        {{ trimmed('lines_delivered.patient_id') }} as patient_id,
        {{ seer_stat_year('lines_delivered.year_dx') }} as diagnosis_year,
        {{ seer_stat_histology('lines_delivered.hist') }} as histology_number,

        -- as delivered
        {% for column in texts %}
            {{ trimmed('lines_delivered.' ~ column) }} as {{ column }}_text,
        {% endfor %}

        -- a whole state has the number that the delivery's own dictionary gives it
        case {{ trimmed('lines_delivered.registry') }}
            when 'California' then loads.california_code
            when 'Georgia' then loads.georgia_code
        end as registry_number,

        -- what only other forms have
        cast(null as date) as birth_date,
        cast(null as date) as diagnosis_date,
        cast(null as date) as last_contact_date

    from lines_delivered

    inner join loads
        on
            lines_delivered.load_id = loads.load_id
            and loads.is_current

)

select * from current_rows
{%- endmacro %}
