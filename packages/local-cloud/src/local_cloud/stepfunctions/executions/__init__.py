"""Executions: their calls, their ends and their status events."""
