"""Distributed Map states: Map Runs, their children, and what AWS tells of them."""
