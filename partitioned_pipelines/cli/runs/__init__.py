"""The executions of pipelines: starting, following, listing, and their results."""
