"""Athena's queries."""
