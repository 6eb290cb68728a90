"""The published warehouse, read into polars frames."""
