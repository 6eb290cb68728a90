{#
    A NAACCR date is YYYYMMDD, and shorter where the day or the month is unknown; until 2010 the unknown parts were 99, and an
    unknown year 9999; some registries write 00. A month alone stands for its 15th; a year alone is no date.
#}
{% macro naaccr_year(column) -%}
    {{ safe_integer("regexp_extract(" ~ trimmed(column) ~ ", '^([12][0-9]{3})', 1)") }}
{%- endmacro %}


{# Two digits, as the vocabulary has months. #}
{% macro naaccr_month(column) -%}
    nullif(regexp_extract({{ trimmed(column) }}, '^[12][0-9]{3}(0[1-9]|1[0-2])', 1), '')
{%- endmacro %}


{% macro naaccr_date(column) -%}
    {%- set text = trimmed(column) -%}
    {{ safe_date("concat("
        ~ "regexp_extract(" ~ text ~ ", '^([12][0-9]{3})', 1), '-', "
        ~ "regexp_extract(" ~ text ~ ", '^[0-9]{4}(0[1-9]|1[0-2])', 1), '-', "
        ~ "coalesce(nullif(nullif(nullif(regexp_extract(" ~ text ~ ", '^[0-9]{6}([0-9]{2})', 1), ''), '99'), '00'), '15'))") }}
{%- endmacro %}


{# The race recode (White, Black, other) from item 160; a link with the Indian Health Service (item 192) decides what is vague. #}
{% macro naaccr_race_recode(race, ihs_link) -%}
    {%- set number = safe_integer(trimmed(race)) -%}
    case
        when {{ trimmed(ihs_link) }} = '1' and {{ number }} in (1, 98, 99) then '3'
        when {{ number }} in (1, 2) then cast({{ number }} as {{ string_type() }})
        when {{ number }} between 3 and 97 then '3'
        when {{ number }} = 98 then '7'
        when {{ number }} = 99 then '9'
    end
{%- endmacro %}
