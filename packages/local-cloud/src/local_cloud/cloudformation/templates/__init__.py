"""Templates and their checks before a stack is created or updated."""
