"""Parquet's footer, read with the standard library alone: the names and types of the columns."""
