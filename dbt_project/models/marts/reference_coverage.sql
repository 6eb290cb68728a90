select
    state,
    reason,
    note,
    n_registries_of_study,
    n_registries_in_tumors,
    n_registries_in_populations,
    n_registries_matched,
    first_year,
    last_year,
    n_cases,
    n_cases_without_index,
    n_population_rows_set_aside

from {{ ref('int_reference_coverage_judged') }}
