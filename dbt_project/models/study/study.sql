{% set study = study_definition() %}
{% if execute %}
{% set settings = study['settings'] %}
{% set registry_study = study['sources']['seer'] %}

select
    -- what it is
    {{ text_literal(study['name']) }} as name,
    {{ text_literal(study['title']) }} as title,
    {{ text_literal(study['index']['label']) }} as index_label,
    {{ text_literal(study['index']['short_label']) }} as index_short_label,
    {{ text_literal(study['second']['label']) }} as second_label,
    {{ text_literal(study['second']['short_label']) }} as second_short_label,
    {{ text_literal(study['history']) }} as history,

    -- which rows
    {{ text_literal(study['second']['definition']) }} as second_definition,
    cast({{ settings['min_age_years'] }} as integer) as min_age_years,
    cast({{ settings['min_latency_months'] }} as integer) as min_latency_months,
    cast({{ settings['max_primaries'] }} as integer) as max_primaries,
    {{ settings['apply_to_everyone'] | lower }} as apply_to_everyone,
    {{ settings['keep_nonqualifying_second'] | lower }} as keep_nonqualifying_second,
    {{ text_literal(settings.get('other_primaries', 'ignore')) }} as other_primaries,

    -- when
    cast({{ registry_study['first_year'] }} as integer) as first_year,
    cast({{ registry_study['last_year'] }} as integer) as last_year,
    cast({{ text_literal(registry_study['study_cutoff']) }} as date) as study_cutoff,

    -- how it is analysed
    {# dbt started by hand may be given the key by its old name; results.json still has that one #}
    {{ text_literal(study.get('conventions', study.get('engine'))) }} as engine,
    cast({{ settings['zero_survival_months'] }} as double) as zero_survival_months,
    cast({{ settings.get('min_at_risk', 5) }} as integer) as min_at_risk
{% endif %}
