"""The resource types: a module for each service."""
