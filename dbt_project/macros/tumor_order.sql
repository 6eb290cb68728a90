{#
    The order of one person's tumours, in the two forms that SQL needs it. Record number first (SEER numbers records by date of
    diagnosis), then year, then central sequence, then month.
#}
{% macro earliest_tumor_first() -%}
    record_number asc nulls last,
    diagnosis_year asc nulls last,
    sequence_number asc nulls last,
    diagnosis_month asc nulls last,
    tumor_id asc
{%- endmacro %}


{# True, false, or null where nothing tells the two apart: they coincide. #}
{% macro first_tumor_precedes(first, second) -%}
    case
        {%- for column in ['record_number', 'diagnosis_year', 'sequence_number', 'diagnosis_month'] %}
        when {{ first }}.{{ column }} <> {{ second }}.{{ column }}
            then {{ first }}.{{ column }} < {{ second }}.{{ column }}
        {%- endfor %}
    end
{%- endmacro %}
