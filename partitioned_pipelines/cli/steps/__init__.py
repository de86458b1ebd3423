"""The run of a single step on this machine."""
