"""From delivered files to raw.duckdb: recognised, kept as delivered, read, landed row by row."""
