{# A label that the vocabulary lacks would quietly become an unknown. Landing refuses it; this is the second lock. #}
{% set columns = ['sex', 'race3', 'behavior', 'sequence', 'marital', 'chemo', 'surv_flag', 'vital'] %}

with

loads as (

    select * from {{ ref('stg_ledger__loads') }}
    where is_current

),

listing as (

    select {{ columns | join(', ') }}, load_id from {{ source('raw', 'seer_listing') }}

    union all

    select {{ columns | join(', ') }}, load_id from {{ source('raw', 'seer_ascii') }}

    union all

    select {{ columns | join(', ') }}, load_id from {{ source('raw', 'naaccr_tumors') }}

),

vocabulary as (

    select * from {{ source('raw', 'vocabulary') }}

),

delivered_labels as (

    {% for column in columns %}
        select distinct
            '{{ column }}' as column_name,
            listing.{{ column }} as delivered_label

        from listing

        inner join loads
            on listing.load_id = loads.load_id
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
