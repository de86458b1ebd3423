"""What the orchestrators' services tell of an execution: its states or steps, its failure, the logs of its jobs."""
