{#
    The rate at which anyone in the registries' population gets the second cancer, de novo or not, as SEER*Stat's MP-SIR takes
    it: numerators from the registry's own tumours, denominators from the population file, in five calendar years at a time.
#}
with

study as (

    select * from {{ ref('study') }}

),

study_cancers as (

    select * from {{ ref('study_cancers') }}

),

study_registries as (

    select * from {{ ref('study_registries') }}
    where source = 'seer'

),

tumors as (

    select * from {{ ref('int_tumors_conformed') }}
    where source = 'seer' and is_malignant_primary

),

populations as (

    select * from {{ ref('stg_reference__populations') }}

),

{# A place whose registry the file does not tell (99) is one that the delivery was made for. #}
populations_of_the_registries as (

    select
        populations.age_group_number,
        populations.sex,
        populations.race,
        {{ five_year_period('populations.calendar_year', 'study.first_year') }} as period_first_year,
        sum(populations.population) as population

    from populations

    inner join study
        on populations.calendar_year between study.first_year and study.last_year

    where
        coalesce(populations.registry_code, '') in ('', '99')
        or concat('15', populations.registry_code) in (select study_registries.registry_code from study_registries)
        or not exists (select 1 from study_registries)

    group by 1, 2, 3, 4

),

cases as (

    select distinct
        tumors.tumor_id,
        {{ age_group_number('tumors.age_at_diagnosis_years') }} as age_group_number,
        tumors.sex,
        tumors.race,
        {{ five_year_period('tumors.diagnosis_year', 'study.first_year') }} as period_first_year

    from tumors

    inner join study
        on tumors.diagnosis_year between study.first_year and study.last_year

    inner join study_cancers
        on
            study_cancers.role = 'second'
            and study.second_definition = study_cancers.definition
            and tumors.icdo3_histology_code
            between study_cancers.first_histology_code and study_cancers.last_histology_code
            and (study_cancers.first_site_code is null or tumors.icdo3_site_code >= study_cancers.first_site_code)
            and (study_cancers.last_site_code is null or tumors.icdo3_site_code <= study_cancers.last_site_code)
            and (study_cancers.first_year is null or tumors.diagnosis_year >= study_cancers.first_year)
            and (study_cancers.last_year is null or tumors.diagnosis_year <= study_cancers.last_year)

    where
        tumors.registry_code is null
        or tumors.registry_code in (select study_registries.registry_code from study_registries)
        or not exists (select 1 from study_registries)

),

cases_counted as (

    select
        age_group_number,
        sex,
        race,
        period_first_year,
        count(*) as n_cases

    from cases

    group by 1, 2, 3, 4

),

{# Start from the populations: where people lived and nobody fell ill the rate is zero, and known. #}
reference_cases_counted as (

    select
        populations.age_group_number,
        populations.sex,
        populations.race,
        populations.period_first_year,
        coalesce(cases_counted.n_cases, 0) as n_cases,
        populations.population

    from populations_of_the_registries as populations

    left join cases_counted
        on
            populations.age_group_number = cases_counted.age_group_number
            and populations.sex = cases_counted.sex
            and populations.race = cases_counted.race
            and populations.period_first_year = cases_counted.period_first_year

    where populations.population > 0

)

select * from reference_cases_counted
