"""Random catalogues, rows and segments: the reference, DuckDB and Postgres have the same members."""
