"""RegisterPartitions: what a job wrote is found, audited and published."""
