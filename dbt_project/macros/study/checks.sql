{# Every named key and no other. `optional` keys may be absent. #}
{% macro check_keys(where, mapping, required, optional=[]) %}
    {% if mapping is not mapping %}
        {{ refuse_study(where, 'is not a mapping of keys to values') }}
    {% endif %}
    {% for key in mapping if key not in required + optional %}
        {{ refuse_study(where, "has the unknown key '" ~ key ~ "'; known are " ~ (required + optional) | join(', ')) }}
    {% endfor %}
    {% for key in required if key not in mapping or mapping[key] is none %}
        {{ refuse_study(where, "lacks the key '" ~ key ~ "'") }}
    {% endfor %}
{% endmacro %}


{% macro check_whole_number(where, value, lowest, highest) %}
    {% if value is not integer or value < lowest or value > highest %}
        {{ refuse_study(where, "is '" ~ value ~ "', not a whole number from " ~ lowest ~ ' to ' ~ highest) }}
    {% endif %}
{% endmacro %}


{% macro check_years(where, mapping) %}
    {{ check_whole_number(where ~ '.first_year', mapping['first_year'], 1900, 2100) }}
    {{ check_whole_number(where ~ '.last_year', mapping['last_year'], mapping['first_year'], 2100) }}
{% endmacro %}


{# A list of {histology, site, first_year, last_year}; histology and site are codes or ranges such as 9811-9819. #}
{% macro check_cancers(where, cancers) %}
    {% if cancers is string or cancers is mapping or cancers is not iterable or cancers | length == 0 %}
        {{ refuse_study(where, 'is not a list with at least one cancer') }}
    {% endif %}
    {% for cancer in cancers %}
        {{ check_keys(where, cancer, ['histology'], ['site', 'first_year', 'last_year']) }}
        {% if not modules.re.fullmatch('[89][0-9]{3}(-[89][0-9]{3})?', cancer['histology'] | string) %}
            {{ refuse_study(where, "has the histology '" ~ cancer['histology'] ~ "', not an ICD-O-3 code or range such as 9811-9819") }}
        {% endif %}
        {% if 'site' in cancer and not modules.re.fullmatch('C[0-9]{3}(-C[0-9]{3})?', cancer['site'] | string) %}
            {{ refuse_study(where, "has the site '" ~ cancer['site'] ~ "', not a topography code or range such as C420-C421") }}
        {% endif %}
        {% for key in ['first_year', 'last_year'] if key in cancer %}
            {{ check_whole_number(where ~ '.' ~ key, cancer[key], 1900, 2100) }}
        {% endfor %}
    {% endfor %}
{% endmacro %}


{% macro check_sources(sources) %}
    {{ check_keys('study.sources', sources, ['seer', 'institution']) }}
    {% for source in sources %}
        {% set where = 'study.sources.' ~ source %}
        {{ check_keys(where, sources[source], ['first_year', 'last_year', 'study_cutoff', 'registries']) }}
        {{ check_years(where, sources[source]) }}
        {% if not modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', sources[source]['study_cutoff'] | string) %}
            {{ refuse_study(where ~ '.study_cutoff', "is '" ~ sources[source]['study_cutoff'] ~ "', not a date such as 2018-12-31") }}
        {% endif %}
        {% if sources[source]['registries'] is string or sources[source]['registries'] is mapping %}
            {{ refuse_study(where ~ '.registries', 'is not a list of registry codes (an empty list means any)') }}
        {% endif %}
        {% for registry in sources[source]['registries'] %}
            {{ check_whole_number(where ~ '.registries', registry, 1501, 1599) }}
        {% endfor %}
    {% endfor %}
{% endmacro %}


{# One after the other without a gap, over every year in which the registries' index cancers may fall. #}
{% macro check_eras(eras, registry_study) %}
    {% if eras is string or eras is mapping or eras | length == 0 %}
        {{ refuse_study('study.eras', 'is not a list with at least one era') }}
    {% endif %}
    {% for era in eras %}
        {{ check_keys('study.eras', era, ['first_year', 'last_year']) }}
        {{ check_years('study.eras', era) }}
        {% if not loop.first and era['first_year'] != loop.previtem['last_year'] + 1 %}
            {{ refuse_study('study.eras', 'has eras that overlap, leave a gap or are out of order at ' ~ era['first_year']) }}
        {% endif %}
    {% endfor %}
    {% if eras[0]['first_year'] > registry_study['first_year'] or eras[-1]['last_year'] < registry_study['last_year'] %}
        {{ refuse_study('study.eras', 'does not cover the years of study.sources.seer') }}
    {% endif %}
{% endmacro %}


{% macro check_settings(settings) %}
    {{ check_whole_number('study.settings.min_age_years', settings['min_age_years'], 0, 120) }}
    {{ check_whole_number('study.settings.min_latency_months', settings['min_latency_months'], 0, 600) }}
    {{ check_whole_number('study.settings.max_primaries', settings['max_primaries'], 1, 99) }}
    {% for key in ['apply_to_everyone', 'keep_nonqualifying_second'] if settings[key] is not boolean %}
        {{ refuse_study('study.settings.' ~ key, "is '" ~ settings[key] ~ "', not true or false") }}
    {% endfor %}
    {% if settings['zero_survival_months'] is not number or not 0 < settings['zero_survival_months'] < 1 %}
        {{ refuse_study('study.settings.zero_survival_months', 'is not a number between 0 and 1') }}
    {% endif %}
    {% set other_primaries = settings.get('other_primaries', 'ignore') %}
    {% if other_primaries not in ['ignore', 'censor'] %}
        {{ refuse_study('study.settings.other_primaries', "is '" ~ other_primaries ~ "', not ignore or censor") }}
    {% endif %}
    {% for landmark in settings['landmark_months'] %}
        {{ check_whole_number('study.settings.landmark_months', landmark, 1, 600) }}
    {% endfor %}
    {% for months in settings['band_months'] %}
        {{ check_whole_number('study.settings.band_months', months, 1, 600) }}
        {% if not loop.first and months <= loop.previtem %}
            {{ refuse_study('study.settings.band_months', 'is not in rising order at ' ~ months) }}
        {% endif %}
    {% endfor %}
{% endmacro %}
