{#
    DuckDB attaches the landed tables as a database (profiles.yml). Spark reads them as Parquet, a folder a table, so each is
    given its name here; without a folder they are taken as known to the catalogue under these names already.
#}
{% macro register_landed_tables() -%}
    {{ return(adapter.dispatch('register_landed_tables', 'metachron')()) }}
{%- endmacro %}


{% macro default__register_landed_tables() %}
    {{ return('') }}
{% endmacro %}


{% macro spark__register_landed_tables() %}
    {% set folder = env_var('METACHRON_SPARK_RAW', '') %}
    {% if execute and folder %}
        {% for source in graph.sources.values() %}
            {% do run_query('create schema if not exists ' ~ source.schema) %}
            {% do run_query('drop table if exists ' ~ source.schema ~ '.' ~ source.identifier) %}
            {% do run_query('create table ' ~ source.schema ~ '.' ~ source.identifier ~ " using parquet location '"
                ~ folder ~ '/' ~ source.identifier ~ "'") %}
        {% endfor %}
    {% endif %}
    {{ return('') }}
{% endmacro %}
