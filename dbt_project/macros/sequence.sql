{#
    The central sequence number (NAACCR item 380): 0-59 in the federal family, 60-88 in that of the states, 98 and 99. What it
    tells of a total is the least there can be: the first and the second are of two or more, the third of three or more.
#}
{% macro sequence_family(sequence_code) -%}
    case
        when {{ sequence_code }} <= 59 then 'federal'
        when {{ sequence_code }} <= 88 then 'state'
        when {{ sequence_code }} = 98 then 'cervix_in_situ'
        else 'unspecified'
    end
{%- endmacro %}


{% macro sequence_number(sequence_code) -%}
    case when {{ sequence_code }} <= 59 then {{ sequence_code }} end
{%- endmacro %}


{% macro sequence_total(sequence_code) -%}
    case
        when {{ sequence_code }} = 0 then 1
        when {{ sequence_code }} <= 2 then 2
        when {{ sequence_code }} <= 59 then {{ sequence_code }}
    end
{%- endmacro %}
