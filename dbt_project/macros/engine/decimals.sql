{# A number as a decimal of fifteen places, rounded half away from zero: decimals add up to the same sum in any order. #}
{% macro exact_decimal(number) -%}
    {{ return(adapter.dispatch('exact_decimal', 'metachron')(number)) }}
{%- endmacro %}


{% macro default__exact_decimal(number) -%}
    cast({{ number }} as decimal(28, 15))
{%- endmacro %}


{# DuckDB rounds the number times 1e15; Spark's cast rounds the number's shortest decimal text, which is now and then another. #}
{% macro spark__exact_decimal(number) -%}
    cast(
        cast(cast(round(({{ number }}) * 1e15) as bigint) as decimal(19, 0)) * cast('0.000000000000001' as decimal(16, 15))
        as decimal(28, 15)
    )
{%- endmacro %}


{# A sum of such decimals as a floating-point number. #}
{% macro decimal_as_double(decimal) -%}
    {{ return(adapter.dispatch('decimal_as_double', 'metachron')(decimal)) }}
{%- endmacro %}


{% macro default__decimal_as_double(decimal) -%}
    cast({{ decimal }} as double)
{%- endmacro %}


{# DuckDB adds whole part and fraction once the digits no longer fit 53 bits, which can differ from Spark in the last bit. #}
{% macro spark__decimal_as_double(decimal) -%}
    case
        when abs({{ decimal }}) <= 9.007199254740992 then cast({{ decimal }} as double)
        else cast(floor({{ decimal }}) as double) + cast({{ decimal }} - floor({{ decimal }}) as double)
    end
{%- endmacro %}
