{% set study = study_definition() %}
{% if execute %}
{% set settings = study['settings'] %}
{% set latency = settings['min_latency_months'] %}

{# The study's bands: the time before the shortest latency is one of its own, so that it can be left out or shown. #}
{% set starts = [0] %}
{% for months in [latency] + settings['band_months'] if months > starts[-1] %}
    {% do starts.append(months) %}
{% endfor %}

{# Cut finer after the shortest latency, so that eras can be compared at equal times since the index cancer. #}
{% set cuts = starts + [] %}
{% for months in [24, 60, 120, 180, 240] if months > latency and months not in cuts %}
    {% do cuts.append(months) %}
{% endfor %}
{% set cuts = cuts | sort %}

{% for first_months in cuts %}
{% set next_cut = none if loop.last else loop.nextitem %}
{% set band_start = starts | select('le', first_months) | max %}
{% set next_start = starts | select('gt', first_months) | list | first %}
select
    cast({{ loop.index }} as integer) as position,
    cast({{ first_months }} as integer) as first_months,
    cast({{ 'null' if next_cut is none else next_cut - 1 }} as integer) as last_months,
    '{{ first_months }}{{ '+' if next_cut is none else '-' ~ (next_cut - 1) }} months' as months_since_index,
    '{{ band_start }}{{ '-' ~ (next_start - 1) if next_start else '+' }} months' as months_since_index_band,
    {{ first_months >= latency }} as counts_second_primaries
{% if not loop.last %}
union all
{% endif %}
{% endfor %}
{% endif %}
