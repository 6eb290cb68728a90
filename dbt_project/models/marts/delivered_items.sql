{#
    What analyses need, and whether any delivery of tumours in use holds it. A column that was not exported is null throughout;
    one that is there and says nothing was delivered and is not known. The second cancer is delivered where anybody has it: a
    code that no row has makes no zero, for it may be the wrong code.
#}
{% set items = {
    'sex': ('sex', 'sex_code'),
    'race': ('race3', 'race_code'),
    'marital_status': ('marital', 'marital_status_code'),
    'chemotherapy': ('chemo', 'chemotherapy'),
    'survival_months': ('surv_months', 'survival_months'),
    'vital_status': ('vital', 'vital_status'),
} %}
with

loads as (

    select * from {{ ref('stg_ledger__loads') }}
    where is_current

),

study as (

    select * from {{ ref('study') }}

),

study_cancers as (

    select * from {{ ref('study_cancers') }}

),

landed_tumors as (

    {% for table in ['seer_listing', 'seer_ascii', 'naaccr_tumors'] %}
        select
            load_id,
            {% for column, staged in items.values() %}
                {{ column }}{{ ',' if not loop.last }}
            {% endfor %}

        from {{ source('raw', table) }}
        {% if not loop.last %}

            union all

        {% endif %}
    {% endfor %}

),

items_landed as (

    {% for item, (column, staged) in items.items() %}
        select
            '{{ item }}' as item,
            count(landed_tumors.{{ column }}) > 0 as is_delivered

        from landed_tumors

        inner join loads
            on landed_tumors.load_id = loads.load_id
        {% if not loop.last %}

            union all

        {% endif %}
    {% endfor %}

),

items_known as (

    {% for item, (column, staged) in items.items() %}
        select
            '{{ item }}' as item,
            count(*) as n_rows,
            count({{ staged }}) as n_known

        from {{ ref('stg_seer__tumors') }}
        {% if not loop.last %}

            union all

        {% endif %}
    {% endfor %}

),

second_cancers as (

    select distinct tumors.tumor_id

    from {{ ref('int_tumors_conformed') }} as tumors

    cross join study

    inner join study_cancers
        on
            study_cancers.role = 'second'
            and study.second_definition = study_cancers.definition
            and {{ tumor_is_of_the_cancer('tumors', 'study_cancers') }}

    where tumors.source = 'seer' and tumors.is_malignant_primary

),

delivered_items as (

    select
        items_known.item,
        items_landed.is_delivered,
        items_known.n_rows,
        items_known.n_known

    from items_known

    inner join items_landed
        on items_known.item = items_landed.item

    union all

    select
        'second_cancer' as item,
        count(second_cancers.tumor_id) > 0 as is_delivered,
        count(*) as n_rows,
        count(second_cancers.tumor_id) as n_known

    from {{ ref('int_tumors_conformed') }} as tumors

    left join second_cancers
        on tumors.tumor_id = second_cancers.tumor_id

    where tumors.source = 'seer'

)

select * from delivered_items
