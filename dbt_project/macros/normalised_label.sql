{# A label as the vocabulary keys it: trimmed, in lower case, each run of up to eight blanks made one. #}
{% macro normalised_label(column) -%}
    {{ trimmed("replace(replace(replace(lower(" ~ column ~ "), '  ', ' '), '  ', ' '), '  ', ' ')") }}
{%- endmacro %}
