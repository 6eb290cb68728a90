"""The second engine: the same dbt project built by Spark, for data that one machine cannot hold."""
