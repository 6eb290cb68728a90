{# A label that the vocabulary lacks would quietly become an unknown. Landing refuses it; this is the second lock. #}
{% set columns = ['sex', 'race3', 'behavior', 'sequence', 'marital', 'chemo', 'surv_flag', 'vital'] %}

with

loads as (

    select * from {{ ref('stg_ledger__loads') }}
    where is_current

),

landed_rows as (

    {{ landed_tumors_of_every_form(['load_id'] + columns) }}

),

vocabulary as (

    select * from {{ source('raw', 'vocabulary') }}

),

delivered_labels as (

    {% for column in columns %}
        select distinct
            '{{ column }}' as column_name,
            landed_rows.{{ column }} as delivered_label

        from landed_rows

        inner join loads
            on landed_rows.load_id = loads.load_id
        {% if not loop.last %}

            union all

        {% endif %}
    {% endfor %}

),

labels as (

    select
        column_name,
        {{ normalised_label('delivered_label') }} as label

    from delivered_labels

)

select
    labels.column_name,
    labels.label

from labels

left join vocabulary
    on
        labels.column_name = vocabulary.column_name
        and labels.label = vocabulary.label

where
    vocabulary.label is null
    and labels.label not in ('', 'blank(s)')
