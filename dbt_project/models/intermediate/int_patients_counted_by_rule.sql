with

rules as (

    select * from {{ ref('study_rules') }}

),

sources as (

    select * from {{ ref('study_sources') }}

),

patients_screened as (

    select * from {{ ref('int_patients_screened') }}
    where is_selected_definition

),

{# Start from the sources and rules, so that a rule that removes nobody is a step with a zero. #}
patients_at_each_rule as (

    select
        sources.source,
        rules.step,
        rules.rule,
        rules.reason,

        count(patients_screened.patient_id) filter (
            where patients_screened.first_rule_failed is null or patients_screened.first_rule_failed >= rules.step
        ) as n_in,

        count(patients_screened.patient_id) filter (
            where patients_screened.first_rule_failed = rules.step
        ) as n_removed

    from sources

    cross join rules

    left join patients_screened
        on sources.source = patients_screened.source

    group by sources.source, rules.step, rules.rule, rules.reason

),

patients_counted_by_rule as (

    select
        source,
        step,
        rule,
        reason,
        n_in,
        n_removed,
        n_in - n_removed as n_left

    from patients_at_each_rule

)

select * from patients_counted_by_rule
