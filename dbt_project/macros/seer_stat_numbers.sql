{# Years and histologies may come as SEER*Stat's internal numbers: year - 1800 and code - 8000. #}
{% macro seer_stat_year(column) -%}
    {%- set number = safe_integer(trimmed(column)) -%}
    case
        when {{ number }} between 150 and 300 then {{ number }} + 1800
        when {{ number }} between 1900 and 2100 then {{ number }}
    end
{%- endmacro %}


{% macro seer_stat_histology(column) -%}
    {%- set number = safe_integer(trimmed(column)) -%}
    case when {{ number }} < 2000 then {{ number }} + 8000 else {{ number }} end
{%- endmacro %}
