with

patients as (

    select * from {{ ref('stg_institution__patients') }}

),

second_cancers as (

    select * from {{ ref('stg_institution__second_cancers') }}

),

details_joined as (

    select
        second_cancers.load_id as second_load_id,
        second_cancers.source_line as second_source_line,
        second_cancers.patient_id,

        -- the index cancer
        nullif({{ trimmed("concat(coalesce(patients.isotype, ''), ' ', coalesce(patients.light_chain, ''))") }}, '')
            as mm_subtype,
        patients.durie_salmon_stage,
        patients.iss_stage,
        patients.fish,
        patients.induction,
        patients.induction_response,
        patients.had_asct,
        patients.maintenance_drug,
        patients.maintenance_months,
        patients.relapsed,
        patients.relapse_drug,
        patients.relapse_weeks,

        -- the second
        second_cancers.mm_active_at_second,
        second_cancers.lineage,
        second_cancers.cd10,
        second_cancers.cigm,
        second_cancers.karyotype,
        second_cancers.bcr_abl,
        second_cancers.mll,
        second_cancers.second_induction,
        second_cancers.second_response

    from second_cancers

    left join patients
        on second_cancers.patient_id = patients.patient_id

)

select * from details_joined
