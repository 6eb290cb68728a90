{#
    The study of this build, as it was given. Its rules stand in flows/building/study_meaning.py: dbt_metachron.py, which dbt
    runs at its start, asks them. What reads its keys stands in `if execute`: while dbt parses, nobody needs them.
#}
{% macro study_definition() %}
    {% set study = var('study') %}
    {# A study is vars, which dbt does not compare with an earlier state; a model's configuration it does. #}
    {% do config(meta={'study_md5': local_md5(study | string)}) %}
    {{ return(study) }}
{% endmacro %}


{# Stops a dbt that runs nothing of ours, such as one of another environment with a profile of its own. #}
{% macro refuse_unchecked_study() %}
    {% if execute and not env_var('METACHRON_STUDY_CHECKED', '') %}
        {{ exceptions.raise_compiler_error(
            'STU-05: The study was not checked, because this dbt runs without metachron. Nothing was built.'
            ~ ' Install metachron into its environment: pip install --editable FOLDER.'
        ) }}
    {% endif %}
    {{ return('') }}
{% endmacro %}
