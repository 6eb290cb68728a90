"""From landed rows to marts: dbt in a process of its own, and the study that it is told."""
