{#
    What each table of this run was made of, kept in the build (flows/building/provenance.py). The audit refuses a build in
    which these disagree. Spark's tables are compared with DuckDB's and never published, so they keep none.
#}
{% macro keep_provenance(results) %}
    {% if execute and target.type == 'duckdb' %}
        {% set made = [] %}
        {% for result in results if result.status == 'success' and result.node.resource_type == 'model' %}
            {% do made.append(result.node.to_dict()) %}
        {% endfor %}
        {% if made %}
            {% set places = {} %}
            {% set hooks = [] %}
            {% for node in graph.nodes.values() %}
                {% if node.resource_type == 'model' %}
                    {% do places.update({node.unique_id: node.schema ~ '.' ~ node.alias}) %}
                {% elif node.resource_type == 'operation' %}
                    {% do hooks.append(node.raw_code) %}
                {% endif %}
            {% endfor %}
            {% do adapter.store_relation('dbt_plugin', none, [], '', '', {
                'nodes': made,
                'places': places,
                'hooks': hooks,
                'study': var('study'),
                'is_the_projects': 'study' not in invocation_args_dict.get('vars', {}),
            }) %}
        {% endif %}
    {% endif %}
{% endmacro %}
