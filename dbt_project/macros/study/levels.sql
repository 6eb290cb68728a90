{# Whether persons are of the kind that a level of study_levels is about; one whose trait is not known is of the level Unknown. #}
{% macro is_of_the_level(persons, levels) -%}
    ({{ levels }}.era is null or {{ persons }}.era = {{ levels }}.era)
            and ({{ levels }}.sex is null or coalesce({{ persons }}.sex, 'Unknown') = {{ levels }}.sex)
            and ({{ levels }}.race is null or coalesce({{ persons }}.race, 'Unknown') = {{ levels }}.race)
            and (
                {{ levels }}.chemotherapy_index is null
                or coalesce({{ persons }}.chemotherapy_index, 'Unknown') = {{ levels }}.chemotherapy_index
            )
{%- endmacro %}
