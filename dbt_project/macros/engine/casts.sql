{# Text as a whole number, or null where it is none. dbt's own safe_cast is a plain, failing cast on DuckDB. #}
{% macro safe_integer(text) -%}
    {{ return(adapter.dispatch('safe_integer', 'metachron')(text)) }}
{%- endmacro %}


{% macro default__safe_integer(text) -%}
    try_cast({{ text }} as integer)
{%- endmacro %}


{#
    DuckDB also reads 65.0 and 1e3, and rounds; Spark's cast refuses both, and its decimals would read digits of every script.
    (DuckDB reads 0x1F, 0b11 and 1_000 too, which no registry writes; Spark makes them null.)
#}
{% macro spark__safe_integer(text) -%}
    coalesce(
        try_cast({{ text }} as integer),
        try_cast(round(try_cast(
            nullif(regexp_extract({{ text }}, '^\\s*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,2})?\\s*$', 0), '')
            as decimal(38, 18)
        )) as integer)
    )
{%- endmacro %}


{# Text of the form year-month-day as a date, or null where there is no such day. #}
{% macro safe_date(text) -%}
    try_cast({{ text }} as date)
{%- endmacro %}


{# Whole days from one date to another; negative where the second is earlier, null where one is unknown. #}
{% macro days_between(first_date, second_date) -%}
    {{ return(adapter.dispatch('days_between', 'metachron')(first_date, second_date)) }}
{%- endmacro %}


{% macro default__days_between(first_date, second_date) -%}
    {{ dbt.datediff(first_date, second_date, 'day') }}
{%- endmacro %}


{# dbt's own stops the build at a date that is null. Months are counted in hundredths of days, which integers would not hold. #}
{% macro spark__days_between(first_date, second_date) -%}
    cast(datediff({{ second_date }}, {{ first_date }}) as bigint)
{%- endmacro %}


{# The date so many days after another, null where either is unknown. #}
{% macro date_after_days(date, days) -%}
    {{ return(adapter.dispatch('date_after_days', 'metachron')(date, days)) }}
{%- endmacro %}


{% macro default__date_after_days(date, days) -%}
    {{ dbt.dateadd('day', days, date) }}
{%- endmacro %}


{# dbt's own stops the build at a date that is null, and goes by way of the clock. #}
{% macro spark__date_after_days(date, days) -%}
    date_add({{ date }}, {{ days }})
{%- endmacro %}


{# The name of the text type. #}
{% macro string_type() -%}
    {{ dbt.type_string() }}
{%- endmacro %}
