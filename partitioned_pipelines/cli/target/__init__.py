"""The cloud that a command works on: the local cloud or AWS."""
