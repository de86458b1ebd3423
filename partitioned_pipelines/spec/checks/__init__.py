"""The rules for pipeline files and deployment.yaml, beyond keys and types."""
