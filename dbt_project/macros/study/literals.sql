{# The ends of a code or a range of codes: '9811-9819' gives 9811 and 9819, '9826' gives 9826 twice. #}
{% macro range_ends(codes) %}
    {% set ends = (codes | string).split('-') %}
    {{ return([ends[0], ends[-1]]) }}
{% endmacro %}
