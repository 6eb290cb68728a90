{% set study = study_definition() %}
{% if execute %}
with

highlights as (

    select
        cast(null as integer) as position,
        cast(null as {{ string_type() }}) as highlight,
        cast(null as {{ string_type() }}) as says
    {% for highlight in study.get('paper', {}).get('highlights', []) %}

    union all

    select
        cast({{ loop.index }} as integer) as position,
        {{ text_literal(highlight['about']) }} as highlight,
        {{ text_literal(highlight['says']) }} as says
    {% endfor %}

)

select * from highlights where position is not null
{% endif %}
