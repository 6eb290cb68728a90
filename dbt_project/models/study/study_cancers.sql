{% set study = study_definition() %}
{% if execute %}
{# Every list of cancers with the role it plays; the index has one definition. #}
{% set definitions = [('index', 'primary', study['index']['cancers'])] %}
{% for definition, cancers in study['second']['definitions'].items() %}
    {% do definitions.append(('second', definition, cancers)) %}
{% endfor %}

{% for role, definition, cancers in definitions %}
{% set last_definition = loop.last %}
{% for cancer in cancers %}
{% set histologies = range_ends(cancer['histology']) %}
{% set sites = range_ends(cancer['site']) if 'site' in cancer else none %}
select
    {{ text_literal(role) }} as role,
    {{ text_literal(definition) }} as definition,
    {{ text_literal(histologies[0]) }} as first_histology_code,
    {{ text_literal(histologies[1]) }} as last_histology_code,
    cast({{ text_literal(sites[0]) if sites else 'null' }} as {{ string_type() }}) as first_site_code,
    cast({{ text_literal(sites[1]) if sites else 'null' }} as {{ string_type() }}) as last_site_code,
    cast({{ cancer.get('first_year', 'null') }} as integer) as first_year,
    cast({{ cancer.get('last_year', 'null') }} as integer) as last_year
{% if not (last_definition and loop.last) %}
union all
{% endif %}
{% endfor %}
{% endfor %}
{% endif %}
