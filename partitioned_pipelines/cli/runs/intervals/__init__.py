"""The intervals that a command names, and their states."""
