"""SQL on Athena: a statement from an argument, a file or a pipe, its execution, and its rows as a table, CSV, JSON or Parquet."""
