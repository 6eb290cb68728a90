{# The schema is the folder's, with no prefix: analysts write marts.index_patients. #}
{% macro generate_schema_name(custom_schema_name, node) %}
    {{- custom_schema_name if custom_schema_name is not none else target.schema -}}
{% endmacro %}
