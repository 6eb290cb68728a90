{# The study of this build, after its keys and values have been checked. Stops the build with one sentence otherwise. #}
{% macro checked_study() %}
    {% set study = var('study') %}
    {% if study is not mapping %}
        {{ refuse_study('study', 'is not a mapping') }}
    {% endif %}

    {{ check_keys('study', study, [
        'name', 'title', 'engine', 'history', 'index', 'second', 'sources', 'eras', 'settings',
    ]) }}
    {% if study['name'] is not string or not modules.re.fullmatch('[a-z][a-z0-9_-]{0,59}', study['name']) %}
        {{ refuse_study('study.name', "is not a name of at most 60 lower-case letters, digits, _ and -, a letter first") }}
    {% endif %}
    {{ check_keys('study.index', study['index'], ['label', 'short_label', 'cancers']) }}
    {{ check_keys('study.second', study['second'], ['label', 'short_label', 'definition', 'definitions']) }}
    {{ check_keys('study.settings', study['settings'], [
        'min_age_years', 'min_latency_months', 'max_primaries', 'apply_to_everyone', 'keep_nonqualifying_second',
        'zero_survival_months', 'landmark_months', 'band_months',
    ], optional=['other_primaries']) }}

    {{ check_cancers('study.index.cancers', study['index']['cancers']) }}
    {% if study['second']['definitions'] is not mapping or study['second']['definitions'] | length == 0 %}
        {{ refuse_study('study.second.definitions', 'names no definition') }}
    {% endif %}
    {% for definition, cancers in study['second']['definitions'].items() %}
        {{ check_cancers('study.second.definitions.' ~ definition, cancers) }}
    {% endfor %}
    {% if study['second']['definition'] not in study['second']['definitions'] %}
        {{ refuse_study('study.second.definition', "chooses '" ~ study['second']['definition'] ~ "', which is not one of "
            ~ study['second']['definitions'].keys() | join(', ')) }}
    {% endif %}

    {{ check_sources(study['sources']) }}
    {{ check_eras(study['eras'], study['sources']['seer']) }}
    {{ check_settings(study['settings']) }}

    {# A study is vars, which dbt does not compare with an earlier state; a model's configuration it does. #}
    {% do config(meta={'study_md5': local_md5(tojson(study, sort_keys=true))}) %}
    {{ return(study) }}
{% endmacro %}


{% macro refuse_study(where, why) %}
    {{ exceptions.raise_compiler_error('Study refused: ' ~ where ~ ' ' ~ why ~ '.') }}
{% endmacro %}
