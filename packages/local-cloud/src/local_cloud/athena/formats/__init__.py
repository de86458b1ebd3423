"""File formats: the SQL by which DuckDB reads the files of each SerDe."""
