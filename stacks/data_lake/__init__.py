"""What all pipelines share: bucket, databases, workgroup, notices."""
