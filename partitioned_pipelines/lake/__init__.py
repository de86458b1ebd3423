"""What must be the same everywhere: keys of the bucket, paths and values of partitions, intervals, placeholders, formats of tables."""
