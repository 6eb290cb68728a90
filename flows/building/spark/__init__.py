"""The same models built by Spark."""
