{% set study = study_definition() %}
{% if execute %}
{% set settings = study['settings'] %}
{% set index = study['index']['label'] %}
{% set second = study['second']['label'] %}
{% set whom = 'everyone' if settings['apply_to_everyone'] else 'patients with a second cancer only' %}
{% set kept = settings['keep_nonqualifying_second'] %}

{# Number, name, and why a patient leaves by it. The conditions themselves are in int_patients_screened. #}
{% set rules = [
    ('has an index cancer',
        'no malignant ' ~ index ~ ' record diagnosed in the years and registries of the study'),
    ('adult at index',
        'younger than ' ~ settings['min_age_years'] ~ ' years at ' ~ index ~ ', or age unknown'),
    ('second cancer not first',
        'earliest ' ~ second ~ ' precedes or coincides with ' ~ index),
    ('latency known',
        'time from ' ~ index ~ ' to ' ~ second ~ ' cannot be computed by any allowed method'),
    ('latency long enough',
        second ~ ' less than ' ~ settings['min_latency_months'] ~ ' months after ' ~ index),
    ('no third primary',
        'more than ' ~ settings['max_primaries'] ~ ' primary malignancies (' ~ whom ~ ')'),
    ('survival known',
        'survival unknown on the index or the second record (' ~ whom ~ ')'),
] %}
{% set only_for_qualifying = ['second cancer not first', 'latency known', 'latency long enough'] %}

{% for rule, reason in rules %}
select
    cast({{ loop.index }} as integer) as step,
    {{ text_literal(rule) }} as rule,
    {{ text_literal(reason ~ ('; switched off by keep_nonqualifying_second' if kept and rule in only_for_qualifying else '')) }} as reason
{% if not loop.last %}
union all
{% endif %}
{% endfor %}
{% endif %}
