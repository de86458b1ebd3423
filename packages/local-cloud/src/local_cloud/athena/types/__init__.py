"""Trino's types and their coercions."""
