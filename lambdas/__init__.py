"""The Lambda functions: thin handlers around ``partitioned_pipelines.runtime``, which convert an event to a result."""
