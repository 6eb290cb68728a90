{#
    The tumours of the study's cancers. Here alone are tumours matched with the study's lists: malignant, of one of the codes,
    sites and years of a cancer. An index tumour is one of the study's years and registries besides; a second cancer counts
    wherever and whenever it was diagnosed.
#}
with

study as (

    select * from {{ ref('study') }}

),

study_cancers as (

    select * from {{ ref('study_cancers') }}

),

study_sources as (

    select * from {{ ref('study_sources') }}

),

study_registries as (

    select * from {{ ref('study_registries') }}

),

tumors as (

    select * from {{ ref('int_tumors_conformed') }}
    where is_malignant_primary

),

{# A tumour can be of two ranges of one list. #}
tumors_of_the_cancers as (

    select distinct
        tumors.tumor_id,
        tumors.source,
        tumors.patient_id,
        tumors.registry_code,
        {{ whole_state_written('tumors.registry') }} as whole_state,
        tumors.diagnosis_year,
        study_cancers.role,
        study_cancers.definition

    from tumors

    inner join study_cancers
        on
            tumors.icdo3_histology_code between study_cancers.first_histology_code and study_cancers.last_histology_code
            and (study_cancers.first_site_code is null or tumors.icdo3_site_code >= study_cancers.first_site_code)
            and (study_cancers.last_site_code is null or tumors.icdo3_site_code <= study_cancers.last_site_code)
            and (study_cancers.first_year is null or tumors.diagnosis_year >= study_cancers.first_year)
            and (study_cancers.last_year is null or tumors.diagnosis_year <= study_cancers.last_year)

),

tumors_in_study as (

    select
        tumors_of_the_cancers.tumor_id,
        tumors_of_the_cancers.source,
        tumors_of_the_cancers.patient_id,
        tumors_of_the_cancers.role,
        tumors_of_the_cancers.definition,
        tumors_of_the_cancers.role = 'index'
        or tumors_of_the_cancers.definition = study.second_definition as is_selected_definition

    from tumors_of_the_cancers

    cross join study

    left join study_sources
        on
            tumors_of_the_cancers.source = study_sources.source
            and tumors_of_the_cancers.diagnosis_year between study_sources.first_year and study_sources.last_year

    where
        tumors_of_the_cancers.role = 'second'
        or (
            study_sources.source is not null
            and {{ registry_is_of_the_study(
                'tumors_of_the_cancers.source', 'tumors_of_the_cancers.registry_code', 'tumors_of_the_cancers.whole_state'
            ) }}
        )

)

select * from tumors_in_study
