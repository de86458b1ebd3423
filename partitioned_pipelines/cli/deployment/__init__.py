"""Deployment of a project's stacks, and their removal."""
