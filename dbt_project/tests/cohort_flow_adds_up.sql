{# Each step starts with what the last one left; the first with every person delivered, the last ends with the patients. #}
with

steps as (

    select
        'seer' as source,
        *
    from {{ ref('cohort_flow') }}
    union all
    select
        'institution' as source,
        *
    from {{ ref('institution_flow') }}

),

persons as (

    select
        source,
        count(distinct patient_id) as n_persons

    from {{ ref('int_tumors_conformed') }}

    group by source

),

patients as (

    select
        source,
        count(*) as n_patients

    from {{ ref('int_patients_eligible') }}

    group by source

),

steps_with_what_should_be as (

    select
        steps.*,
        coalesce(
            lag(steps.n_left) over (partition by steps.source order by steps.step),
            persons.n_persons,
            0
        ) as n_in_expected,
        coalesce(
            lead(steps.n_in) over (partition by steps.source order by steps.step),
            patients.n_patients,
            0
        ) as n_left_expected

    from steps

    left join persons
        on steps.source = persons.source

    left join patients
        on steps.source = patients.source

)

select
    source,
    step,
    n_in,
    n_in_expected,
    n_left,
    n_left_expected

from steps_with_what_should_be

where
    n_in is distinct from n_in_expected
    or n_left is distinct from n_left_expected
    or n_left is distinct from n_in - n_removed
