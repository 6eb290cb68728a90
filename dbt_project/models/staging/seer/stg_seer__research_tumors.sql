{% set delivered_columns = [
    'load_id', 'source_line', 'patient_id', 'registry', 'sequence', 'sex', 'race3', 'race4', 'marital', 'behavior',
    'site', 'site_recode', 'dx_conf', 'rept_src', 'chemo', 'radiation', 'surv_flag', 'vital', 'css', 'age_single',
    'age_group', 'month_dx', 'surv_months', 'surv_days', 'hist_behav', 'hist', 'record_no', 'n_malignant', 'year_dx',
] %}

with

loads as (

    select * from {{ ref('stg_ledger__loads') }}

),

{# The same columns in labels (SEER*Stat case listing) or in codes (fixed-width files); the vocabulary knows both. #}
listing as (

    select {{ delivered_columns | join(', ') }} from {{ source('raw', 'seer_listing') }}

    union all

    select {{ delivered_columns | join(', ') }} from {{ source('raw', 'seer_ascii') }}

),

codes as (

    select * from {{ source('raw', 'vocabulary') }}

),

{# Values as delivered, of the newest delivery; labels in the form that the vocabulary keys. #}
current_rows as (

    select
        listing.load_id,
        listing.source_line,
        {{ trimmed('listing.patient_id') }} as patient_id,
        {{ trimmed('listing.registry') }} as registry_text,
        {{ normalised_label('listing.registry') }} as registry_label,
        {{ normalised_label('listing.sequence') }} as sequence_label,
        {{ normalised_label('listing.sex') }} as sex_label,
        {{ normalised_label('listing.race3') }} as race3_label,
        {{ normalised_label('listing.race4') }} as race4_label,
        {{ normalised_label('listing.marital') }} as marital_label,
        {{ normalised_label('listing.behavior') }} as behavior_label,
        {{ normalised_label('listing.site_recode') }} as site_recode_label,
        {{ normalised_label('listing.dx_conf') }} as dx_conf_label,
        {{ normalised_label('listing.rept_src') }} as rept_src_label,
        {{ normalised_label('listing.chemo') }} as chemo_label,
        {{ normalised_label('listing.radiation') }} as radiation_label,
        {{ normalised_label('listing.surv_flag') }} as surv_flag_label,
        {{ normalised_label('listing.vital') }} as vital_label,
        {{ normalised_label('listing.css') }} as css_label,
        {{ normalised_label('listing.age_single') }} as age_single_label,
        {{ normalised_label('listing.age_group') }} as age_group_label,
        {{ normalised_label('listing.month_dx') }} as month_label,
        {{ normalised_label('listing.surv_months') }} as surv_months_label,
        {{ normalised_label('listing.surv_days') }} as surv_days_label,
        upper(replace({{ trimmed('listing.site') }}, '.', '')) as site_text,
        {{ trimmed('listing.hist_behav') }} as hist_behav_text,
        {{ safe_integer(trimmed('listing.record_no')) }} as record_number,
        {{ safe_integer(trimmed('listing.n_malignant')) }} as n_malignant,
        {{ safe_integer(trimmed('listing.year_dx')) }} as year_number,
        {{ safe_integer(trimmed('listing.hist')) }} as histology_number

    from listing

    inner join loads
        on
            listing.load_id = loads.load_id
            and loads.is_current

),

{# Each label's code. A label that says nothing (Blank(s), an empty cell) has none. #}
rows_coded as (

    select
        current_rows.*,
        registry_codes.code as registry_code,
        registry_codes.meaning as registry,
        coalesce({{ safe_integer('sequence_codes.code') }}, 99) as sequence_code,
        nullif({{ safe_integer('month_codes.code') }}, 99) as diagnosis_month,
        nullif({{ safe_integer('age_group_codes.code') }}, 99) as age_group_number,
        behavior_codes.code as behavior_code,
        sex_codes.code as sex_code,
        race3_codes.code as race3_code,
        race4_codes.code as race4_code,
        marital_codes.code as marital_status_code,
        site_recode_codes.code as site_recode_code,
        dx_conf_codes.code as diagnostic_confirmation_code,
        rept_src_codes.code as reporting_source_code,
        chemo_codes.code as chemo_code,
        radiation_codes.code as radiation_code,
        surv_flag_codes.code as survival_flag_code,
        vital_codes.code as vital_code,
        css_codes.code as cause_specific_death_code

    from current_rows

    left join codes as registry_codes
        on registry_codes.column_name = 'registry' and current_rows.registry_label = registry_codes.label

    left join codes as sequence_codes
        on sequence_codes.column_name = 'sequence' and current_rows.sequence_label = sequence_codes.label

    left join codes as month_codes
        on month_codes.column_name = 'month_dx' and current_rows.month_label = month_codes.label

    left join codes as age_group_codes
        on age_group_codes.column_name = 'age_group' and current_rows.age_group_label = age_group_codes.label

    left join codes as sex_codes
        on sex_codes.column_name = 'sex' and current_rows.sex_label = sex_codes.label

    left join codes as race3_codes
        on race3_codes.column_name = 'race3' and current_rows.race3_label = race3_codes.label

    left join codes as race4_codes
        on race4_codes.column_name = 'race4' and current_rows.race4_label = race4_codes.label

    left join codes as marital_codes
        on marital_codes.column_name = 'marital' and current_rows.marital_label = marital_codes.label

    left join codes as behavior_codes
        on behavior_codes.column_name = 'behavior' and current_rows.behavior_label = behavior_codes.label

    left join codes as site_recode_codes
        on site_recode_codes.column_name = 'site_recode' and current_rows.site_recode_label = site_recode_codes.label

    left join codes as dx_conf_codes
        on dx_conf_codes.column_name = 'dx_conf' and current_rows.dx_conf_label = dx_conf_codes.label

    left join codes as rept_src_codes
        on rept_src_codes.column_name = 'rept_src' and current_rows.rept_src_label = rept_src_codes.label

    left join codes as chemo_codes
        on chemo_codes.column_name = 'chemo' and current_rows.chemo_label = chemo_codes.label

    left join codes as radiation_codes
        on radiation_codes.column_name = 'radiation' and current_rows.radiation_label = radiation_codes.label

    left join codes as surv_flag_codes
        on surv_flag_codes.column_name = 'surv_flag' and current_rows.surv_flag_label = surv_flag_codes.label

    left join codes as vital_codes
        on vital_codes.column_name = 'vital' and current_rows.vital_label = vital_codes.label

    left join codes as css_codes
        on css_codes.column_name = 'css' and current_rows.css_label = css_codes.label

),

{# Years and histologies may come as SEER*Stat's internal numbers: year - 1800 and code - 8000. #}
rows_decoded as (

    select
        rows_coded.*,

        case
            when year_number between 150 and 300 then year_number + 1800
            when year_number between 1900 and 2100 then year_number
        end as diagnosis_year,

        coalesce(
            cast(
                case when histology_number < 2000 then histology_number + 8000 else histology_number end
                as {{ string_type() }}
            ),
            nullif(regexp_extract(hist_behav_text, '^([0-9]{4})/[0-9]', 1), '')
        ) as icdo3_histology_code,

        coalesce(
            behavior_code,
            nullif(regexp_extract(hist_behav_text, '^[0-9]{4}/([0-9])', 1), '')
        ) as icdo3_behavior_code,

        case
            when regexp_extract(site_text, '^C?([0-9]{3})', 1) <> ''
                then concat('C', regexp_extract(site_text, '^C?([0-9]{3})', 1))
        end as icdo3_site_code,

        {# SEER writes 999 for an unknown age in its coded files, and bands where single years are not exported. #}
        nullif({{ safe_integer("regexp_extract(age_single_label, '^([0-9]+)', 1)") }}, 999) as age_single_years,

        {# Code 9999 stands for unknown in months; in days it would be an ordinary number. #}
        nullif({{ safe_integer('surv_months_label') }}, 9999) as survival_months,
        {{ safe_integer('surv_days_label') }} as survival_days

    from rows_coded

),

{# The nineteen groups: under 1, 1 to 4, then fives of years up to 85 and over (18, or 90 and over as 19). #}
rows_with_age_groups as (

    select
        rows_decoded.*,

        case
            when age_group_number <= 1 then age_group_number
            else (age_group_number - 1) * 5
        end as age_group_first_years

    from rows_decoded

),

tumors_read as (

    select
        -- ids
        load_id,
        source_line,
        patient_id,
        registry_code,
        coalesce(registry, nullif(registry_text, '')) as registry,
        record_number,

        -- how many
        sequence_code,
        {{ sequence_family('sequence_code') }} as sequence_family,
        {{ sequence_number('sequence_code') }} as sequence_number,
        {{ sequence_total('sequence_code') }} as sequence_total,
        nullif(n_malignant, 99) as lifetime_primaries,

        -- what it was
        icdo3_histology_code,
        icdo3_behavior_code,
        icdo3_site_code,
        site_recode_code,
        diagnostic_confirmation_code,
        reporting_source_code,

        -- when
        cast(null as date) as diagnosis_date,
        diagnosis_year,
        diagnosis_month,
        coalesce(age_single_years, age_group_first_years) as age_at_diagnosis_years,
        case
            when age_single_years is not null and age_single_label like '%+%' then 'top_coded'
            when age_single_years is not null then 'single_year'
            when age_group_first_years is not null and age_group_label like '%+%' then 'top_coded'
            when age_group_first_years is not null then 'band'
            else 'unknown'
        end as age_precision,

        -- who
        sex_code,
        coalesce(race3_code, case race4_code when '4' then '3' else race4_code end) as race_code,
        marital_status_code,

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
        survival_flag_code,
        cast(null as date) as last_contact_date,
        case vital_code when '1' then 'alive' when '0' then 'dead' end as vital_status,
        cause_specific_death_code

    from rows_with_age_groups

)

select * from tumors_read
