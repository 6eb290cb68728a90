{% set coded_columns = [
    'registry', 'sequence', 'sex', 'marital', 'behavior', 'dx_conf', 'rept_src', 'chemo', 'radiation', 'surv_flag', 'vital',
    'css',
] %}

with

loads as (

    select * from {{ ref('stg_ledger__loads') }}

),

tumors as (

    select * from {{ source('raw', 'naaccr_tumors') }}

),

codes as (

    select * from {{ source('raw', 'vocabulary') }}

),

{# Items as delivered. The registry's own derivation goes before what it was derived from; a blank is as good as no item. #}
current_rows as (

    select
        tumors.load_id,
        tumors.source_line,
        {{ trimmed('tumors.patient_id') }} as patient_id,
        {{ trimmed('tumors.registry') }} as registry_item,
        coalesce(nullif({{ trimmed('tumors.sequence') }}, ''), {{ trimmed('tumors.sequence_number_hospital') }}) as sequence_item,
        {{ trimmed('tumors.sex') }} as sex_item,
        {{ trimmed('tumors.race_detail') }} as race_item,
        tumors.ihs_link,
        {{ trimmed('tumors.marital') }} as marital_item,
        {{ trimmed('tumors.behavior') }} as behavior_item,
        {{ trimmed('tumors.dx_conf') }} as dx_conf_item,
        {{ trimmed('tumors.rept_src') }} as rept_src_item,
        {{ trimmed('tumors.chemo') }} as chemo_item,
        {{ trimmed('tumors.radiation') }} as radiation_item,
        {{ trimmed('tumors.surv_flag') }} as surv_flag_item,
        coalesce(nullif({{ trimmed('tumors.vital') }}, ''), {{ trimmed('tumors.vital_status') }}) as vital_item,
        {{ trimmed('tumors.css') }} as css_item,
        {{ trimmed('tumors.surv_months') }} as surv_months_item,
        upper(replace({{ trimmed('tumors.site') }}, '.', '')) as site_text,
        {{ safe_integer(trimmed('tumors.record_no')) }} as record_number,
        {{ safe_integer(trimmed('tumors.hist')) }} as histology_number,
        nullif({{ safe_integer(trimmed('tumors.age_single')) }}, 999) as age_years,
        {{ naaccr_date('tumors.date_of_birth') }} as birth_date,
        {{ naaccr_date('tumors.date_of_diagnosis') }} as diagnosis_date,
        {{ naaccr_year('tumors.date_of_diagnosis') }} as diagnosis_year,
        {{ naaccr_month('tumors.date_of_diagnosis') }} as diagnosis_month,
        {{ naaccr_date('tumors.date_of_last_contact') }} as last_contact_date

    from tumors

    inner join loads
        on
            tumors.load_id = loads.load_id
            and loads.is_current

),

{# The codes of today: what was written another way before, or by one registry alone, is in the vocabulary. #}
rows_coded as (

    select
        current_rows.*,
        {% for column in coded_columns %}
            {{ column }}_codes.code as {{ column }}_code,
        {% endfor %}
        registry_codes.meaning as registry_name

    from current_rows

    {% for column in coded_columns %}
        left join codes as {{ column }}_codes
            on {{ column }}_codes.column_name = '{{ column }}' and current_rows.{{ column }}_item = {{ column }}_codes.label

    {% endfor %}

),

rows_decoded as (

    select
        rows_coded.*,
        coalesce({{ safe_integer('rows_coded.sequence_code') }}, 99) as sequence_number_code,
        nullif({{ safe_integer('surv_months_item') }}, 9999) as survival_months,
        coalesce(age_years, {{ completed_years('birth_date', 'diagnosis_date') }}) as age_at_diagnosis_years

    from rows_coded

),

tumors_read as (

    select
        -- ids
        load_id,
        source_line,
        patient_id,
        coalesce(registry_code, nullif(trim(leading '0' from registry_item), '')) as registry_code,
        coalesce(registry_name, nullif(registry_item, '')) as registry,
        record_number,

        -- how many: the items have no lifetime count
        sequence_number_code as sequence_code,
        {{ sequence_family('sequence_number_code') }} as sequence_family,
        {{ sequence_number('sequence_number_code') }} as sequence_number,
        {{ sequence_total('sequence_number_code') }} as sequence_total,
        cast(null as integer) as lifetime_primaries,

        -- what it was
        cast(histology_number as {{ string_type() }}) as icdo3_histology_code,
        behavior_code as icdo3_behavior_code,
        case when site_text like 'C___' then site_text end as icdo3_site_code,
        cast(null as {{ string_type() }}) as site_recode_code,
        dx_conf_code as diagnostic_confirmation_code,
        rept_src_code as reporting_source_code,

        -- when
        diagnosis_date,
        diagnosis_year,
        diagnosis_month,
        age_at_diagnosis_years,
        case when age_at_diagnosis_years is null then 'unknown' else 'single_year' end as age_precision,

        -- who
        sex_code,
        {{ naaccr_race_recode('race_item', 'ihs_link') }} as race_code,
        marital_code as marital_status_code,

        -- treatment
        case chemo_code when '1' then 'yes' when '0' then 'no_or_unknown' end as chemotherapy,
        radiation_code,

        -- what became of it
        survival_months,
        case
            when survival_months is not null then 'known'
            when surv_months_item = '9999' then 'unknown'
            when coalesce(surv_months_item, '') = '' then 'missing'
            else 'unreadable'
        end as survival_months_status,
        cast(null as integer) as survival_days,
        surv_flag_code as survival_flag_code,
        last_contact_date,
        case vital_code when '1' then 'alive' when '0' then 'dead' end as vital_status,
        css_code as cause_specific_death_code

    from rows_decoded

)

select * from tumors_read
