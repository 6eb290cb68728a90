{% set study = study_definition() %}
{% if execute %}
{# The first row, which the last line drops, gives the columns to a study that lists no registry. #}
with

registries as (

    select
        '' as source,
        '' as registry_code
    {% for source, rules in study['sources'].items() %}
    {% for registry in rules['registries'] %}

    union all

    select
        {{ text_literal(source) }} as source,
        {{ text_literal(registry) }} as registry_code
    {% endfor %}
    {% endfor %}

)

select * from registries where source <> ''
{% endif %}
