"""Values derived from a pipeline file: Lambda payloads, job names, S3 access, and the order of steps."""
