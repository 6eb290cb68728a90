{# The hospital's own months against its own dates: more than one month apart is worth a look, not a stop. #}
{{ config(severity='warn') }}

select
    second.load_id,
    second.source_line

from {{ ref('stg_institution__second_cancers') }} as second

inner join {{ ref('stg_institution__patients') }} as patient
    on second.patient_id = patient.patient_id

where
    abs(
        second.recorded_latency_months
        - {{ completed_months(days_between('patient.diagnosis_date', 'second.diagnosis_date')) }}
    ) > 1
