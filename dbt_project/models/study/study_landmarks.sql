{% set study = study_definition() %}
{% if execute %}
with

landmarks as (

    select cast(null as integer) as landmark_months
    {% for landmark in study['settings']['landmark_months'] %}

    union all

    select cast({{ landmark }} as integer) as landmark_months
    {% endfor %}

)

select * from landmarks where landmark_months is not null
{% endif %}
