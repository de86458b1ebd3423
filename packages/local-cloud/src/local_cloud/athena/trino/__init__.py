"""A real Trino beside the local cloud, which answers Athena's queries in place of DuckDB, if the user asks for it."""
