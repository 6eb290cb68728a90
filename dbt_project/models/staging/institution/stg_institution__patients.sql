with

loads as (

    select * from {{ ref('stg_ledger__loads') }}

),

patients as (

    select * from {{ source('raw', 'hospital_patients') }}

),

patients_read as (

    select
        -- ids
        patients.load_id,
        patients.source_line,
        {{ trimmed('patients.patient_key') }} as patient_id,

        -- who and when
        {{ hospital_sex('patients.sex') }} as sex,
        {{ hospital_date('patients.birth_date') }} as birth_date,
        {{ hospital_date('patients.mm_dx_date') }} as diagnosis_date,
        {{ hospital_year('patients.mm_dx_date') }} as diagnosis_year,
        {{ safe_integer("regexp_extract(patients.age_mm_years, '([0-9]+)', 1)") }} as age_at_diagnosis_years,

        -- what it was: the file lists patients with multiple myeloma, 9732/3 of the bone marrow, and no other
        '9732' as icdo3_histology_code,
        '3' as icdo3_behavior_code,
        'C421' as icdo3_site_code,
        {{ given('patients.isotype') }} as isotype,
        {{ given('patients.light_chain') }} as light_chain,
        {{ given('patients.durie_salmon') }} as durie_salmon_stage,
        {{ given('patients.iss') }} as iss_stage,
        {{ given('patients.fish') }} as fish,

        -- treatment
        {{ given('patients.induction') }} as induction,
        {{ given('patients.induction_response') }} as induction_response,
        {{ yes_or_no('patients.asct') }} as had_asct,
        {{ given('patients.maintenance_drug') }} as maintenance_drug,
        {{ safe_integer("regexp_extract(patients.maintenance_months, '([0-9]+)', 1)") }} as maintenance_months,

        -- what became of it
        {{ yes_or_no('patients.relapse') }} as relapsed,
        {{ given('patients.relapse_drug') }} as relapse_drug,
        {{ safe_integer("regexp_extract(lower(patients.relapse_duration) || '#', '^ *([0-9]+) *(week|weeks|w|周)? *#', 1)") }}
            as relapse_weeks,
        {{ hospital_date('patients.last_contact_date') }} as last_contact_date,
        {{ hospital_vital_status('patients.vital_status') }} as vital_status

    from patients

    inner join loads
        on
            patients.load_id = loads.load_id
            and loads.is_current

)

select * from patients_read
