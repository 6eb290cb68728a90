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

{# Start from the eras, so that an era with nobody in it is a zero and not a gap. #}
second_primaries_counted_by_era as (

    select
        eras.position,
        eras.era,

        count(patients.patient_id) as n_index,
        count(patients.patient_id) filter (where patients.has_second_primary) as n_second,
        cast(coalesce(sum(patients.months_at_risk), 0) as double) as person_months_at_risk

    from eras

    left join patients_with_months_at_risk as patients
        on eras.era = patients.era

    group by eras.position, eras.era

)

select
    era,
    n_index,
    n_second,
    person_months_at_risk

from second_primaries_counted_by_era

order by position
