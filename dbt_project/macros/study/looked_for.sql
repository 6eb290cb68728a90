{#
    Whether a study's cancers, a row of study_cancers, are all among those that a hospital's file says it covers: "all", or
    "9811-9818/C000-C999;" up to twenty times, as flows/landing/forms/hospital/mapping.py writes them.
#}
{% macro is_looked_for(said, cancers) -%}
    (
        {{ said }} = 'all'
        {%- for number in range(20) %}
        {%- set start = 20 * number %}
        or (
            substr({{ said }}, {{ start + 1 }}, 4) <= {{ cancers }}.first_histology_code
            and {{ cancers }}.last_histology_code <= substr({{ said }}, {{ start + 6 }}, 4)
            and substr({{ said }}, {{ start + 11 }}, 4) <= coalesce({{ cancers }}.first_site_code, 'C000')
            and coalesce({{ cancers }}.last_site_code, 'C999') <= substr({{ said }}, {{ start + 16 }}, 4)
        )
        {%- endfor %}
    )
{%- endmacro %}
