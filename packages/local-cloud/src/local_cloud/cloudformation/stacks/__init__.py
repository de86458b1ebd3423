"""Stacks and change sets: creation, updates, rollbacks and deletion."""
