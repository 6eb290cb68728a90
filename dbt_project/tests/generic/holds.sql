{#
    The rules of one table, all in one reading of it; a row for each rule that is broken, and by how many rows.

    never_null  columns that have a value in every row
    unique      columns, or lists of columns, that no two rows share; a column alone may be null more than once
    values      the values that a column may have, or null
    within      a table and its column, in which a column's values must be found
#}
{% test holds(model, never_null=[], unique=[], values={}, within={}) %}

{% set alone = unique | select('string') | list %}
{% set together = unique | reject('string') | list %}

with

looked_at as (

    select
        {% for column in never_null -%}
            count(*) filter (where {{ column }} is null) as null_{{ column }},
        {% endfor %}
        {%- for column in alone -%}
            count({{ column }}) - count(distinct {{ column }}) as again_{{ column }},
        {% endfor %}
        {%- for column, allowed in values.items() -%}
            count(*) filter (where {{ column }} not in ('{{ allowed | join("', '") }}')) as other_{{ column }},
        {% endfor -%}
        count(*) as n_rows

    from {{ model }}

),

rules as (

    {% for column in never_null -%}
        select '{{ column }} is never null' as rule, null_{{ column }} as n_broken from looked_at
        union all
    {% endfor %}
    {%- for column in alone -%}
        select '{{ column }} is unique' as rule, again_{{ column }} as n_broken from looked_at
        union all
    {% endfor %}
    {%- for column in values -%}
        select '{{ column }} is one of its values' as rule, other_{{ column }} as n_broken from looked_at
        union all
    {% endfor %}
    {%- for columns in together -%}
        select '{{ columns | join(", ") }} are unique together' as rule, count(*) as n_broken
        from (select 1 as one from {{ model }} group by {{ columns | join(', ') }} having count(*) > 1) as again
        union all
    {% endfor %}
    {%- for column, other in within.items() -%}
        select '{{ column }} is one of {{ other[0].identifier }}' as rule, count(*) as n_broken
        from {{ model }}
        where {{ column }} not in (select {{ other[1] }} from {{ other[0] }} where {{ other[1] }} is not null)
        union all
    {% endfor -%}
    select 'the table is there', 0 as n_broken from looked_at where n_rows < 0

)

select rule, n_broken from rules
where n_broken > 0

{% endtest %}
