"""Distributed Map states: Map Runs, their child executions, and the operations on them."""
