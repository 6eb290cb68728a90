with

study as (

    select * from {{ ref('study') }}

),

eras as (

    select * from {{ ref('study_eras') }}

),

patients as (

    select * from {{ ref('int_patients_eligible') }}
    where source = 'seer'

),

{# Only second cancers after the minimum latency count, so only the months after it are at risk. Decimals add up exactly. #}
patients_with_months_at_risk as (

    select
        patients.*,

        cast(
            greatest(
                case when patients.has_second_primary then patients.latency_months else patients.survival_months end
                - study.min_latency_months, 0
            ) as decimal(12, 1)
        ) as months_at_risk

    from patients

    cross join study

),

patients_counted as (

    select
        era,
        count(*) as n_index,
        count(*) filter (where has_second_primary) as n_second,
        sum(months_at_risk) as person_months_at_risk

    from patients_with_months_at_risk

    group by era

),

{# Start from the eras, so that an era with nobody in it is a zero and not a gap. #}
second_primaries_counted_by_era as (

    select
        eras.position,
        eras.era,

        coalesce(patients_counted.n_index, 0) as n_index,
        coalesce(patients_counted.n_second, 0) as n_second,
        cast(coalesce(patients_counted.person_months_at_risk, 0) as double) as person_months_at_risk

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
