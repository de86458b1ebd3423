"""The resources shared by all pipelines: bucket, databases, workgroup, notices."""
