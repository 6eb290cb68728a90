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

{# Counted before they are joined: a source is a key that all its patients share. #}
patients_counted as (

    select
        source,
        first_rule_failed,
        count(*) as n_patients

    from patients_screened

    group by source, first_rule_failed

),

{# Start from the sources and rules, so that a rule that removes nobody is a step with a zero. #}
patients_at_each_rule as (

    select
        sources.source,
        rules.step,
        rules.rule,
        rules.reason,

        cast(coalesce(sum(patients_counted.n_patients) filter (
            where patients_counted.first_rule_failed is null or patients_counted.first_rule_failed >= rules.step
        ), 0) as bigint) as n_in,

        cast(coalesce(sum(patients_counted.n_patients) filter (
            where patients_counted.first_rule_failed = rules.step
        ), 0) as bigint) as n_removed

    from sources

    cross join rules

    left join patients_counted
        on sources.source = patients_counted.source

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
