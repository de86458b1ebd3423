"""The policies and grants of all roles, in one place for review."""
