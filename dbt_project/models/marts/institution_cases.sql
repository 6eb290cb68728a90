with

cases as (

    select * from {{ ref('int_patients_eligible') }}
    where source = 'institution' and has_second_primary

),

details as (

    select * from {{ ref('int_institution_details_joined') }}

),

cases_with_details as (

    select
        cases.patient_id,
        cases.age_at_index_years,
        cases.sex,
        details.mm_subtype,
        details.durie_salmon_stage,
        details.iss_stage,
        details.fish,
        details.induction,
        details.induction_response,
        details.had_asct,
        details.maintenance_drug,
        details.maintenance_months,
        details.relapsed,
        details.relapse_drug,
        details.relapse_weeks,
        cases.latency_months,
        cases.age_at_second_years,
        details.mm_active_at_second,
        details.lineage,
        details.cd10,
        details.cigm,
        details.karyotype,
        details.bcr_abl,
        details.mll,
        details.second_induction,
        details.second_response,
        cases.months_after_second as survival_months_after_second,
        cases.died,
        cases.is_followed_after_second,
        cases.load_id,
        cases.source_line

    from cases

    left join details
        on
            cases.second_load_id = details.second_load_id
            and cases.second_source_line = details.second_source_line

)

select * from cases_with_details
