{# The forms in which a registry delivers tumours: each base model, and the raw table that it reads. A new form is a line. #}
{% macro registry_forms() -%}
    {{ return({
        'base_seer__listing': 'seer_listing',
        'base_seer__ascii': 'seer_ascii',
        'base_seer__naaccr': 'naaccr_tumors',
    }) }}
{%- endmacro %}


{# Rows of all forms. A delivery replaces the one before it, whatever its form: of the other forms none are current. #}
{% macro tumors_of_every_form(columns) -%}
    {% for base in registry_forms() %}
        select {{ columns | join(', ') }} from {{ ref(base) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
{%- endmacro %}


{# The same before staging: rows of the raw tables, all deliveries of them. #}
{% macro landed_tumors_of_every_form(columns) -%}
    {% for table in registry_forms().values() %}
        select {{ columns | join(', ') }} from {{ source('raw', table) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
{%- endmacro %}
