{#
    A label as the vocabulary keys it: trimmed, in lower case, each run of blanks made one. Each blank is marked, and a
    blank behind a mark goes with it; no text of a delivery holds the mark.
#}
{% macro normalised_label(column) -%}
    {{ trimmed("replace(replace(replace(lower(" ~ column ~ "), ' ', concat(' ', chr(1))), concat(chr(1), ' '), ''), chr(1), '')") }}
{%- endmacro %}
