"""The cloud that a command works on: the local one or AWS."""
