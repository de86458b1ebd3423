"""What became of runs: partitions published, folders skipped, usage and amounts."""
