"""Trino's SQL: its tokens, its grammar, and the tree of a query."""
