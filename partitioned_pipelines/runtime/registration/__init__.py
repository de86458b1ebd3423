"""RegisterPartitions: the discovery, audit and publication of a job's output."""
