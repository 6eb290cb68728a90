{#
    Whether a registry is one of the study's, as its study_registries say: listed, or of a source for which none is listed. So is
    a registry that the delivery does not tell.
#}
{% macro registry_is_of_the_study(source, registry_code) -%}
    (
            {{ registry_code }} is null
            or {{ source }} not in (select study_registries.source from study_registries)
            or concat({{ source }}, {{ registry_code }})
            in (select concat(study_registries.source, study_registries.registry_code) from study_registries)
        )
{%- endmacro %}


{# California and Georgia, which a case listing may write for the registries in them; null for a registry of its own state. #}
{% macro whole_state_of(registry_code) -%}
    case
        when {{ registry_code }} in ('1501', '1531', '1535', '1541') then 'California'
        when {{ registry_code }} in ('1527', '1537', '1547') then 'Georgia'
    end
{%- endmacro %}
