{#
    Whether a registry is one of the study's, as its study_registries say: listed, or of a source for which none is listed. So is
    a registry that the delivery does not tell, and a whole state of which any registry is listed: in such a listing the state
    cannot be told apart further. `whole_state` is null for a registry that is none.
#}
{% macro registry_is_of_the_study(source, registry_code, whole_state) -%}
    (
            ({{ registry_code }} is null and {{ whole_state }} is null)
            or {{ source }} not in (select study_registries.source from study_registries)
            or concat({{ source }}, {{ registry_code }})
            in (select concat(study_registries.source, study_registries.registry_code) from study_registries)
            or (
                {{ whole_state }} is not null
                and concat({{ source }}, {{ whole_state }})
                in (
                    select concat(study_registries.source, {{ whole_state_of('study_registries.registry_code') }})
                    from study_registries
                )
            )
        )
{%- endmacro %}


{# California and Georgia, which a case listing may write for the registries in them; null for a registry of its own state. #}
{% macro whole_state_of(registry_code) -%}
    case
        when {{ registry_code }} in ('1501', '1531', '1535', '1541') then 'California'
        when {{ registry_code }} in ('1527', '1537', '1547') then 'Georgia'
    end
{%- endmacro %}


{# A state that a case listing writes in place of its registries, from the registry's name; null for a registry. #}
{% macro whole_state_written(registry) -%}
    case when {{ registry }} in ('California', 'Georgia') then {{ registry }} end
{%- endmacro %}


{# How many registries a database has of a whole state, from how many it has in all; null where it does not say. #}
{% macro registries_of_whole_state(state, registries) -%}
    case
        when {{ registries }} >= 17 then case {{ state }} when 'California' then 4 when 'Georgia' then 3 end
        when {{ registries }} >= 10 then case {{ state }} when 'California' then 3 when 'Georgia' then 2 end
        when {{ registries }} < 10 then 1
    end
{%- endmacro %}


{# Whether a registry is in a database of so many: nine, then thirteen, then seventeen or more. Unknown is yes. #}
{% macro is_in_database_of(registry_code, registries) -%}
    (
            {{ registries }} is null
            or {{ registry_code }} not in ('1531', '1535', '1537', '1541', '1547')
            or ({{ registries }} >= 10 and {{ registry_code }} in ('1531', '1535', '1537'))
            or {{ registries }} >= 17
        )
{%- endmacro %}


{# The code of a state in the dictionary that came with a listing, as raw.loads keeps it: the last four digits, or 15 and two. #}
{% macro whole_state_code(header, state) -%}
    {%- set code -%}
        regexp_extract({{ header }}, '"SEER registry[^"]*": [{][^}]*"0*([0-9]{1,4})": "{{ state }}"', 1)
    {%- endset -%}
    nullif(case when length({{ code }}) <= 2 then concat('15', {{ code }}) else {{ code }} end, '15')
{%- endmacro %}
