{#
    A date as hospitals write it: 2011-08-15, 2011/8/15, 2011.8.15, 20110815, 2011年8月15日, a spreadsheet's serial number
    (days since 1899-12-30), with or without a time of day. A month alone stands for its 15th; a year alone is no date.
#}
{% macro hospital_date(column) -%}
    {%- set dashed = "replace(replace(replace(replace(replace(" ~ trimmed(column)
        ~ ", '/', '-'), '.', '-'), '年', '-'), '月', '-'), '日', '')" -%}
    {#- The text ends with a mark of ours, because to Spark $ is also the place before a last line feed. -#}
    {%- set compact = "regexp_extract(" ~ dashed ~ " || '#', '^([0-9]{8})#', 1)" -%}
    {%- set serial = "regexp_extract(" ~ dashed ~ " || '#', '^([0-9]{5})#', 1)" -%}
    case
        when {{ compact }} <> ''
            then {{ safe_date("concat(substr(" ~ compact ~ ", 1, 4), '-', substr(" ~ compact ~ ", 5, 2), '-', substr(" ~ compact ~ ", 7, 2))") }}
        when {{ serial }} <> ''
            then cast({{ date_after_days("cast('1899-12-30' as date)", safe_integer(serial)) }} as date)
        else {{ safe_date("concat("
            ~ "regexp_extract(" ~ dashed ~ ", '^([0-9]{4})-', 1), '-', "
            ~ "lpad(regexp_extract(" ~ dashed ~ ", '^[0-9]{4}-([0-9]{1,2})', 1), 2, '0'), '-', "
            ~ "coalesce(lpad(nullif(regexp_extract(" ~ dashed ~ ", '^[0-9]{4}-[0-9]{1,2}-([0-9]{1,2})', 1), ''), 2, '0'), '15'))") }}
    end
{%- endmacro %}


{# The year alone, where a date is incomplete. #}
{% macro hospital_year(column) -%}
    coalesce(
        cast(extract(year from {{ hospital_date(column) }}) as integer),
        {{ safe_integer("regexp_extract(" ~ trimmed(column) ~ ", '^((19|20)[0-9]{2})', 1)") }}
    )
{%- endmacro %}
