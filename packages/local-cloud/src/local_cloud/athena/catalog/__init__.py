"""The Data Catalog as queries see it: tables, partitions, Hive types and storage formats."""
