with

study_sources as (

    select * from {{ ref('study_sources') }}

),

registry_tumors as (

    select * from {{ ref('stg_seer__tumors') }}

),

hospital_patients as (

    select * from {{ ref('stg_institution__patients') }}

),

hospital_second_cancers as (

    select * from {{ ref('stg_institution__second_cancers') }}

),

{#
    SEER's own files end the follow-up of everyone at the cutoff. Central registries' files may go on: whoever was seen after
    the cutoff was alive on it, and survival to it is counted from the dates. So is a survival that was not delivered.
#}
registry_tumors_with_an_end as (

    select
        registry_tumors.*,

        coalesce(registry_tumors.last_contact_date > study_sources.study_cutoff, false) as is_seen_after_cutoff,
        case
            when registry_tumors.last_contact_date > study_sources.study_cutoff then study_sources.study_cutoff
            else registry_tumors.last_contact_date
        end as follow_up_end

    from registry_tumors

    left join study_sources
        on study_sources.source = 'seer'

),

{# Sources 6 and 7, autopsy and death certificate alone: such a tumour was found after its follow-up had ended. #}
registry_tumors_with_days as (

    select
        registry_tumors_with_an_end.*,

        is_seen_after_cutoff or (survival_months_status = 'missing' and survival_days is null) as is_counted_from_dates,
        case
            when coalesce(reporting_source_code, '') not in ('6', '7') and follow_up_end >= diagnosis_date
                then {{ days_between('diagnosis_date', 'follow_up_end') }}
        end as days_from_dates

    from registry_tumors_with_an_end

),

registry_tumors_followed as (

    select
        registry_tumors_with_days.*,

        case when is_counted_from_dates then days_from_dates else survival_days end as days_followed,
        case
            when is_counted_from_dates then {{ completed_months('days_from_dates') }}
            else survival_months
        end as months_followed

    from registry_tumors_with_days

),

{# Joined registry files can hold a row twice. A tumour of one patient is one record number and sequence. #}
registry_tumors_with_copies_numbered as (

    select
        registry_tumors_followed.*,

        row_number() over (
            partition by
                registry_tumors_followed.patient_id,
                registry_tumors_followed.registry,
                registry_tumors_followed.record_number,
                registry_tumors_followed.sequence_code,
                registry_tumors_followed.icdo3_histology_code,
                registry_tumors_followed.icdo3_behavior_code,
                registry_tumors_followed.icdo3_site_code,
                registry_tumors_followed.diagnosis_year,
                registry_tumors_followed.survival_months
            order by registry_tumors_followed.load_id, registry_tumors_followed.source_line
        ) as copy_number,

        {# A patient number is unique within a registry; where two registries use the same, it is two persons. #}
        min(coalesce(registry_code, registry)) over (partition by patient_id) as first_registry,
        max(coalesce(registry_code, registry)) over (partition by patient_id) as last_registry

    from registry_tumors_followed

),

registry_tumors_conformed as (

    select
        concat('seer:', load_id, ':', source_line) as tumor_id,
        'seer' as source,
        case
            when first_registry <> last_registry then concat(coalesce(registry_code, registry, ''), '-', patient_id)
            else patient_id
        end as patient_id,
        load_id,
        source_line,
        registry_code,
        registry,
        record_number,
        sequence_number,
        sequence_total,
        sequence_family,
        lifetime_primaries,
        icdo3_histology_code,
        icdo3_behavior_code,

        {# Where the site itself is not delivered, a recode that implies it: leukaemias are C420, C421 or C424, breast C50. #}
        case
            when icdo3_site_code is not null then icdo3_site_code
            when site_recode_code like '35%' then 'C424'
            when site_recode_code = '26000' then 'C509'
        end as icdo3_site_code,
        diagnosis_year,
        diagnosis_month,
        age_at_diagnosis_years,
        age_precision = 'top_coded' as age_is_top_coded,
        case sex_code when '1' then 'Male' when '2' then 'Female' end as sex,
        case race_code when '1' then 'White' when '2' then 'Black' when '3' then 'Other' end as race,
        case
            when marital_status_code = '2' then 'Married'
            when marital_status_code in ('1', '3', '4', '5', '6') then 'Other'
        end as marital_status,
        case chemotherapy when 'yes' then 'Yes' when 'no_or_unknown' then 'No/Unknown' end as chemotherapy,

        {# Flags 8 and 9: not calculated (death certificate or autopsy only), or not known. #}
        case when coalesce(survival_flag_code, '') not in ('8', '9') then months_followed end as survival_months,
        days_followed as survival_days,
        case when is_seen_after_cutoff then false else vital_status = 'dead' end as died,
        cast(null as integer) as recorded_latency_months

    from registry_tumors_with_copies_numbered

    where copy_number = 1 or (record_number is null and sequence_number is null)

),

{# The hospital's follow-up ends with the last contact or the cutoff; a death after the cutoff has not happened yet. #}
hospital_patients_followed as (

    select
        hospital_patients.*,

        case
            when hospital_patients.last_contact_date > study_sources.study_cutoff then study_sources.study_cutoff
            else hospital_patients.last_contact_date
        end as follow_up_end,
        case
            when hospital_patients.last_contact_date > study_sources.study_cutoff then false
            else hospital_patients.vital_status = 'dead'
        end as died

    from hospital_patients

    left join study_sources
        on study_sources.source = 'institution'

),

hospital_index_tumors_conformed as (

    select
        concat('institution:index:', load_id, ':', source_line) as tumor_id,
        'institution' as source,
        patient_id,
        load_id,
        source_line,
        cast(null as {{ string_type() }}) as registry_code,
        'institution' as registry,
        cast(null as integer) as record_number,
        cast(null as integer) as sequence_number,
        cast(null as integer) as sequence_total,
        'unspecified' as sequence_family,
        cast(null as integer) as lifetime_primaries,
        icdo3_histology_code,
        icdo3_behavior_code,
        icdo3_site_code,
        diagnosis_year,
        cast(extract(month from diagnosis_date) as integer) as diagnosis_month,
        coalesce(age_at_diagnosis_years, {{ completed_years('birth_date', 'diagnosis_date') }}) as age_at_diagnosis_years,
        false as age_is_top_coded,
        sex,
        cast(null as {{ string_type() }}) as race,
        cast(null as {{ string_type() }}) as marital_status,
        cast(null as {{ string_type() }}) as chemotherapy,
        {{ completed_months(days_between('diagnosis_date', 'follow_up_end')) }} as survival_months,
        {{ days_between('diagnosis_date', 'follow_up_end') }} as survival_days,
        died,
        cast(null as integer) as recorded_latency_months

    from hospital_patients_followed

),

hospital_second_tumors_conformed as (

    select
        concat('institution:second:', second_cancer.load_id, ':', second_cancer.source_line) as tumor_id,
        'institution' as source,
        second_cancer.patient_id,
        second_cancer.load_id,
        second_cancer.source_line,
        cast(null as {{ string_type() }}) as registry_code,
        'institution' as registry,
        cast(null as integer) as record_number,
        cast(null as integer) as sequence_number,
        cast(null as integer) as sequence_total,
        'unspecified' as sequence_family,
        cast(null as integer) as lifetime_primaries,
        second_cancer.icdo3_histology_code,
        second_cancer.icdo3_behavior_code,
        second_cancer.icdo3_site_code,
        second_cancer.diagnosis_year,
        cast(extract(month from second_cancer.diagnosis_date) as integer) as diagnosis_month,
        second_cancer.age_at_diagnosis_years,
        false as age_is_top_coded,
        patient.sex,
        cast(null as {{ string_type() }}) as race,
        cast(null as {{ string_type() }}) as marital_status,
        cast(null as {{ string_type() }}) as chemotherapy,
        coalesce(
            second_cancer.survival_months,
            {{ completed_months(days_between('second_cancer.diagnosis_date', 'patient.follow_up_end')) }}
        ) as survival_months,
        {{ days_between('second_cancer.diagnosis_date', 'patient.follow_up_end') }} as survival_days,
        coalesce(patient.died, second_cancer.vital_status = 'dead') as died,
        second_cancer.recorded_latency_months

    from hospital_second_cancers as second_cancer

    left join hospital_patients_followed as patient
        on second_cancer.patient_id = patient.patient_id

),

tumors as (

    select * from registry_tumors_conformed
    union all
    select * from hospital_index_tumors_conformed
    union all
    select * from hospital_second_tumors_conformed

),

{#
    A primary malignancy is behaviour 3 in the federal numbering (00-59) or with its number unknown (99); the state
    family (60-88, benign and borderline) is never counted among them. An unknown behaviour is not malignant.
#}
tumors_with_malignancy as (

    select
        tumors.*,
        coalesce(icdo3_behavior_code = '3', false) and sequence_family in ('federal', 'unspecified') as is_malignant_primary

    from tumors

)

select * from tumors_with_malignancy
