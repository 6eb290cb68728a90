{#
    What analyses need, and whether it was delivered. A text that was not exported is null throughout; one that is there and says
    nothing was delivered and is not known. The second cancer is where anybody has it: a code that no row has makes no zero, for
    it may be the wrong code.
#}
{% set items = [
    ('sex', 'sex_text', 'sex_code'),
    ('race', 'race3_text', 'race_code'),
    ('marital_status', 'marital_text', 'marital_status_code'),
    ('chemotherapy', 'chemo_text', 'chemotherapy'),
    ('survival_months', 'surv_months_text', 'survival_months'),
    ('vital_status', 'vital_text', 'vital_status'),
] %}

with

delivered_tumors as (

    {{ tumors_of_every_form(items | map(attribute=1) | list) }}

),

decoded_tumors as (

    select * from {{ ref('stg_seer__tumors') }}

),

tumors as (

    select * from {{ ref('int_tumors_conformed') }}
    where source = 'seer'

),

definitions as (

    select distinct definition from {{ ref('study_cancers') }}
    where role = 'second'

),

tumors_of_definitions as (

    select
        tumor_id,
        definition

    from {{ ref('int_tumors_in_study') }}

    where role = 'second' and source = 'seer'

),

second_cancers as (

    select tumor_id from {{ ref('int_tumors_in_study') }}
    where role = 'second' and is_selected_definition

),

{# Start from the definitions, so that one of which no row is has its row here. #}
definitions_counted as (

    select
        definitions.definition,
        count(tumors_of_definitions.tumor_id) as n_known

    from definitions

    left join tumors_of_definitions
        on definitions.definition = tumors_of_definitions.definition

    group by definitions.definition

),

texts_counted as (

    select
        {% for _, text, _ in items %}
            count({{ text }}) as n_{{ text }},
        {% endfor %}
        count(*) as n_lines

    from delivered_tumors

),

values_counted as (

    select
        {% for _, _, column in items %}
            count({{ column }}) as n_{{ column }},
        {% endfor %}
        count(*) as n_rows

    from decoded_tumors

),

items_delivered as (

    {% for item, text, column in items %}
        select
            '{{ item }}' as item,
            texts_counted.n_{{ text }} + values_counted.n_{{ column }} > 0 as is_delivered,
            values_counted.n_rows,
            values_counted.n_{{ column }} as n_known

        from texts_counted

        cross join values_counted

        union all

    {% endfor %}
    select
        'second_cancer' as item,
        count(second_cancers.tumor_id) > 0 as is_delivered,
        count(*) as n_rows,
        count(second_cancers.tumor_id) as n_known

    from tumors

    left join second_cancers
        on tumors.tumor_id = second_cancers.tumor_id

    union all

    select
        concat('second_cancer: ', definitions_counted.definition) as item,
        definitions_counted.n_known > 0 as is_delivered,
        values_counted.n_rows,
        definitions_counted.n_known

    from definitions_counted

    cross join values_counted

)

select * from items_delivered
