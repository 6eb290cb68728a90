{% set study = checked_study() %}
{% set settings = study['settings'] %}

{# The time before the shortest latency is a band of its own, so that it can be left out or shown. #}
{% set starts = [0] %}
{% for months in [settings['min_latency_months']] + settings['band_months'] if months > starts[-1] %}
    {% do starts.append(months) %}
{% endfor %}

{% for first_months in starts %}
select
    cast({{ loop.index }} as integer) as position,
    cast({{ first_months }} as integer) as first_months,
    cast({{ 'null' if loop.last else loop.nextitem - 1 }} as integer) as last_months,
    {% if loop.last %}
    '{{ first_months }}+ months' as months_since_index_band,
    {% else %}
    '{{ first_months }}-{{ loop.nextitem - 1 }} months' as months_since_index_band,
    {% endif %}
    {{ first_months >= settings['min_latency_months'] }} as counts_second_primaries
{% if not loop.last %}
union all
{% endif %}
{% endfor %}
