"""The rules that pipeline files and deployment.yaml must keep, beyond keys and types."""
