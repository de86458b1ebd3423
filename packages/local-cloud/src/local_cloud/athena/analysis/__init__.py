"""The analysis of a query: names, types and errors as Trino's, and the SQL by which DuckDB evaluates it."""
