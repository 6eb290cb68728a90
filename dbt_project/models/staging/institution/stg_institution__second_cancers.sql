with

loads as (

    select * from {{ ref('stg_ledger__loads') }}

),

second_cancers as (

    select * from {{ source('raw', 'hospital_second_cancers') }}

),

second_cancers_read as (

    select
        -- ids
        second_cancers.load_id,
        second_cancers.source_line,
        {{ trimmed('second_cancers.patient_key') }} as patient_id,

        -- what it was
        nullif(regexp_extract(second_cancers.histology, '([0-9]{4})', 1), '') as icdo3_histology_code,
        coalesce(
            nullif(regexp_extract(second_cancers.behavior, '([0-9])', 1), ''),
            nullif(regexp_extract(second_cancers.histology, '[0-9]{4}/([0-9])', 1), '')
        ) as icdo3_behavior_code,
        nullif(
            concat('C', regexp_extract(upper(replace(second_cancers.site, '.', '')), '^ *C?([0-9]{3})', 1)), 'C'
        ) as icdo3_site_code,
        {{ given('second_cancers.lineage') }} as lineage,
        {{ positive_or_negative('second_cancers.cd10') }} as cd10,
        {{ positive_or_negative('second_cancers.cigm') }} as cigm,
        {{ given('second_cancers.karyotype') }} as karyotype,
        {{ given('second_cancers.bcr_abl') }} as bcr_abl,
        {{ given('second_cancers.mll') }} as mll,

        -- when
        {{ hospital_date('second_cancers.sall_dx_date') }} as diagnosis_date,
        {{ hospital_year('second_cancers.sall_dx_date') }} as diagnosis_year,
        {{ safe_integer("regexp_extract(second_cancers.age_sall_years, '([0-9]+)', 1)") }} as age_at_diagnosis_years,
        {{ safe_integer("regexp_extract(second_cancers.latency_months, '^ *(-?[0-9]+)', 1)") }} as recorded_latency_months,
        {{ yes_or_no('second_cancers.mm_active_at_sall') }} as mm_active_at_second,

        -- treatment
        {{ given('second_cancers.sall_induction') }} as second_induction,
        {{ given('second_cancers.sall_response') }} as second_response,

        -- what became of it
        {{ safe_integer("regexp_extract(second_cancers.survival_months, '^ *([0-9]+)', 1)") }} as survival_months,
        {{ hospital_vital_status('second_cancers.vital_status') }} as vital_status

    from second_cancers

    inner join loads
        on
            second_cancers.load_id = loads.load_id
            and loads.is_current

)

select * from second_cancers_read
