"""The project of a command, and what a new pipeline begins with."""
