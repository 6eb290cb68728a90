{#
    One row: whether the delivery can say how often the population gets the second cancer, and why not. A numerator from
    patients with the index cancer, over the population of everybody, would make a ratio far too high.
#}
with

study as (

    select * from {{ ref('study') }}

),

study_registries as (

    select * from {{ ref('study_registries') }}
    where source = 'seer'

),

populations as (

    select
        populations_read.*,
        coalesce(populations_read.registry_code, '') not in ('', '99') as is_told

    from {{ ref('stg_reference__populations') }} as populations_read

    inner join study
        on populations_read.calendar_year between study.first_year and study.last_year

),

populations_counted as (

    select
        count(*) as n_rows,
        count(*) filter (where registry_code = '99') as n_rows_of_99,
        count(*) filter (where coalesce(registry_code, '') = '') as n_rows_untold,
        count(distinct case when is_told then registry_code end) as n_registries

    from populations

),

tumor_areas_counted as (

    select
        count(*) filter (where is_told) as n_areas,
        count(*) filter (where is_whole_state) as n_whole_states,
        min(first_year) as first_year,
        max(last_year) as last_year

    from {{ ref('int_reference_areas_covered') }}

),

cells_counted as (

    select
        count(*) as n_cells,
        count(distinct area) as n_areas,
        count(distinct {{ whole_state_written('area') }}) as n_whole_states,
        min(calendar_year) as first_year,
        max(calendar_year) as last_year,
        cast(coalesce(sum(n_cases), 0) as bigint) as n_cases,
        cast(coalesce(sum(n_cases_without_index), 0) as bigint) as n_cases_without_index,
        cast(coalesce(sum(n_cases_of_only_primary), 0) as bigint) as n_cases_of_only_primary,
        cast(coalesce(sum(n_cases_of_several), 0) as bigint) as n_cases_of_several

    from {{ ref('int_reference_cells_matched') }}

),

counted as (

    select
        study.index_label,
        study.second_label,
        populations_counted.n_rows,
        populations_counted.n_rows_of_99,
        populations_counted.n_rows_untold,
        populations_counted.n_registries as n_registries_in_populations,
        tumor_areas_counted.n_areas as n_registries_in_tumors,
        (select count(*) from study_registries) as n_registries_of_study,
        greatest(study.first_year, tumor_areas_counted.first_year) as first_year_of_tumors,
        least(study.last_year, tumor_areas_counted.last_year) as last_year_of_tumors,
        tumor_areas_counted.n_whole_states,
        cells_counted.n_whole_states as n_whole_states_matched,
        cells_counted.n_cells,
        cells_counted.n_areas as n_registries_matched,
        cells_counted.first_year,
        cells_counted.last_year,
        cells_counted.n_cases,
        cells_counted.n_cases_without_index,
        cells_counted.n_cases_of_only_primary,
        cells_counted.n_cases_of_several

    from populations_counted

    cross join tumor_areas_counted

    cross join cells_counted

    cross join study

),

coverage_explained as (

    select
        counted.*,

        case
            when n_rows = 0
                then
                    concat(
                        'No population file was delivered, so there is no expected count. Deliver the SEER population file',
                        ' (19 age groups) of the registries and years of the listing.'
                    )
            when n_rows_of_99 = n_rows
                then
                    concat(
                        'Every row of the population file is of registry 99, which is what no SEER registry covers: its people',
                        ' are not those in whom the tumours were counted. Deliver the population file of the registries',
                        ' of the listing.'
                    )
            when n_registries_in_populations > 0 and n_registries_in_tumors = 0
                then
                    concat(
                        'The listing does not tell which registry counted a tumour, so cases and populations cannot be of the',
                        ' same registries for certain. Deliver the listing with the column SEER registry.'
                    )
            when n_cells = 0
                then
                    concat(
                        'The population file and the tumours share no registry and year. Deliver the population file of the',
                        ' registries and years of the listing.'
                    )
            when n_registries_in_populations > 0 and n_whole_states_matched < n_whole_states
                then
                    concat(
                        'The listing writes California or Georgia as a whole state, and the population file does not hold all',
                        ' registries of it that the listing has, and no others: cases and populations would be of different',
                        ' people. Deliver the population file of the registries of the database, or the listing with the',
                        ' column SEER registry.'
                    )
            when n_cases = 0
                then
                    concat(
                        'Nobody in the registries and years of the population file has ', second_label,
                        ', so there is no rate to expect it by. Check the codes of the study, or deliver the whole registry.'
                    )
            when n_cases_without_index > 0 and n_cases_of_several >= 10 and n_cases_of_only_primary = 0
                then
                    concat(
                        'Nobody in the listing has ', second_label, ' as an only primary: it holds persons with several',
                        ' primaries and not the population. Deliver the whole registry, or all patients with either cancer.'
                    )
            when n_cases_without_index * 2 < n_cases
                then
                    concat(
                        'The listing holds the ', second_label, ' of patients with ', index_label,
                        ' and not that of the population, so there is no expected count. Deliver the whole registry, or all',
                        ' patients with either cancer.'
                    )
        end as reason

    from counted

),

coverage_judged as (

    select
        case
            when reason is null then 'value'
            when n_cells > 0 and n_cases = 0 then 'not_estimable'
            else 'not_delivered'
        end as state,
        reason,

        {# What was left out of the rates, where they could be made. #}
        nullif({{ trimmed("concat(
            case
                when n_rows_of_99 > 0 and n_rows_of_99 < n_rows
                    then concat(
                        n_rows_of_99,
                        case
                            when n_rows_of_99 = 1 then ' row of registry 99 (outside SEER) was'
                            else ' rows of registry 99 (outside SEER) were'
                        end,
                        ' set aside. '
                    )
                else ''
            end,
            case
                when n_rows_untold > 0 and n_registries_in_populations > 0
                    then concat(
                        n_rows_untold,
                        case
                            when n_rows_untold = 1 then ' row that names no registry was'
                            else ' rows that name no registry were'
                        end,
                        ' set aside. '
                    )
                else ''
            end,
            case
                when n_cells > 0 and n_registries_matched < greatest(n_registries_of_study, n_registries_in_tumors)
                    and n_registries_in_tumors > 0 and n_registries_in_populations > 0
                    then concat(
                        'The rates are of ', n_registries_matched, ' of ',
                        greatest(n_registries_of_study, n_registries_in_tumors),
                        ' registries: of the others, tumours or populations were not delivered. '
                    )
                else ''
            end,
            case
                when n_cells > 0 and (first_year > first_year_of_tumors or last_year < last_year_of_tumors)
                    then concat('The rates are of ', first_year, ' to ', last_year, ', the years that the population file covers.')
                else ''
            end
        )") }}, '') as note,

        n_registries_of_study,
        n_registries_in_tumors,
        n_registries_in_populations,
        n_registries_matched,
        first_year,
        last_year,
        n_cases,
        n_cases_without_index,
        case when n_registries_in_populations > 0 then n_rows_of_99 + n_rows_untold else n_rows_of_99 end
            as n_population_rows_set_aside

    from coverage_explained

)

select * from coverage_judged
