with

eras as (

    select * from {{ ref('study_eras') }}

),

patients as (

    select * from {{ ref('int_patients_eligible') }}
    where source = 'seer'

),

patients_counted as (

    select
        era,
        count(*) as n_index,
        count(*) filter (where has_second_primary) as n_second,
        sum(ticks_at_risk) as ticks_at_risk

    from patients

    group by era

),

{# Start from the eras, so that an era with nobody in it is a zero and not a gap. #}
second_primaries_counted_by_era as (

    select
        eras.position,
        eras.era,

        coalesce(patients_counted.n_index, 0) as n_index,
        coalesce(patients_counted.n_second, 0) as n_second,
        cast(coalesce(patients_counted.ticks_at_risk, 0) as double) * 12 / {{ ticks_per_year() }} as person_months_at_risk

    from eras

    left join patients_counted
        on eras.era = patients_counted.era

)

select
    era,
    n_index,
    n_second,
    person_months_at_risk

from second_primaries_counted_by_era

order by position
