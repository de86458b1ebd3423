"""SELECT queries, evaluated by DuckDB."""
