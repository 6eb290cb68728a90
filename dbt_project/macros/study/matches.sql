{# Whether a tumour is of one of the study's lists of cancers: histology, site and year of diagnosis. #}
{% macro tumor_is_of_the_cancer(tumor, cancer) -%}
    {{ tumor }}.icdo3_histology_code between {{ cancer }}.first_histology_code and {{ cancer }}.last_histology_code
            and ({{ cancer }}.first_site_code is null or {{ tumor }}.icdo3_site_code >= {{ cancer }}.first_site_code)
            and ({{ cancer }}.last_site_code is null or {{ tumor }}.icdo3_site_code <= {{ cancer }}.last_site_code)
            and ({{ cancer }}.first_year is null or {{ tumor }}.diagnosis_year >= {{ cancer }}.first_year)
            and ({{ cancer }}.last_year is null or {{ tumor }}.diagnosis_year <= {{ cancer }}.last_year)
{%- endmacro %}


{# California and Georgia, which a case listing may write for the registries in them; null for a registry of its own state. #}
{% macro whole_state_of(registry_code) -%}
    case
        when {{ registry_code }} in ('1501', '1531', '1535', '1541') then 'California'
        when {{ registry_code }} in ('1527', '1537', '1547') then 'Georgia'
    end
{%- endmacro %}
