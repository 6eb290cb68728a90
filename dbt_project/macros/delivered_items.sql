{#
    What analyses need of a tumour record: the item, its column as landed, and its column in staging. A landed column that was
    not exported is null throughout; one that is there and says nothing was delivered and is not known.
#}
{% macro delivered_items(landed_tables, staged_tumors) -%}
    {% set items = [
        ('sex', 'sex', 'sex_code'),
        ('race', 'race3', 'race_code'),
        ('marital_status', 'marital', 'marital_status_code'),
        ('chemotherapy', 'chemo', 'chemotherapy'),
        ('survival_months', 'surv_months', 'survival_months'),
        ('vital_status', 'vital', 'vital_status'),
    ] %}
    {% for item, landed, staged in items %}
        select
            '{{ item }}' as item,
            (
                select count(*)
                from (
                    {% for table in landed_tables %}
                        select load_id from {{ source('raw', table) }}
                        where {{ landed }} is not null
                        {{ 'union all' if not loop.last }}
                    {% endfor %}
                ) as landed_rows
                where load_id in (select loads.load_id from {{ ref('stg_ledger__loads') }} as loads where loads.is_current)
            ) + count({{ staged }}) > 0 as is_delivered,
            count(*) as n_rows,
            count({{ staged }}) as n_known

        from {{ staged_tumors }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
{%- endmacro %}
