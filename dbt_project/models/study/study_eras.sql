{% set study = study_definition() %}
{% if execute %}
{% for era in study['eras'] %}
select
    cast({{ loop.index }} as integer) as position,
    '{{ era['first_year'] }}-{{ era['last_year'] }}' as era,
    cast({{ era['first_year'] }} as integer) as first_year,
    cast({{ era['last_year'] }} as integer) as last_year
{% if not loop.last %}
union all
{% endif %}
{% endfor %}
{% endif %}
