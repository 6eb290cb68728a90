{% set study = study_definition() %}
{% if execute %}
{% for source, rules in study['sources'].items() %}
select
    {{ text_literal(source) }} as source,
    cast({{ rules['first_year'] }} as integer) as first_year,
    cast({{ rules['last_year'] }} as integer) as last_year,
    cast({{ text_literal(rules['study_cutoff']) }} as date) as study_cutoff
{% if not loop.last %}
union all
{% endif %}
{% endfor %}
{% endif %}
