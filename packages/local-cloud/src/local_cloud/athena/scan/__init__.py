"""Scans of tables: the files of their partitions, read by each partition's own schema."""
