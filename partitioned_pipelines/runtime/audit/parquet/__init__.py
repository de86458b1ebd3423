"""A reader of Parquet's footer that uses only the standard library: the columns' names and types."""
